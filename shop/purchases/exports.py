"""Statements that left the shop, so that anybody can ask later whether the same question still has the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import get_row
from shop.accounts.models import User
from shop.purchases.layout_models import StatementExport, StatementLayout, StatementLayoutVersion
from shop.purchases.models import Funding, PurchaseKind
from shop.purchases.scope import Scope


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds: its rows, their sum in fen, and the digest of all of them."""

    rows: int
    net_fen: int
    digest: str


@dataclass(frozen=True)
class NotedExport:
    """`by` is empty for the command line and for somebody who is gone."""

    id: int
    made_at: datetime
    by: str
    first: date
    last: date
    layout: str
    version: int | None
    rows: int
    net_fen: int
    digest: str


def note_export(
    session: Session,
    days: tuple[date, date],
    scope: Scope,
    written: Written,
    *,
    layout_version_id: int | None,
    language: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    export = StatementExport(
        first=days[0],
        last=days[1],
        filters=scope.said(),
        layout_version_id=layout_version_id,
        language=language,
        rows=written.rows,
        net_fen=written.net_fen,
        digest=written.digest,
        made_at=now,
        made_by_id=actor_id,
    )
    session.add(export)
    session.flush()
    return export.id


def newest_exports(session: Session, *, most: int = 10) -> Sequence[NotedExport]:
    """One statement."""
    columns: tuple[Any, ...] = (
        *(StatementExport.id, StatementExport.made_at, sa.func.coalesce(User.name, "")),
        *(StatementExport.first, StatementExport.last, sa.func.coalesce(StatementLayout.name, "")),
        *(
            StatementLayoutVersion.version,
            StatementExport.rows,
            StatementExport.net_fen,
            StatementExport.digest,
        ),
    )
    statement = (
        sa.select(*columns)
        .outerjoin(User, User.id == StatementExport.made_by_id)
        .outerjoin(StatementLayoutVersion, StatementLayoutVersion.id == StatementExport.layout_version_id)
        .outerjoin(StatementLayout, StatementLayout.id == StatementLayoutVersion.layout_id)
        .order_by(StatementExport.made_at.desc(), StatementExport.id.desc())
        .limit(most)
    )
    return [NotedExport(*row) for row in session.execute(statement)]


def get_export(session: Session, export_id: int) -> StatementExport:
    """Raises NotFound."""
    return get_row(session, StatementExport, export_id)


def scope_of(export: StatementExport) -> Scope:
    said = dict(export.filters)
    if "funding" in said:
        said["funding"] = Funding(said["funding"])
    if "kind" in said:
        said["kind"] = PurchaseKind(said["kind"])
    return Scope(**said)
