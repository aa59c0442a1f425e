"""Money for an order from elsewhere came later: whoever collects there says so."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.ordering.locking import lock_order
from shop.ordering.outside.models import OutsideOrder, PaidHow, SourceKind
from shop.ordering.outside.sources import get_source
from shop.payments.attempts import pending_payment
from shop.payments.by_hand import is_collected_elsewhere
from shop.payments.models import PaymentStatus
from shop.payments.outside.errors import PaidAlready
from shop.payments.outside.taken import fee_of
from shop.payments.providers.base import Providers
from shop.payments.providers.outside import FEE, PAID_HOW
from shop.payments.syncing import sync
from shop.storage.unit_of_work import UnitOfWork


def money_came(
    unit_of_work: UnitOfWork,
    providers: Providers,
    order_id: int,
    paid_how: PaidHow,
    paid_on: date,
    *,
    actor_id: int,
    now: datetime,
) -> PaymentStatus:
    """Confirms the order. Saying it twice is once.

    Raises NotFound for an order that is of no source, InvalidInput, PaidAlready where its attempt is over.
    """
    write = partial(
        _write_down, order_id=order_id, paid_how=paid_how, paid_on=paid_on, actor_id=actor_id, now=now
    )
    payment_id = unit_of_work.run(write)
    return sync(unit_of_work, providers, payment_id, now=now)


def _write_down(
    session: Session, order_id: int, paid_how: PaidHow, paid_on: date, actor_id: int, now: datetime
) -> int:
    """What was said, in the attempt and beside the order; returns the payment's id. Locks the order."""
    order = lock_order(session, order_id)
    written = session.get(OutsideOrder, order_id, populate_existing=True)
    if written is None:
        raise NotFound()
    payment = pending_payment(session, order_id)
    if payment is None or not is_collected_elsewhere(payment.provider):
        raise PaidAlready()
    source = get_source(session, written.source_id)
    if paid_how is PaidHow.NOT_YET:
        raise InvalidInput(msg("Please choose one from the list."), field="paid_how")
    if paid_how is PaidHow.PLATFORM and source.kind is not SourceKind.PLATFORM:
        raise InvalidInput(msg("Only a platform collects by itself."), field="paid_how")
    if not written.ordered_on <= paid_on <= shanghai_date(now):
        raise InvalidInput(msg("Please enter a day between the order and today."), field="paid_on")
    written.paid_how, written.paid_on = paid_how, paid_on
    payment.request = {PAID_HOW: paid_how.value, FEE: fee_of(source, payment.amount_fen, None)}
    facts = {"outside_number": written.number, "amount_fen": payment.amount_fen}
    audit(session, actor_id, "order.paid_elsewhere", "order", order.number, facts, now=now)
    return payment.id
