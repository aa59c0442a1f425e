"""One order from elsewhere is entered: placed with its agreed prices, and confirmed at once where its buyer has paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.delivery.models import Run
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish
from shop.ordering.history import note
from shop.ordering.models import Channel, Order
from shop.ordering.outside.models import OUTSIDE, OutsideOrder, OutsideSource, PaidHow, provider_of_source
from shop.ordering.outside.queries import order_of_number
from shop.ordering.outside.sources import get_source
from shop.ordering.wish import Courier, Recipient
from shop.payments.attempts import pending_payment
from shop.payments.models import Payment
from shop.payments.outside.errors import EnteredBefore, KeptTooMuch, NotTheSum, PricesFarOff
from shop.payments.outside.prices import far_prices
from shop.payments.outside.taken import Taken, fee_of, refuse_wrong
from shop.payments.providers.base import Providers
from shop.payments.providers.outside import FEE, PAID_HOW
from shop.payments.starting import REFERENCE_LENGTH
from shop.payments.syncing import sync
from shop.storage.unit_of_work import UnitOfWork

TAKEN_DOWN: Final = "taken_down"  # in the order's history
_PHONE_NEEDED: Final = msg("Please enter a telephone number: this source has none of its own.")


@dataclass(frozen=True, slots=True)
class Entered:
    """`payment_id`: its open attempt, until it is confirmed or given up."""

    order_id: int
    number: str
    payment_id: int | None
    is_new: bool


def enter_outside_order(
    unit_of_work: UnitOfWork,
    providers: Providers,
    taken: Taken,
    *,
    actor_id: int | None,
    now: datetime,
    import_id: int | None = None,
) -> Entered:
    """Two transactions: the order with its open attempt, then its confirmation, which reconciling finishes after a break.

    The same form sent twice enters it once. Raises what is wrong with it (InvalidInput), EnteredBefore, and what
    `place_direct_order` raises; then nothing is entered.
    """
    write = partial(_write, taken=taken, actor_id=actor_id, import_id=import_id, now=now)
    entered = unit_of_work.run(write)
    if entered.payment_id is not None and taken.paid_how is not PaidHow.NOT_YET:
        sync(unit_of_work, providers, entered.payment_id, now=now)
    return entered


def _write(
    session: Session, taken: Taken, actor_id: int | None, import_id: int | None, now: datetime
) -> Entered:
    known = _entered_by_this_form(session, taken)
    if known is not None:
        return known
    source = get_source(session, taken.source_id)
    refuse_wrong(taken, source, now=now)
    _refuse_known(session, taken)
    _refuse_far_prices(session, taken, now)
    placed = place_direct_order(session, _wish(session, taken, source, now), now=now)
    order = session.get_one(Order, placed.order_id)
    if taken.fee_fen is not None and taken.fee_fen > order.total_fen:
        raise KeptTooMuch(field="fee_fen", total=plain_yuan(order.total_fen))
    written = OutsideOrder(
        order_id=order.id,
        source_id=source.id,
        number=taken.number or order.number,
        ordered_on=taken.ordered_on,
        paid_how=taken.paid_how,
        paid_on=taken.paid_on,
        import_id=import_id,
        entered_at=now,
        entered_by_id=actor_id,
    )
    payment = _attempt(session, order, taken, source, now)
    session.add_all([written, payment])
    session.flush()
    note(session, order.id, TAKEN_DOWN, now, actor_id, source=source.name_zh, outside_number=written.number)
    facts = {"source": source.name_zh, "outside_number": written.number, "amount_fen": order.total_fen}
    audit(session, actor_id, "order.taken_down", "order", order.number, facts, now=now)
    return Entered(order.id, order.number, payment.id, is_new=True)


def _entered_by_this_form(session: Session, taken: Taken) -> Entered | None:
    """The order of a form without a number there, sent once more."""
    if taken.number:
        return None
    row = session.execute(
        sa.select(Order.id, Order.number).where(Order.checkout_token == taken.checkout_token())
    ).one_or_none()
    if row is None:
        return None
    pending = pending_payment(session, row.id)
    return Entered(row.id, row.number, pending.id if pending else None, is_new=False)


def _refuse_known(session: Session, taken: Taken) -> None:
    known = order_of_number(session, taken.source_id, taken.number) if taken.number else None
    if known is not None:
        raise EnteredBefore(number=taken.number, order_number=known)


def _refuse_far_prices(session: Session, taken: Taken, now: datetime) -> None:
    if taken.prices_sure:
        return
    agreed = [one for one in taken.items if one.unit_price_fen is not None]
    if not agreed:
        return
    own = direct_lines(session, [replace(one, unit_price_fen=None) for one in agreed], now=now)
    if goods := far_prices(agreed, own):
        raise PricesFarOff(field="prices_sure", goods=goods)


def _wish(session: Session, taken: Taken, source: OutsideSource, now: datetime) -> DirectWish:
    """Who left no name or telephone is reached through who collects there."""
    person = Recipient(
        taken.recipient.name or source.collector, taken.recipient.phone or source.contact_phone
    )
    if not person.phone:
        raise InvalidInput(errors={"phone": _PHONE_NEEDED})
    wish = DirectWish(
        token=taken.checkout_token(),
        items=taken.items,
        recipient=person,
        delivery=taken.delivery,
        payment_method=OUTSIDE,
        channel=Channel.OUTSIDE,
        organisation_id=taken.organisation_id,
        language=taken.language,
        note=taken.note,
    )
    return replace(wish, freight_fen=_agreed_freight(session, taken, now))


def _agreed_freight(session: Session, taken: Taken, now: datetime) -> int | None:
    """What the sum that was agreed leaves for freight; by truck there is none. None where no sum was said."""
    if taken.sum_fen is None:
        return None
    goods_fen = sum(line.line_fen for line in direct_lines(session, taken.items, now=now))
    rest = taken.sum_fen - goods_fen
    if rest < 0 or (rest and not isinstance(taken.delivery, Courier)):
        raise NotTheSum(field="sum_fen", goods=plain_yuan(goods_fen), said=plain_yuan(taken.sum_fen))
    return rest


def _attempt(session: Session, order: Order, taken: Taken, source: OutsideSource, now: datetime) -> Payment:
    """Goods wait for its money until the source's days are over, or the truck takes no more."""
    until = now + timedelta(days=source.wait_days)
    if order.run_id is not None:
        until = min(until, session.get_one(Run, order.run_id).cutoff_at)
    request: dict[str, str | int] = {}
    if taken.paid_how is not PaidHow.NOT_YET:
        request = {PAID_HOW: taken.paid_how.value, FEE: fee_of(source, order.total_fen, taken.fee_fen)}
    return Payment(
        order_id=order.id,
        attempt=1,
        provider=provider_of_source(source.slug),
        amount_fen=order.total_fen,
        reference=random_code(REFERENCE_LENGTH),
        request=request,
        created_at=now,
        expires_at=until,
    )
