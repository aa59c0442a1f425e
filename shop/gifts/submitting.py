"""The buyer presses the button: everybody who can be sent to is queued, at the price that stood beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.terms import lock_organisation
from shop.gifts.access import lock_any, refuse_reader
from shop.gifts.asking import ask_for_gift
from shop.gifts.errors import NobodyToSendTo, NotEnoughGoods, PackagingIsGone, TotalChanged
from shop.gifts.models import Gift, GiftItem, GiftRecipient, GiftStatus, PayBy, RecipientState
from shop.gifts.packagings import is_offered
from shop.gifts.quoting import GiftQuote, quote_gift
from shop.gifts.transitions import GIFT_STATES
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.ordering.approvals.spending import limits_beyond
from shop.ordering.errors import WouldNotKeep
from shop.ordering.events import GiftTransferWanted, OrdersOnTermsWanted
from shop.storage.event_log import record

DAY_TOO_SOON: Final = msg("This day cannot be kept any more. Please choose another one.")


def submit_gift(
    session: Session,
    gift_id: int,
    *,
    seen_total_fen: int,
    actor_id: int,
    now: datetime,
    hold_days: int | None = None,
) -> int:
    """How many orders are to be placed; the worker places them. Pressed twice it is once.

    On the organisation's terms; with `hold_days` it is paid in advance instead, by one transfer for which goods wait
    so many working days, and nobody has to approve that.

    Raises NotFound, NotAllowed, NothingInIt, NotForSale, NobodyToSendTo, NotEnoughGoods, WouldNotKeep, InvalidInput
    for a day that cannot be kept, TotalChanged, and what the terms refuse; then nothing has changed. Above a limit of the
    organisation the gift waits for approval, and 0 is returned; NobodyApproves. Locks the gift, then the organisation.
    """
    gift = lock_any(session, gift_id)
    refuse_reader(session, gift.organisation_id, actor_id)
    if gift.status in {GiftStatus.PLACING, GiftStatus.WAITING}:
        return 0
    if gift.status is GiftStatus.DROPPED:
        raise NotFound()
    if not is_offered(session, gift):
        raise PackagingIsGone(field="packaging")
    quote = quote_gift(session, gift_id, now=now)
    held = held_fen(session, gift_id)
    _refuse(gift, quote, seen_total_fen, anything_held=held > 0)
    if hold_days is not None:
        _ask_for_transfer(session, gift, quote, actor_id, hold_days, now)
        _begin(session, gift, quote, actor_id, now, PayBy.BANK_TRANSFER)
        return quote.recipients
    lock_organisation(session, gift.organisation_id)
    total_fen = quote.total_fen + held
    over = limits_beyond(session, gift.organisation_id, actor_id, total_fen, now=now)
    wanted = OrdersOnTermsWanted(gift.organisation_id, actor_id, total_fen, now, is_approved=bool(over))
    record(session, wanted)
    if over:
        ask_for_gift(session, gift, total_fen, over, actor_id=actor_id, now=now)
        return 0
    _begin(session, gift, quote, actor_id, now)
    return quote.recipients


def submit_approved(
    session: Session, gift: Gift, total_fen: int, *, asked_by_id: int | None, now: datetime
) -> None:
    """Somebody agreed to all of it, at this total, for who asked. The gift is locked. Raises as `submit_gift`."""
    quote = quote_gift(session, gift.id, now=now)
    held = held_fen(session, gift.id)
    _refuse(gift, quote, total_fen - held, anything_held=held > 0)
    if asked_by_id is None:
        raise NotFound()
    wanted = OrdersOnTermsWanted(gift.organisation_id, asked_by_id, total_fen, now, is_approved=True)
    record(session, wanted)
    _begin(session, gift, quote, asked_by_id, now)
    gift.is_approved = True


def _ask_for_transfer(
    session: Session, gift: Gift, quote: GiftQuote, actor_id: int, hold_days: int, now: datetime
) -> None:
    sellers = tuple(sorted({line.seller_id for line in quote.lines}))
    wanted = (gift.id, gift.organisation_id, actor_id, gift.name, sellers, hold_days, now)
    record(session, GiftTransferWanted(*wanted))


def _begin(
    session: Session,
    gift: Gift,
    quote: GiftQuote,
    actor_id: int,
    now: datetime,
    pay_by: PayBy = PayBy.ON_ACCOUNT,
) -> None:
    _freeze(session, gift, quote)
    _queue(session, gift.id, quote)
    gift.status = GIFT_STATES.step(gift.status, GiftStatus.PLACING)
    gift.stopped_because, gift.stopped_at_row, gift.is_approved = "", None, False
    gift.pay_by, gift.packaging_fen = pay_by, quote.packaging_each_fen
    gift.ordered_by_id, gift.ordered_at, gift.updated_at = actor_id, gift.ordered_at or now, now


def held_fen(session: Session, gift_id: int) -> int:
    """Of orders that were placed before the gift stopped, and are not accepted yet."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(GiftRecipient.quoted_fen), 0)).where(
        GiftRecipient.gift_id == gift_id, GiftRecipient.state == RecipientState.HELD
    )
    return int(session.scalar(statement) or 0)


def _refuse(gift: Gift, quote: GiftQuote, seen_total_fen: int, *, anything_held: bool) -> None:
    if not quote.recipients and not anything_held:
        raise NobodyToSendTo()
    if quote.short:
        least = min(quote.short, key=lambda one: one.left)
        raise NotEnoughGoods(name=least.line.product_name_zh, left=least.left)
    if quote.spoils_to:
        raise WouldNotKeep(names="、".join(line.product_name_zh for line in quote.lines))
    if gift.deliver_on is not None and not quote.arrives(gift.deliver_on):
        raise InvalidInput(DAY_TOO_SOON, field="day")
    if quote.total_fen != seen_total_fen:
        raise TotalChanged()


def _freeze(session: Session, gift: Gift, quote: GiftQuote) -> None:
    prices = {line.variant_id: line.unit_price_fen for line in quote.lines}
    for item in session.scalars(sa.select(GiftItem).where(GiftItem.gift_id == gift.id)):
        item.unit_price_fen = prices[item.variant_id]
    session.flush()


def _queue(session: Session, gift_id: int, quote: GiftQuote) -> None:
    for province in quote.by_province:
        session.execute(
            sa.update(GiftRecipient)
            .where(
                GiftRecipient.gift_id == gift_id,
                GiftRecipient.state == RecipientState.READY,
                GiftRecipient.province == province,
            )
            .values(state=RecipientState.QUEUED, quoted_fen=quote.each_fen(province))
            .execution_options(synchronize_session=False)
        )
