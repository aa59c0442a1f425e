"""Money back, asked for: once, and never more than came in. `refund_settling` sends it and hears how it ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, NotFound
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.payments.attempts import lock_with_order
from shop.payments.disputes import is_disputed
from shop.payments.errors import NothingToRefund, PaymentDisputed, RefundTooLarge, SaidToBeSent
from shop.payments.events import RefundRequested, RefundSucceeded
from shop.payments.goods_returning import expect_goods, goods_said_of
from shop.payments.models import (
    ClaimRefund,
    Payment,
    Refund,
    RefundBearer,
    RefundLine,
    RefundStatus,
    RefundWeight,
)
from shop.payments.refund_limits import RefundedUnits, refuse_more
from shop.payments.second_person import is_proposed
from shop.payments.terms.crediting import carries_an_order, credit_debt
from shop.payments.transitions import REFUNDS
from shop.payments.whole_price import note_whole_price
from shop.storage.event_log import record

REFERENCE_LENGTH = 12
NO_WEIGHTS: Final[Mapping[int, int]] = MappingProxyType({})
AsSeen = Callable[[Session], bool]  # whether the order's parcels are as somebody has seen them
RETRY_TOKEN = "again:"  # noqa: S105  with the failed refund's id: each is tried again once


class ParcelsMoved(Conflict):
    """What becomes of the parcels was read, and is another by now."""

    code = "parcels_moved"
    default_message = msg(
        "Its parcels moved meanwhile. Please read again what becomes of them, and press again."
    )


def demand_as_seen(session: Session, as_seen: AsSeen | None) -> None:
    """Raises ParcelsMoved. The order is locked."""
    if as_seen is not None and not as_seen(session):
        raise ParcelsMoved()


def payment_to_refund(session: Session, order_id: int) -> Payment:
    """What the order rests on, as it is now: the payment that came, or a debt. Raises NothingToRefund without one."""
    payment = session.scalar(
        sa.select(Payment)
        .where(Payment.order_id == order_id, carries_an_order())
        .execution_options(populate_existing=True)
    )
    if payment is None:
        raise NothingToRefund()
    return payment


def write_refund(
    session: Session,
    payment: Payment,
    *,
    amount_fen: int,
    bearer: RefundBearer,
    reason: str,
    token: str,
    now: datetime,
    actor_id: int | None = None,
    units: Sequence[RefundedUnits] = (),
    freight_fen: int = 0,
    claim_id: int | None = None,
    weights: Mapping[int, int] = NO_WEIGHTS,
) -> int:
    """Write a refund to be sent; the order is locked by the caller. What is neither for units nor for freight is free.

    `weights`: of a free amount, by how much the price of each line follows what it weighed.

    The same token asks once.
    Raises RefundTooLarge, also for more units of a line than came to the buyer: the sum that is asked back is kept by
    a conditional update and a CHECK constraint; and PaymentDisputed while the buyer's bank has the money, or may get it.
    Of a debt nothing is sent: it is so much smaller at once, and the refund has succeeded.
    """
    known = refund_asked_with(session, payment.id, token)
    if known is not None:
        return known
    if is_disputed(session, payment.id):
        raise PaymentDisputed()
    refuse_more(session, payment.order_id, units, freight_fen)
    is_credit = payment.is_open_debt
    if is_credit:
        credit_debt(session, payment, amount_fen, now=now)
    else:
        _reserve(session, payment.id, amount_fen)
    refund = Refund(
        payment_id=payment.id,
        order_id=payment.order_id,
        amount_fen=amount_fen,
        freight_fen=freight_fen,
        free_fen=amount_fen - freight_fen - sum(one.amount_fen for one in units),
        bearer=bearer,
        reason=reason,
        reference=f"R{random_code(REFERENCE_LENGTH)}",
        request_token=token,
        requested_by_id=actor_id,
        created_at=now,
        is_credit=is_credit,
        lines=[_line(one) for one in units],
    )
    session.add(refund)
    session.flush()
    session.add_all(
        RefundWeight(refund_id=refund.id, order_line_id=one, amount_fen=fen) for one, fen in weights.items()
    )
    expect_goods(session, refund, units, now=now)
    if claim_id is not None:
        session.add(ClaimRefund(refund_id=refund.id, claim_id=claim_id))
    _tell(session, refund, actor_id, now)
    note_whole_price(session, payment, now=now)
    if is_credit:
        settle_at_once(session, refund, now)
    return refund.id


def settle_at_once(session: Session, refund: Refund, now: datetime) -> None:
    """Nobody has to send it: a debt is so much smaller, or a counter's cash is back in the buyer's hand."""
    refund.status, refund.settled_at = REFUNDS.step(refund.status, RefundStatus.SUCCEEDED), now
    order = session.get_one(Order, refund.order_id)
    order.refunded_fen += refund.amount_fen
    note(session, refund.order_id, "refund_succeeded", now, amount_fen=refund.amount_fen)
    record(session, RefundSucceeded(refund.id, refund.order_id))


def _tell(session: Session, refund: Refund, actor_id: int | None, now: datetime) -> None:
    """The order's history, whoever sends refunds, and the audit trail when a person asked."""
    note(session, refund.order_id, "refund_requested", now, actor_id=actor_id, amount_fen=refund.amount_fen)
    record(session, RefundRequested(refund.id))
    if actor_id is not None:
        facts = {"amount_fen": refund.amount_fen, "bearer": refund.bearer, "reason": refund.reason}
        audit(session, actor_id, "refund.requested", "refund", refund.id, facts, now=now)


def retry_refund(session: Session, refund_id: int, *, actor_id: int | None, now: datetime) -> int:
    """Ask again for what a failed refund did not bring back; returns the new refund's id. Locks the order.

    Raises NotFound, NothingToRefund, SaidToBeSent while somebody says that our bank has sent it, and what
    `write_refund` raises.
    """
    failed = session.get(Refund, refund_id)
    if failed is None:
        raise NotFound()
    _, payment = lock_with_order(session, failed.payment_id)
    session.refresh(failed)
    units = session.scalars(sa.select(RefundLine).where(RefundLine.refund_id == failed.id)).all()
    said = goods_said_of(session, failed.id)
    if failed.status is not RefundStatus.FAILED:
        raise NothingToRefund()
    if is_proposed(session, refund_id):
        raise SaidToBeSent()
    return write_refund(
        session,
        payment,
        amount_fen=failed.amount_fen,
        bearer=failed.bearer,
        reason=failed.reason,
        token=f"{RETRY_TOKEN}{refund_id}",
        actor_id=actor_id,
        now=now,
        freight_fen=failed.freight_fen,
        weights=weights_of(session, [failed.id]).get(failed.id, NO_WEIGHTS),
        claim_id=session.scalar(sa.select(ClaimRefund.claim_id).where(ClaimRefund.refund_id == failed.id)),
        units=[
            RefundedUnits(
                *(one.order_line_id, one.units, one.amount_fen, one.allocation_id),
                goods=said.get(one.id),
                bearing_lot_id=one.bearing_lot_id,
            )
            for one in units
        ],
    )


def weights_of(session: Session, refund_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """By refund: by how much the price of each line follows its weight. One statement."""
    found: dict[int, dict[int, int]] = {}
    rows = session.execute(
        sa.select(RefundWeight.refund_id, RefundWeight.order_line_id, RefundWeight.amount_fen)
        .where(RefundWeight.refund_id.in_(refund_ids))
        .order_by(RefundWeight.refund_id, RefundWeight.order_line_id)
    )
    for refund_id, line_id, fen in rows:
        found.setdefault(refund_id, {})[line_id] = fen
    return found


def refund_tried_again(session: Session, failed: Refund) -> Refund | None:
    """The refund that was asked for in a failed one's place."""
    again_id = refund_asked_with(session, failed.payment_id, f"{RETRY_TOKEN}{failed.id}")
    return None if again_id is None else session.get_one(Refund, again_id, populate_existing=True)


def refund_asked_with(session: Session, payment_id: int, token: str) -> int | None:
    """The refund that this token asked for."""
    return session.scalar(
        sa.select(Refund.id).where(Refund.payment_id == payment_id, Refund.request_token == token)
    )


def _line(one: RefundedUnits) -> RefundLine:
    return RefundLine(
        order_line_id=one.order_line_id,
        allocation_id=one.allocation_id,
        units=one.units,
        amount_fen=one.amount_fen,
        bearing_lot_id=one.bearing_lot_id,
    )


def _reserve(session: Session, payment_id: int, amount_fen: int) -> None:
    session.flush()
    reserved = session.execute(
        sa.update(Payment)
        .where(
            Payment.id == payment_id,
            Payment.refunding_fen + amount_fen <= sa.func.coalesce(Payment.received_fen, 0),
        )
        .values(refunding_fen=Payment.refunding_fen + amount_fen)
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not reserved:
        raise RefundTooLarge()
    session.get_one(Payment, payment_id, populate_existing=True)
