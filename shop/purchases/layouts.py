"""Layouts of the statement: named after the form that wants it, in versions of which each stays as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rows import TAKEN, get_row
from shop.accounts.editing.rules import Wrong
from shop.accounts.editing.rules import slug as judge_slug
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.purchases.layout_models import StatementLayout, StatementLayoutVersion

SERIAL: Final = "serial"  # 1, 2, 3, …
FIXED: Final = "fixed"  # the same text in every row
# The statement's columns, and the two that a form may want besides.
KEYS: Final = (
    *("day", "unit", "organisation", "funding", "kind", "channel", "number", "outside_number", "supplier"),
    *("county", "listed_as", "category", "product", "quantity", "paid_fen", "refunded_fen", "net_fen"),
)
MOST_COLUMNS: Final = 30
LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """`text` is what a column of one fixed text says."""

    key: str
    heading: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One version of a layout."""

    version_id: int
    slug: str
    name: str
    version: int
    columns: tuple[LayoutColumn, ...]
    made_at: datetime


def all_layouts(session: Session, *, most: int = 100) -> list[Layout]:
    """The newest version of each, by name."""
    newest = (
        sa.select(
            StatementLayoutVersion.layout_id, sa.func.max(StatementLayoutVersion.version).label("version")
        )
        .group_by(StatementLayoutVersion.layout_id)
        .subquery()
    )
    statement = _versions().join(
        newest,
        sa.and_(
            newest.c.layout_id == StatementLayoutVersion.layout_id,
            newest.c.version == StatementLayoutVersion.version,
        ),
    )
    rows = session.execute(statement.order_by(StatementLayout.name).limit(most))
    return [_layout(*row) for row in rows]


def newest_layout(session: Session, slug: str) -> Layout:
    """Raises NotFound."""
    return versions_of(session, slug)[0]


def versions_of(session: Session, slug: str, *, most: int = 50) -> list[Layout]:
    """The newest first. Raises NotFound for a layout that is not there."""
    statement = _versions().where(StatementLayout.slug == slug)
    rows = session.execute(statement.order_by(StatementLayoutVersion.version.desc()).limit(most)).all()
    if not rows:
        raise NotFound()
    return [_layout(*row) for row in rows]


def layout_of_version(session: Session, version_id: int) -> Layout:
    """Raises NotFound."""
    row = session.execute(_versions().where(StatementLayoutVersion.id == version_id)).one_or_none()
    if row is None:
        raise NotFound()
    return _layout(*row)


def create_layout(
    session: Session,
    slug: str,
    name: str,
    columns: Sequence[LayoutColumn],
    *,
    actor_id: int | None,
    now: datetime,
) -> Layout:
    """With its first version. Raises InvalidInput."""
    try:
        judged = judge_slug()(slug)
    except Wrong as wrong:
        raise InvalidInput(wrong.message, field="slug") from wrong
    named = tidy(name)[:80]
    if not named:
        raise InvalidInput(msg("Please fill this in."), field="name")
    for field, column, value in (
        ("slug", StatementLayout.slug, judged),
        ("name", StatementLayout.name, named),
    ):
        if session.scalar(sa.select(StatementLayout.id).where(column == value)) is not None:
            raise InvalidInput(TAKEN, field=field)
    layout = StatementLayout(slug=judged, name=named)
    session.add(layout)
    session.flush()
    return write_version(session, judged, columns, actor_id=actor_id, now=now)


def write_version(
    session: Session, slug: str, columns: Sequence[LayoutColumn], *, actor_id: int | None, now: datetime
) -> Layout:
    """A new version, or the newest one where it says the same. Raises NotFound, InvalidInput. Locks the layout."""
    layout_id = session.scalar(sa.select(StatementLayout.id).where(StatementLayout.slug == slug))
    if layout_id is None:
        raise NotFound()
    get_row(session, StatementLayout, layout_id)
    session.execute(sa.select(StatementLayout.id).where(StatementLayout.id == layout_id).with_for_update())
    wanted = [[one.key, one.heading, one.text] for one in _judged(columns)]
    last = session.scalar(
        sa.select(StatementLayoutVersion)
        .where(StatementLayoutVersion.layout_id == layout_id)
        .order_by(StatementLayoutVersion.version.desc())
        .limit(1)
    )
    if last is None or last.columns != wanted:
        version = StatementLayoutVersion(
            layout_id=layout_id,
            version=last.version + 1 if last else 1,
            columns=wanted,
            made_at=now,
            made_by_id=actor_id,
        )
        session.add(version)
        session.flush()
        facts = {"version": version.version, "columns": [heading for _, heading, _ in wanted]}
        audit(session, actor_id, "statement_layout.written", "statement_layout", slug, facts, now=now)
    return newest_layout(session, slug)


def _judged(columns: Sequence[LayoutColumn]) -> list[LayoutColumn]:
    found = [LayoutColumn(one.key, tidy(one.heading)[:LONGEST], tidy(one.text)[:LONGEST]) for one in columns]
    if not found or len(found) > MOST_COLUMNS:
        raise InvalidInput(msg("Please choose between 1 and 30 columns."), field="columns")
    if any(one.key not in (*KEYS, SERIAL, FIXED) for one in found):
        raise InvalidInput(msg("Please choose one from the list."), field="columns")
    if any(not one.heading for one in found):
        raise InvalidInput(msg("Every column that is chosen needs a heading."), field="columns")
    if len({one.heading for one in found}) < len(found):
        raise InvalidInput(msg("Two columns have the same heading."), field="columns")
    return found


def _versions() -> sa.Select[StatementLayout, StatementLayoutVersion]:
    return sa.select(StatementLayout, StatementLayoutVersion).join(
        StatementLayoutVersion, StatementLayoutVersion.layout_id == StatementLayout.id
    )


def _layout(layout: StatementLayout, version: StatementLayoutVersion) -> Layout:
    columns = tuple(LayoutColumn(*one) for one in version.columns)
    return Layout(version.id, layout.slug, layout.name, version.version, columns, version.made_at)
