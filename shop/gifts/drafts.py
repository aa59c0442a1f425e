"""Making a gift: begun, filled, written on, given a day. Kept at each step, on whatever device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, ProductStatus, Variant
from shop.gifts.access import lock_gift, refuse_reader
from shop.gifts.errors import GiftIsOrdered
from shop.gifts.models import Gift, GiftItem, GiftRecipient, GiftStatus
from shop.gifts.quoting import quote_gift
from shop.gifts.transitions import GIFT_STATES
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy, tidy_lines

LONGEST_NAME: Final = 60
NAME_TOO_LONG: Final = msg(
    "At most %(most)s characters, and these are %(written)s. Please choose a shorter name."
)
LONGEST_CARD: Final = 60
LONGEST_SIGNATURE: Final = 30
CALLED: Final = "{称呼}"
CALLED_EN: Final = "{name}"
MOST_KINDS: Final = 10
MOST_UNITS: Final = 99


@dataclass(frozen=True, slots=True)
class Card:
    text: str
    signature: str
    hides_prices: bool
    origin_slip: bool


def start_gift(
    session: Session, organisation_id: int, name: str, *, token: str, actor_id: int, now: datetime
) -> int:
    """The id of the draft; the same token gives the same. Raises NotFound, NotAllowed, InvalidInput."""
    refuse_reader(session, organisation_id, actor_id)
    known = session.scalar(
        sa.select(Gift.id).where(Gift.made_token == token, Gift.organisation_id == organisation_id)
    )
    if known is not None:
        return known
    called = tidy(name)
    if not called:
        raise InvalidInput(msg("Please give it a name."), field="name")
    if len(called) > LONGEST_NAME:
        raise InvalidInput(NAME_TOO_LONG, field="name", most=LONGEST_NAME, written=len(called))
    gift = Gift(
        organisation_id=organisation_id,
        name=called,
        made_token=token,
        made_by_id=actor_id,
        created_at=now,
        updated_at=now,
    )
    session.add(gift)
    session.flush()
    return gift.id


def choose_goods(
    session: Session, gift_id: int, units: Mapping[int, int], *, actor_id: int, now: datetime
) -> None:
    """So many of each pack, by its id, for every recipient; 0 takes it out.

    Raises NotFound, GiftIsOrdered, InvalidInput, also for what is not for sale.
    """
    gift = lock_gift(session, gift_id, actor_id)
    if gift.ordered_at is not None:
        raise GiftIsOrdered()
    if any(not 0 <= one <= MOST_UNITS for one in units.values()):
        raise InvalidInput(msg("Please enter a whole number from 0 to 99."), field="units")
    wanted = {one: number for one, number in units.items() if number}
    kept = {one.variant_id: one for one in _items(session, gift_id)}
    if len({*wanted, *(kept.keys() - units.keys())}) > MOST_KINDS:
        raise InvalidInput(msg("A gift holds at most %(most)s kinds."), field="units", most=MOST_KINDS)
    if not wanted.keys() <= _for_sale(session, wanted.keys() | set()):
        raise InvalidInput(msg("This is not for sale any more."), field="units")
    for variant_id, item in kept.items():
        if variant_id in units and variant_id not in wanted:
            session.delete(item)
    for variant_id, number in wanted.items():
        if variant_id in kept:
            kept[variant_id].quantity = number
        else:
            session.add(GiftItem(gift_id=gift_id, variant_id=variant_id, quantity=number))
    gift.updated_at = now


def write_card(session: Session, gift_id: int, card: Card, *, actor_id: int, now: datetime) -> None:
    """Raises NotFound, GiftIsOrdered, and InvalidInput for a text that is too long."""
    gift = lock_gift(session, gift_id, actor_id)
    if gift.ordered_at is not None:
        raise GiftIsOrdered()
    text, signature = tidy_lines(card.text), tidy(card.signature)
    errors = {}
    if written_length(text) > LONGEST_CARD:
        errors["text"] = msg("At most 60 characters.")
    if len(signature) > LONGEST_SIGNATURE:
        errors["signature"] = msg("At most 30 characters.")
    if errors:
        raise InvalidInput(errors=errors)
    gift.card_text, gift.signature = text, signature
    gift.hides_prices, gift.origin_slip = card.hides_prices, card.origin_slip
    gift.updated_at = now


def choose_day(session: Session, gift_id: int, day: date | None, *, actor_id: int, now: datetime) -> None:
    """None: as soon as possible. Judged again with the price, since the list may change.

    Raises NotFound, GiftIsOrdered, NothingInIt, NotForSale, and InvalidInput for a day that cannot be kept.
    """
    gift = lock_gift(session, gift_id, actor_id)
    if gift.ordered_at is not None and day != gift.deliver_on:
        raise GiftIsOrdered()
    if day is not None and day != gift.deliver_on:
        quote_gift(session, gift_id, now=now).refuse_day(day)
    gift.deliver_on, gift.updated_at = day, now


def drop_gift(session: Session, gift_id: int, *, actor_id: int, now: datetime) -> None:
    """A draft is thrown away with its list; nothing of it was ordered. Raises NotFound, GiftIsOrdered."""
    gift = lock_gift(session, gift_id, actor_id)
    if gift.ordered_at is not None:
        raise GiftIsOrdered()
    gift.status = GIFT_STATES.step(gift.status, GiftStatus.DROPPED)
    gift.updated_at = gift.forgotten_at = now
    session.execute(sa.delete(GiftRecipient).where(GiftRecipient.gift_id == gift_id))


def written_length(text: str) -> int:
    """The placeholder counts for nothing: it becomes somebody's name."""
    return len(text.replace(CALLED, "").replace(CALLED_EN, ""))


def card_for(text: str, name: str) -> str:
    """The card as this recipient reads it."""
    return text.replace(CALLED, name).replace(CALLED_EN, name)


def _items(session: Session, gift_id: int) -> list[GiftItem]:
    return list(session.scalars(sa.select(GiftItem).where(GiftItem.gift_id == gift_id)))


def _for_sale(session: Session, variant_ids: set[int]) -> set[int]:
    statement = (
        sa.select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Variant.id.in_(variant_ids), Variant.active.is_(True), Product.status == ProductStatus.PUBLISHED
        )
    )
    return set(session.scalars(statement))
