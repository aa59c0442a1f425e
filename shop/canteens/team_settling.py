"""The shop's team settles what arrived by weight: where amounts were refunded that only people can name, or nobody else can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.canteens.arriving import (
    WeighedLine,
    lines_by_count,
    lines_by_weight,
    refunded_for_nothing_named,
)
from shop.canteens.errors import Reweighed
from shop.canteens.models import CanteenOrder
from shop.canteens.settling import settle
from shop.canteens.shortages import note_shortage
from shop.canteens.weighing import MOST_GRAMS, refuse_early, weighings_of
from shop.canteens.weight_models import Weighing, WeighingLine, WeighingState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.locking import lock_order
from shop.ordering.models import Order


def seen_of(known: Sequence[Weighing]) -> str:
    """What somebody looked at, as their form says it; `known` the newest first. Pure."""
    return f"{known[0].number} {known[0].state} {known[0].written_at.isoformat()}" if known else ""


def settle_by_team(
    session: Session,
    number: str,
    grams: Mapping[int, int],
    named: Mapping[int, int],
    reason: str,
    *,
    seen: str,
    actor_id: int,
    now: datetime,
) -> bool:
    """By order line the grams that arrived, and in fen so much of the amounts that were refunded without goods as was for it.

    What a canteen's person wrote alike keeps their name. False where the team has settled the same already. Locks the order.
    Raises NotFound, InvalidInput by field, NothingToWeigh, Reweighed, and what settling raises.
    """
    order_id = _lock(session, number)
    lines, known = lines_by_weight(session, order_id), weighings_of(session, order_id)
    if not lines:
        raise NotFound()
    refuse_early(session, order_id)
    said = tidy(reason)[:300]
    _judge(lines, grams, named, said, refunded_for_nothing_named(session, order_id))
    newest = known[0] if known else None
    if newest is not None and newest.reason == said and _says(newest, grams):
        return False
    if seen != seen_of(known):
        raise Reweighed()
    weighing = _write(session, order_id, newest, grams, actor_id, now)
    weighing.reason = said
    weighing.refund_id = settle(session, order_id, lines, weighing, named=named, actor_id=actor_id, now=now)
    weighing.state, weighing.seconded_at = WeighingState.SETTLED, now
    weighing.seconded_by_id = None if weighing.written_by_id == actor_id else actor_id
    note_shortage(weighing, known, lines_by_count(session, order_id))
    session.flush()
    audit(session, actor_id, "canteen.weights_settled", "order", number, {"reason": said}, now=now)
    return True


def _write(
    session: Session,
    order_id: int,
    newest: Weighing | None,
    grams: Mapping[int, int],
    actor_id: int,
    now: datetime,
) -> Weighing:
    """What waits for a second person, with these grams; else one that the team wrote."""
    waiting = newest if newest is not None and newest.state is WeighingState.WRITTEN else None
    if waiting is not None and _says(waiting, grams):
        return waiting
    weighing = waiting or Weighing(
        order_id=order_id,
        number=(newest.number if newest else 0) + 1,
        state=WeighingState.WRITTEN,
        lines=[WeighingLine(order_line_id=one, received_g=grams[one]) for one in sorted(grams)],
    )
    for row in weighing.lines:
        if row.received_g is not None:
            row.received_g = grams[row.order_line_id]
    weighing.written_at, weighing.written_by_id = now, actor_id
    session.add(weighing)
    session.flush()
    return weighing


def _says(weighing: Weighing, grams: Mapping[int, int]) -> bool:
    written = {row.order_line_id: row.received_g for row in weighing.lines if row.received_g is not None}
    return written == dict(grams)


def _judge(
    lines: Sequence[WeighedLine],
    grams: Mapping[int, int],
    named: Mapping[int, int],
    reason: str,
    refunded_fen: int,
) -> None:
    """Raises InvalidInput by field."""
    errors: dict[str, str] = {}
    for one in lines:
        if not 0 <= grams.get(one.line.id, -1) <= MOST_GRAMS:
            errors[f"grams-{one.line.id}"] = msg("Please enter what it weighs, in kilos such as 12.35.")
        if not 0 <= named.get(one.line.id, 0) <= one.most_fen:
            errors[f"named-{one.line.id}"] = msg("That is more than these goods cost, or no amount.")
    if not errors and sum(named.values()) > refunded_fen:
        errors[f"named-{lines[0].line.id}"] = msg("That is more than was refunded without naming goods.")
    if not reason:
        errors["reason"] = msg("Please say why.")
    if errors:
        raise InvalidInput(errors=errors)


def _lock(session: Session, number: str) -> int:
    """Raises NotFound, also for an order that is no canteen's."""
    found = session.scalar(
        sa.select(Order.id)
        .join(CanteenOrder, CanteenOrder.order_id == Order.id)
        .where(Order.number == number)
    )
    if found is None:
        raise NotFound()
    return lock_order(session, found).id
