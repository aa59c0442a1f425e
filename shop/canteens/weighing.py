"""What arrived, by weight and by count: one person writes it, another one confirms it, and only then it is settled.

What a line costs is written in `cases.py`, how a weight is settled in `settling.py`, and what becomes of goods by the piece that
did not arrive in `shortages.py`. A weighing that turns out wrong is corrected by another one, with two persons again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.organisations import APPROVER, BUYER, OWNER
from shop.canteens.access import require_canteen
from shop.canteens.arriving import CountedLine, WeighedLine, lines_by_count, lines_by_weight
from shop.canteens.cases import is_unusual
from shop.canteens.errors import NothingToWeigh, OwnWeighing, Reweighed
from shop.canteens.models import CanteenOrder
from shop.canteens.settling import refuse_too_late, settle
from shop.canteens.shortages import note_shortage
from shop.canteens.weight_models import Weighing, WeighingLine, WeighingState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus

RECEIVING: Final = (OWNER, BUYER, APPROVER)
MOST_GRAMS: Final = 10_000_000
HAS_LEFT: Final = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Of one line: what arrived, and why it is so much more or less."""

    grams: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one line by the piece: how many units arrived, and what is to say about them."""

    units: int
    words: str = ""


NOTHING_COUNTED: Final[Mapping[int, Counted]] = MappingProxyType({})


def write_weights(
    session: Session,
    slug: str,
    user_id: int,
    number: str,
    weights: Mapping[int, Weighed],
    words: str = "",
    *,
    now: datetime,
    counts: Mapping[int, Counted] = NOTHING_COUNTED,
) -> int:
    """By order line; until somebody confirmed it, it can be written anew. Returns the weighing's number.

    Raises NotFound, NothingToWeigh before anything has left, InvalidInput by field, and where it would raise what was settled
    SettledByNow and MonthOver. Locks the order.
    """
    order_id = _lock(session, slug, user_id, number)
    lines, pieces = lines_by_weight(session, order_id), lines_by_count(session, order_id)
    refuse_early(session, order_id)
    _judge(lines, weights, pieces, counts)
    known = weighings_of(session, order_id)
    refuse_too_late(
        session, order_id, lines, {one.line.id: one.fen(weights[one.line.id].grams) for one in lines}
    )
    open_one = next((one for one in known if one.state is WeighingState.WRITTEN), None)
    weighing = open_one or Weighing(
        order_id=order_id, number=len(known) + 1, state=WeighingState.WRITTEN, lines=[]
    )
    weighing.lines.clear()
    weighing.words = tidy(words)[:300]
    weighing.written_at, weighing.written_by_id = now, user_id
    session.add(weighing)
    session.flush()
    weighing.lines = [
        WeighingLine(
            order_line_id=one.line.id,
            received_g=weights[one.line.id].grams,
            words=tidy(weights[one.line.id].words)[:120],
        )
        for one in lines
    ]
    weighing.lines += [
        WeighingLine(
            order_line_id=one.line.id,
            arrived=counts[one.line.id].units,
            refunded=one.gone.units,
            words=tidy(counts[one.line.id].words)[:120],
        )
        for one in pieces
    ]
    session.flush()
    return weighing.number


def confirm_weights(
    session: Session, slug: str, user_id: int, number: str, seen_at: str, *, now: datetime
) -> bool:
    """The second person; it is settled with that, once. `seen_at`: when what this person looked at was written.

    False when it was settled before. Raises NotFound, OwnWeighing, Reweighed, and what settling raises. Locks the order.
    """
    order_id = _lock(session, slug, user_id, number)
    known = weighings_of(session, order_id)
    weighing = next((one for one in known if one.state is WeighingState.WRITTEN), None)
    if weighing is None:
        if not known:
            raise NotFound()
        return False
    if weighing.written_by_id == user_id:
        raise OwnWeighing()
    if weighing.written_at.isoformat() != seen_at:
        raise Reweighed()
    if lines := lines_by_weight(session, order_id):
        weighing.refund_id = settle(session, order_id, lines, weighing, actor_id=user_id, now=now)
    weighing.state = WeighingState.SETTLED
    weighing.seconded_at, weighing.seconded_by_id = now, user_id
    note_shortage(weighing, known, lines_by_count(session, order_id))
    session.flush()
    return True


def weighings_of(session: Session, order_id: int) -> Sequence[Weighing]:
    """The newest first, with their lines. Two statements."""
    statement = (
        sa.select(Weighing)
        .where(Weighing.order_id == order_id)
        .order_by(Weighing.number.desc())
        .options(selectinload(Weighing.lines))
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()


def canteen_order(session: Session, organisation_id: int, number: str) -> tuple[Order, CanteenOrder]:
    """Raises NotFound, also for another organisation's."""
    row = session.execute(
        sa.select(Order, CanteenOrder)
        .join(CanteenOrder, CanteenOrder.order_id == Order.id)
        .where(Order.number == number, CanteenOrder.organisation_id == organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def _lock(session: Session, slug: str, user_id: int, number: str) -> int:
    """Who accepts goods takes turns, order by order. Raises NotFound."""
    here = require_canteen(session, slug, user_id, *RECEIVING)
    order, _of_canteen = canteen_order(session, here.organisation.id, number)
    return lock_order(session, order.id).id


def refuse_early(session: Session, order_id: int) -> None:
    """Raises NothingToWeigh."""
    status = session.scalars(sa.select(Order.status).where(Order.id == order_id)).one()
    if status not in HAS_LEFT:
        raise NothingToWeigh()


def _judge(
    lines: Sequence[WeighedLine],
    weights: Mapping[int, Weighed],
    pieces: Sequence[CountedLine],
    counts: Mapping[int, Counted],
) -> None:
    """Raises InvalidInput by field: no weight, one that is a fifth off without a word, or no count.

    Nothing at all is a weight, too: it did not come, and a word says so.
    """
    errors: dict[str, str] = {}
    for one in lines:
        said = weights.get(one.line.id)
        if said is None or not 0 <= said.grams <= MOST_GRAMS:
            errors[f"grams-{one.line.id}"] = msg("Please enter what it weighs, in kilos such as 12.35.")
        elif is_unusual(one.ordered_g, said.grams) and not tidy(said.words):
            errors[f"words-{one.line.id}"] = msg(
                "That is more than a fifth off what was ordered. Please look at the scale again, and say why."
            )
    for piece in pieces:
        count = counts.get(piece.line.id)
        if count is None or not 0 <= count.units <= piece.line.quantity:
            errors[f"count-{piece.line.id}"] = msg(
                "Please enter how many arrived: at most as many as were ordered."
            )
    if errors:
        raise InvalidInput(errors=errors)
