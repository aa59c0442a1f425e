"""What was changed of an order after it was paid, as its buyer reads it: without what the team wrote for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.delivery.models import Run
from shop.ordering.change_models import ChangeKind, OrderChange
from shop.ordering.models import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class ToldChange:
    """`before` and `after` hold the place and the recipient, or the goods. Trucks are told by when they arrive."""

    at: datetime
    kind: ChangeKind
    by_team: bool
    by_reader: bool
    before: dict[str, Any]
    after: dict[str, Any]
    difference_fen: int
    waived_fen: int
    supplement: str | None  # the number of the order beside it
    supplement_status: OrderStatus | None


def changes_told(session: Session, order_id: int, *, reader_id: int | None) -> Sequence[ToldChange]:
    """The newest first. Two statements, or one where nothing goes by truck."""
    beside = aliased(Order)
    rows = session.execute(
        sa.select(
            *(OrderChange.at, OrderChange.kind, OrderChange.by_team, OrderChange.actor_id),
            *(OrderChange.before, OrderChange.after, OrderChange.difference_fen, OrderChange.waived_fen),
            *(beside.number, beside.status),
        )
        .outerjoin(beside, beside.id == OrderChange.supplement_id)
        .where(OrderChange.order_id == order_id)
        .order_by(OrderChange.id.desc())
    ).all()
    arrivals = _arrivals(session, {facts.get("run") for row in rows for facts in (row.before, row.after)})
    return [
        ToldChange(
            at=row.at,
            kind=row.kind,
            by_team=row.by_team,
            by_reader=reader_id is not None and row.actor_id == reader_id,
            before=_with_arrival(row.before, arrivals),
            after=_with_arrival(row.after, arrivals),
            difference_fen=row.difference_fen,
            waived_fen=row.waived_fen,
            supplement=row.number,
            supplement_status=row.status,
        )
        for row in rows
    ]


def _arrivals(session: Session, codes: set[Any]) -> dict[str, datetime]:
    named = {code for code in codes if code}
    if not named:
        return {}
    return dict(session.execute(sa.select(Run.code, Run.arrives_at).where(Run.code.in_(named))).all())


def _with_arrival(facts: dict[str, Any], arrivals: dict[str, datetime]) -> dict[str, Any]:
    known = {name: value for name, value in facts.items() if name != "run"}
    return known | {"arrives_at": arrivals.get(facts.get("run", ""))}
