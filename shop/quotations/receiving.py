"""验收: somebody of the organisation writes what arrived against what was ordered; a second one confirms it where two shall.

What is missing waits for the shop: it agrees, and the price goes back or is owed no more; or it says why not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.events import UnitsNotReceived
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.quotations.access import RECEIVES, Member, demand, lock_quotation
from shop.quotations.errors import NothingToReceive, OwnReceipt, ReceivedAlready, WrittenAnew
from shop.quotations.models import Quotation, QuotationAgreement
from shop.quotations.receipt_models import GoodsReceipt, GoodsReceiptLine, ReceiptState
from shop.quotations.transitions import RECEIPTS
from shop.storage.event_log import record

LONGEST_WORDS = 500
NOTHING_REFUNDED: Final[Mapping[int, int]] = MappingProxyType({})
HAS_LEFT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Of one order line: so many units, and what is to say about them."""

    units: int
    words: str = ""


def write_receipt(
    session: Session,
    member: Member,
    number: str,
    arrived: Mapping[int, Arrived],
    words: str = "",
    *,
    now: datetime,
    refunded: Mapping[int, int] = NOTHING_REFUNDED,
) -> ReceiptState:
    """By order line. While a second person has not confirmed it, it can be written anew.

    `refunded`: units by order line whose price went back already, or is on its way; they are not missing.

    Raises NotFound, NotYourPart, NothingToReceive before anything has left, ReceivedAlready, InvalidInput for more than
    was ordered or a line that nothing is said of.
    """
    demand(member, RECEIVES)
    quotation = lock_quotation(session, number, member.organisation_id)
    lines = _order_lines(session, quotation)
    known = _receipt(session, quotation.id)
    if known is not None and known.state is not ReceiptState.WRITTEN:
        raise ReceivedAlready()
    _judge(lines, arrived)
    receipt = known or GoodsReceipt(quotation_id=quotation.id, lines=[])
    receipt.lines.clear()
    receipt.words = tidy(words)[:LONGEST_WORDS]
    receipt.written_at, receipt.written_by_id = now, member.user_id
    receipt.state = ReceiptState.WRITTEN if quotation.two_accept else _found(lines, arrived, refunded)
    session.add(receipt)
    session.flush()
    receipt.lines = [
        GoodsReceiptLine(
            order_line_id=line.id,
            ordered=line.quantity,
            arrived=arrived[line.id].units,
            refunded=min(refunded.get(line.id, 0), line.quantity),
            words=tidy(arrived[line.id].words)[:120],
        )
        for line in lines
    ]
    session.flush()
    return receipt.state


def confirm_receipt(session: Session, member: Member, number: str, seen_at: str, *, now: datetime) -> bool:
    """The second person. `seen_at`: when what this person looked at was written. False when it was confirmed before.

    Raises NotFound, NotYourPart, OwnReceipt, WrittenAnew.
    """
    demand(member, RECEIVES)
    quotation = lock_quotation(session, number, member.organisation_id)
    receipt = _demand_receipt(session, quotation.id)
    if receipt.state is not ReceiptState.WRITTEN:
        return False
    if receipt.written_by_id == member.user_id:
        raise OwnReceipt()
    if receipt.written_at.isoformat() != seen_at:
        raise WrittenAnew()
    is_short = any(one.missing for one in receipt.lines)
    receipt.state = RECEIPTS.step(receipt.state, ReceiptState.SHORT if is_short else ReceiptState.WHOLE)
    receipt.seconded_at, receipt.seconded_by_id = now, member.user_id
    return True


def credit_missing(session: Session, number: str, *, bearer: str, actor_id: int, now: datetime) -> bool:
    """The shop agrees: what is missing is paid back, or owed no more, as a refund that `bearer` bears.

    The event names all that did not arrive; who refunds takes off what was refunded until then.

    False when it was answered before. Raises NotFound, and what the refund raises, which happens in the same transaction.
    """
    quotation = lock_quotation(session, number)
    receipt = _demand_receipt(session, quotation.id)
    if receipt.state is not ReceiptState.SHORT:
        return False
    receipt.state = RECEIPTS.step(receipt.state, ReceiptState.CREDITED)
    receipt.settled_at, receipt.settled_by_id = now, actor_id
    missing = tuple((one.order_line_id, one.ordered - one.arrived) for one in receipt.lines if one.missing)
    facts = {"bearer": bearer, "units": sum(units for _, units in missing)}
    audit(session, actor_id, "quotation.missing_credited", "quotation", number, facts, now=now)
    record(
        session,
        UnitsNotReceived(
            order_id=_order_id(session, quotation.id),
            units=missing,
            bearer=bearer,
            reason=f"验收短少 {number}",
            token=f"receipt:{receipt.id}",
            actor_id=actor_id,
            at=now,
        ),
    )
    return True


def dispute_missing(session: Session, number: str, answer: str, *, actor_id: int, now: datetime) -> bool:
    """The shop says that the goods were delivered, and why. False when it was answered before.

    Raises NotFound, InvalidInput without a reason.
    """
    receipt, said = _demand_receipt(session, lock_quotation(session, number).id), tidy(answer)[:300]
    if not said:
        raise InvalidInput(msg("Please say why."), field="answer")
    if receipt.state is not ReceiptState.SHORT:
        return False
    receipt.state, receipt.answer = RECEIPTS.step(receipt.state, ReceiptState.DISPUTED), said
    receipt.settled_at, receipt.settled_by_id = now, actor_id
    audit(session, actor_id, "quotation.missing_disputed", "quotation", number, {"reason": said}, now=now)
    return True


def receipt_of(session: Session, quotation_id: int) -> GoodsReceipt | None:
    return _receipt(session, quotation_id)


def _judge(lines: Sequence[OrderLine], arrived: Mapping[int, Arrived]) -> None:
    errors = {
        f"arrived-{line.id}": msg("Please enter how many arrived: at most as many as were ordered.")
        for line in lines
        if line.id not in arrived or not 0 <= arrived[line.id].units <= line.quantity
    }
    if errors:
        raise InvalidInput(errors=errors)


def _found(
    lines: Sequence[OrderLine], arrived: Mapping[int, Arrived], refunded: Mapping[int, int]
) -> ReceiptState:
    is_whole = all(arrived[line.id].units + refunded.get(line.id, 0) >= line.quantity for line in lines)
    return ReceiptState.WHOLE if is_whole else ReceiptState.SHORT


def _order_lines(session: Session, quotation: Quotation) -> Sequence[OrderLine]:
    """Raises NothingToReceive."""
    statement = (
        sa.select(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(QuotationAgreement, QuotationAgreement.order_id == Order.id)
        .where(
            QuotationAgreement.quotation_id == quotation.id,
            QuotationAgreement.ended_at.is_(None),
            Order.status.in_(HAS_LEFT),
        )
        .order_by(OrderLine.id)
    )
    lines = session.scalars(statement).all()
    if not lines:
        raise NothingToReceive()
    return lines


def _order_id(session: Session, quotation_id: int) -> int:
    statement = sa.select(QuotationAgreement.order_id).where(
        QuotationAgreement.quotation_id == quotation_id, QuotationAgreement.ended_at.is_(None)
    )
    return session.scalars(statement).one()


def _receipt(session: Session, quotation_id: int) -> GoodsReceipt | None:
    return session.scalar(
        sa.select(GoodsReceipt)
        .where(GoodsReceipt.quotation_id == quotation_id)
        .options(selectinload(GoodsReceipt.lines))
        .execution_options(populate_existing=True)
    )


def _demand_receipt(session: Session, quotation_id: int) -> GoodsReceipt:
    """Raises NotFound."""
    receipt = _receipt(session, quotation_id)
    if receipt is None:
        raise NotFound()
    return receipt
