"""Goods by the piece that did not arrive at a canteen: the shop credits them, once, or says why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.audit import audit
from shop.accounts.models import Organisation
from shop.canteens.arriving import CountedLine, lines_by_count
from shop.canteens.models import CanteenOrder
from shop.canteens.weight_models import Shortage, Weighing
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.events import UnitsNotReceived
from shop.ordering.locking import lock_order
from shop.ordering.models import Order
from shop.storage.event_log import record
from shop.storage.paging import First, read_first


def note_shortage(weighing: Weighing, known: Sequence[Weighing], lines: Sequence[CountedLine]) -> None:
    """Two persons said so: what is missing, and is not refunded, waits for the shop. What was said before counts no more."""
    by_line = {one.line.id: one for one in lines}
    for earlier in known:
        if earlier is not weighing and earlier.shortage is Shortage.SHORT:
            earlier.shortage = None
    counted = [row for row in weighing.lines if row.arrived is not None]
    for row in counted:
        row.refunded = by_line[row.order_line_id].gone.units
    if any(by_line[row.order_line_id].missing(row.arrived or 0) for row in counted):
        weighing.shortage = Shortage.SHORT


def credit_short(session: Session, number: str, *, bearer: str, actor_id: int, now: datetime) -> bool:
    """The shop agrees: what is missing goes back, or is owed no more, as a refund that `bearer` bears.

    The event names all that did not arrive; who refunds takes off what was refunded until then. False when it was answered
    before. Locks the order. Raises NotFound, and what the refund raises.
    """
    weighing = _short(session, number)
    if weighing is None:
        return False
    lines = {one.line.id: one for one in lines_by_count(session, weighing.order_id)}
    missing = tuple(
        (row.order_line_id, lines[row.order_line_id].line.quantity - row.arrived)
        for row in weighing.lines
        if row.arrived is not None and lines[row.order_line_id].missing(row.arrived)
    )
    weighing.shortage = Shortage.CREDITED
    weighing.answered_at, weighing.answered_by_id = now, actor_id
    facts = {"bearer": bearer, "units": sum(units for _, units in missing)}
    audit(session, actor_id, "canteen.missing_credited", "order", number, facts, now=now)
    event = UnitsNotReceived(
        order_id=weighing.order_id,
        units=missing,
        bearer=bearer,
        reason=f"验收短少 {number}",
        token=f"weighing-units:{weighing.id}",
        actor_id=actor_id,
        at=now,
    )
    record(session, event)
    return True


def dispute_short(session: Session, number: str, answer: str, *, actor_id: int, now: datetime) -> bool:
    """The shop says that the goods were delivered, and why. False when it was answered before. Locks the order.

    Raises NotFound, InvalidInput without a reason.
    """
    weighing, said = _short(session, number), tidy(answer)[:300]
    if not said:
        raise InvalidInput(msg("Please say why."), field="answer")
    if weighing is None:
        return False
    weighing.shortage, weighing.answer = Shortage.DISPUTED, said
    weighing.answered_at, weighing.answered_by_id = now, actor_id
    audit(session, actor_id, "canteen.missing_disputed", "order", number, {"reason": said}, now=now)
    return True


def short_canteens(session: Session, *, most: int) -> First[tuple[str, str, datetime]]:
    """What canteens say is missing, and the shop has not answered: order, organisation, since when."""
    statement = (
        sa.select(Order.number, Organisation.name, Weighing.seconded_at)
        .join(Order, Order.id == Weighing.order_id)
        .join(CanteenOrder, CanteenOrder.order_id == Order.id)
        .join(Organisation, Organisation.id == CanteenOrder.organisation_id)
        .where(Weighing.shortage == Shortage.SHORT)
        .order_by(Weighing.id)
    )
    return read_first(session, statement, most=most)


def _short(session: Session, number: str) -> Weighing | None:
    """Of this order, what waits for the shop. Locks the order. Raises NotFound."""
    found = session.scalar(
        sa.select(Order.id)
        .join(CanteenOrder, CanteenOrder.order_id == Order.id)
        .where(Order.number == number)
    )
    if found is None:
        raise NotFound()
    lock_order(session, found)
    return session.scalar(
        sa.select(Weighing)
        .where(Weighing.order_id == found, Weighing.shortage == Shortage.SHORT)
        .order_by(Weighing.number.desc())
        .limit(1)
        .options(selectinload(Weighing.lines))
        .execution_options(populate_existing=True)
    )
