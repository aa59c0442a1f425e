"""A gift is to be paid in advance: its one transfer is begun before anything is placed, and each order joins it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.references import random_code
from shop.ordering.events import GiftTransferWanted, OrderByGiftTransferWanted
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import OrderStatus
from shop.ordering.receiving import receiving_account
from shop.payments.attempts import last_payment
from shop.payments.errors import NothingToPay, UnknownMethod
from shop.payments.joint.awaited import AWAITED
from shop.payments.joint.errors import JointIsLookedAt, TooManyUnpaidGifts
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.bank_transfer import last_moment
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.starting import REFERENCE_LENGTH
from shop.storage.locks import LockRank, lock_row

MOST_UNPAID: Final = (
    3  # goods are held for each: nobody keeps the shop's stock with gifts that are never paid
)
_JUST_BEGUN: Final = timedelta(hours=1)  # its first order is not placed yet


def begin_transfer(session: Session, event: GiftTransferWanted) -> None:
    """One reference for the gift for as long as it is not paid: what is ordered later joins it.

    Once its time is over it has time anew. Raises UnknownMethod where there is no one account for all of it,
    TooManyUnpaidGifts, and JointIsLookedAt while a second person of finance has to speak. The gift is locked.
    """
    account = receiving_account(session, event.sellers)
    if account is None:
        raise UnknownMethod(field="payment_method")
    until = last_moment(session, event.user_id, event.at, event.hold_days)
    joint = _lock_awaited(session, event.gift_id)
    if joint is not None:
        if joint.expires_at <= event.at:
            joint.expires_at = until
        return
    _refuse_more(session, event.organisation_id, event)
    session.add(
        JointTransfer(
            gift_id=event.gift_id,
            organisation_id=event.organisation_id,
            title=event.title,
            reference=random_code(REFERENCE_LENGTH),
            request=asdict(account),
            created_at=event.at,
            expires_at=until,
        )
    )
    session.flush()


def join_transfer(session: Session, event: OrderByGiftTransferWanted) -> None:
    """The order waits for the gift's transfer, and its goods with it. Joining twice is once.

    Raises NothingToPay for an order that does not wait for its money, JointIsLookedAt where the transfer was said to
    have come meanwhile. The gift is locked; locks the transfer, then the order.
    """
    joint = _lock_awaited(session, event.gift_id)
    order = lock_order(session, event.order_id)
    earlier = last_payment(session, order.id)
    if earlier is not None and earlier.joint_id is not None and earlier.status is PaymentStatus.PENDING:
        return
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.cancel_requested_at is not None:
        raise NothingToPay()
    if joint is None:
        raise JointIsLookedAt()
    payment = Payment(
        order_id=order.id,
        attempt=earlier.attempt + 1 if earlier else 1,
        provider=BANK_TRANSFER,
        amount_fen=order.total_fen,
        currency="CNY",
        reference=random_code(REFERENCE_LENGTH),
        request=joint.request,
        created_at=event.at,
        expires_at=joint.expires_at,
        joint_id=joint.id,
    )
    session.add(payment)
    session.flush()
    note(session, order.id, "payment_started", event.at, provider=BANK_TRANSFER, attempt=payment.attempt)


def _lock_awaited(session: Session, gift_id: int) -> JointTransfer | None:
    """The gift's open transfer. Raises JointIsLookedAt."""
    joint = lock_row(
        session,
        LockRank.JOINT_TRANSFER,
        sa.select(JointTransfer).where(JointTransfer.gift_id == gift_id, JointTransfer.state.in_(AWAITED)),
    )
    if joint is not None and joint.state is JointState.SAID:
        raise JointIsLookedAt()
    return joint


def _refuse_more(session: Session, organisation_id: int, event: GiftTransferWanted) -> None:
    """The organisation is locked: its gifts take turns."""
    waits = sa.exists().where(Payment.joint_id == JointTransfer.id, Payment.status == PaymentStatus.PENDING)
    open_ones = session.scalar(
        sa.select(sa.func.count())
        .select_from(JointTransfer)
        .where(
            JointTransfer.organisation_id == organisation_id,
            JointTransfer.state.in_(AWAITED),
            sa.or_(waits, JointTransfer.created_at > event.at - _JUST_BEGUN),
        )
    )
    if (open_ones or 0) >= MOST_UNPAID:
        raise TooManyUnpaidGifts(most=MOST_UNPAID)
