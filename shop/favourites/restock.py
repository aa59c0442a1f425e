"""Who waits for what is sold out, and in which turn they are told.

Those who asked first are told first, and no more of them at a time than there are units: they have a head start of some
hours. Told once, a wish is over; asked again it begins anew. The worker looks every minute at the packs that somebody
waits for, so that no sale and no delivery waits for those who wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Product, ProductStatus, StockState, Variant
from shop.catalogue.variants import find_variant
from shop.favourites.errors import CanBeBought, TooManyWaits
from shop.favourites.events import BackInStock
from shop.favourites.models import RestockWish
from shop.inventory.stock import buyable_units
from shop.ordering.models import Order, OrderLine
from shop.storage.event_log import record
from shop.storage.named_locks import lock_name

MOST_WAITS: Final = 30
HEAD_START: Final = timedelta(hours=12)
EXPIRES: Final = timedelta(days=90)
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Waiting:
    sku: str
    slug: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    asked_at: datetime
    is_sold: bool  # the shop still has it in its lists

    @property
    def until(self) -> datetime:
        return self.asked_at + EXPIRES


def ask_restock(session: Session, user_id: int, sku: str, *, now: datetime) -> bool:
    """Wait for a pack; False when the person does already. Raises NoSuchProduct, CanBeBought, TooManyWaits."""
    variant = find_variant(session, sku)
    if variant.stock_state is not StockState.SOLD_OUT:
        raise CanBeBought()
    session.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    mine = sa.select(RestockWish).where(RestockWish.user_id == user_id)
    wish = session.scalar(mine.where(RestockWish.variant_id == variant.id))
    if wish is not None and wish.told_at is None:
        return False
    count = sa.select(sa.func.count()).select_from(RestockWish)
    waits = count.where(RestockWish.user_id == user_id, RestockWish.told_at.is_(None))
    if (session.scalar(waits) or 0) >= MOST_WAITS:
        raise TooManyWaits(most=MOST_WAITS)
    if wish is None:
        session.add(RestockWish(user_id=user_id, variant_id=variant.id, asked_at=now))
    else:
        wish.asked_at, wish.told_at = now, None
    return True


def stop_waiting(session: Session, user_id: int, sku: str) -> None:
    """Again: nothing."""
    variant_id = sa.select(Variant.id).where(Variant.sku == sku).scalar_subquery()
    session.execute(
        sa.delete(RestockWish).where(RestockWish.user_id == user_id, RestockWish.variant_id == variant_id),
        execution_options={"synchronize_session": False},
    )


def waits_of(session: Session, user_id: int) -> list[Waiting]:
    """What somebody waits for, the newest first; at most `MOST_WAITS`. One statement."""
    is_sold = sa.and_(Variant.active, Product.status == ProductStatus.PUBLISHED)
    statement = (
        sa.select(
            *(Variant.sku, Product.slug, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Product.family, RestockWish.asked_at, is_sold),
        )
        .join(Variant, Variant.id == RestockWish.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(RestockWish.user_id == user_id, RestockWish.told_at.is_(None))
        .order_by(RestockWish.asked_at.desc(), RestockWish.id.desc())
    )
    return [Waiting(*row) for row in session.execute(statement)]


def packs_that_came(session: Session, *, most: int = 100) -> list[int]:
    """The packs that somebody waits for and that can be bought: who is next may be told."""
    statement = (
        sa.select(RestockWish.variant_id)
        .join(Variant, Variant.id == RestockWish.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            RestockWish.told_at.is_(None),
            Variant.stock_state != StockState.SOLD_OUT,
            Variant.active,
            Product.status == ProductStatus.PUBLISHED,
        )
        .distinct()
        .order_by(RestockWish.variant_id)
        .limit(most)
    )
    return list(session.scalars(statement))


def tell_next(session: Session, variant_id: int, *, now: datetime) -> int:
    """Tell as many as there are units for beyond those who were told lately and have not ordered it since; returns how
    many. Safe to repeat.

    Locks the name of the pack: two workers at once would each tell as many.
    """
    lock_name(session, f"restock:{variant_id}")
    units = buyable_units(session, [variant_id], now=now).get(variant_id, 0)
    of_pack = RestockWish.variant_id == variant_id
    lately = sa.select(sa.func.count()).where(
        of_pack, RestockWish.told_at > now - HEAD_START, ~_has_ordered_since()
    )
    turns = min(units - (session.scalar(lately) or 0), MOST_AT_ONCE)
    if turns <= 0:
        return 0
    waiting = (
        sa.select(RestockWish)
        .where(of_pack, RestockWish.told_at.is_(None))
        .order_by(RestockWish.asked_at, RestockWish.id)
        .limit(turns)
    )
    told = session.scalars(waiting).all()
    for wish in told:
        wish.told_at = now
        record(session, BackInStock(wish.user_id, variant_id, wish.asked_at, now))
    return len(told)


def _has_ordered_since() -> sa.Exists:
    """What was ordered is not among the units any more."""
    return (
        sa.exists()
        .where(Order.user_id == RestockWish.user_id, Order.placed_at >= RestockWish.told_at)
        .where(OrderLine.order_id == Order.id, OrderLine.variant_id == RestockWish.variant_id)
        .correlate(RestockWish)
    )


def forget_old_waits(session: Session, *, now: datetime) -> int:
    """What nobody could be told of for so long, and what was told long ago; returns how many."""
    old = sa.or_(RestockWish.told_at <= now - EXPIRES, RestockWish.asked_at <= now - EXPIRES)
    gone = session.execute(sa.delete(RestockWish).where(old).returning(RestockWish.id))
    return len(gone.all())
