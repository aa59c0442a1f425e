"""Baskets: a guest's is found by the hash of a random cookie, a signed-in buyer's by the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, ProductStatus, Variant
from shop.inventory.stock import buyable_units
from shop.kit.errors import NotFound
from shop.kit.text import msg, whole_number
from shop.ordering.errors import BadQuantity, BasketFull, LimitReached, NoneLeft, TooFewLeft
from shop.ordering.models import Basket, BasketItem

MOST_UNITS = 200  # of one line; canteens ask for a quotation
MOST_LINES = 50
KEPT = timedelta(days=30)
TOO_MANY = msg("At most %(most)s of it in one order.")
HAS_MANY = msg("You have %(has)s of it in your basket already; at most %(most)s in one order.")
HAS_LIMITED = msg(
    "You have %(has)s of it in your basket already; at most %(limit)s for each buyer in 30 days."
)
HAS_THE_LAST = msg("You have %(has)s of it in your basket already; there are only %(left)s.")


@dataclass(frozen=True, slots=True)
class BasketOwner:
    """Whose basket: the person's, or else that of a cookie with this hash; without either there is none."""

    user_id: int | None = None
    token_hash: str | None = None

    @property
    def named(self) -> dict[str, int | str | None]:
        """What `OWNED` and `OWN_BASKET` ask for."""
        return {"owner_id": self.user_id, "owner_token": self.token_hash if self.user_id is None else None}


# SQL for the owner's basket and its id, so that what is in it can be read in the same statement. Made once: building a
# statement takes as long as running it.
OWNED: Final = sa.or_(
    Basket.user_id == sa.bindparam("owner_id", type_=sa.Integer),
    sa.and_(Basket.token_hash == sa.bindparam("owner_token", type_=sa.String), Basket.user_id.is_(None)),
)
OWN_BASKET: Final = sa.select(Basket.id).where(OWNED).scalar_subquery()

_LOCKED: Final = sa.select(Basket).where(OWNED).with_for_update()
_COUNT: Final = sa.select(sa.func.coalesce(sa.func.sum(BasketItem.quantity), 0)).where(
    BasketItem.basket_id == OWN_BASKET
)
_FOR_SALE: Final = (
    sa.select(Variant)
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.sku == sa.bindparam("sku"), Variant.active, Product.status == ProductStatus.PUBLISHED)
)
_ITEM: Final = sa.select(BasketItem).where(
    BasketItem.basket_id == sa.bindparam("basket_id"), BasketItem.variant_id == sa.bindparam("variant_id")
)
_LINES: Final = sa.select(sa.func.count()).where(BasketItem.basket_id == sa.bindparam("basket_id"))


def parse_quantity(typed: str, *, least: int = 1) -> int:
    """What a person typed as a quantity. Raises BadQuantity for anything but a whole number that can be bought.

    Full-width digits are asked for again: what is charged for is never guessed at.
    """
    try:
        quantity = whole_number(typed)
    except ValueError:
        raise BadQuantity(field="quantity", most=MOST_UNITS) from None
    if quantity > MOST_UNITS:
        raise BadQuantity(TOO_MANY, field="quantity", most=MOST_UNITS)
    if quantity < least:
        raise BadQuantity(field="quantity", most=MOST_UNITS)
    return quantity


def basket_count(session: Session, owner: BasketOwner) -> int:
    """How many units lie in the basket."""
    return int(session.scalar(_COUNT, owner.named) or 0)


def lock_basket(session: Session, owner: BasketOwner) -> Basket | None:
    """Lock the owner's basket, before anything else: two tabs that order or change it take turns."""
    return session.scalar(_LOCKED, owner.named)


def add_item(
    session: Session, owner: BasketOwner, sku: str, quantity: int, *, now: datetime, instead: bool = False
) -> int:
    """Put so many more units into the basket; return how many of it now lie there.

    `instead`: just so many, whatever lies there: who buys now what they bought now before pays for it once.

    Raises NotFound for what is not sold, LimitReached, BadQuantity or TooFewLeft when the sum is too large.
    """
    variant = _variant_for_sale(session, sku)
    basket = lock_basket(session, owner) or _new_basket(session, owner, now)
    item = _item(session, basket.id, variant.id)
    has = item.quantity if item and not instead else 0
    wanted = quantity + has
    _check_quantity(session, variant, wanted, now, has=has)
    if item is not None:
        item.quantity = wanted
    else:
        _check_room(session, basket.id)
        session.add(BasketItem(basket_id=basket.id, variant_id=variant.id, quantity=wanted, added_at=now))
    basket.updated_at = now
    session.flush()
    return wanted


def set_quantity(session: Session, owner: BasketOwner, sku: str, quantity: int, *, now: datetime) -> None:
    """Change how many of one good lie in the basket; 0 takes it out. Raises as `add_item`."""
    basket = lock_basket(session, owner)
    item = session.scalar(
        sa.select(BasketItem)
        .join(Variant, Variant.id == BasketItem.variant_id)
        .where(BasketItem.basket_id == (basket.id if basket else None), Variant.sku == sku)
    )
    if basket is None or item is None:
        raise NotFound()
    if quantity == 0:
        session.delete(item)
    elif quantity != item.quantity:
        if quantity > item.quantity:
            _check_quantity(session, _variant_for_sale(session, sku), quantity, now)
        item.quantity = quantity
    basket.updated_at = now
    session.flush()


def _check_quantity(session: Session, variant: Variant, wanted: int, now: datetime, *, has: int = 0) -> None:
    """Say early what checkout would refuse; of `has` units that lie in the basket already, that too."""
    limit = variant.limit_per_buyer
    if limit is not None and wanted > limit:
        raise LimitReached(HAS_LIMITED if has else None, field="quantity", limit=limit, has=has)
    if wanted > MOST_UNITS:
        raise BadQuantity(HAS_MANY if has else TOO_MANY, field="quantity", most=MOST_UNITS, has=has)
    left = buyable_units(session, [variant.id], now=now)[variant.id]
    if left == 0:
        raise NoneLeft(field="quantity", left=0)
    if wanted > left:
        raise TooFewLeft(HAS_THE_LAST if has else None, field="quantity", left=left, has=has)


def _check_room(session: Session, basket_id: int) -> None:
    if (session.scalar(_LINES, {"basket_id": basket_id}) or 0) >= MOST_LINES:
        raise BasketFull(field="quantity", most=MOST_LINES)


def _variant_for_sale(session: Session, sku: str) -> Variant:
    variant = session.scalar(_FOR_SALE, {"sku": sku})
    if variant is None:
        raise NotFound()
    return variant


def _item(session: Session, basket_id: int, variant_id: int) -> BasketItem | None:
    return session.scalar(_ITEM, {"basket_id": basket_id, "variant_id": variant_id})


def _new_basket(session: Session, owner: BasketOwner, now: datetime) -> Basket:
    basket = Basket(
        user_id=owner.user_id,
        token_hash=owner.token_hash if owner.user_id is None else None,
        created_at=now,
        updated_at=now,
    )
    session.add(basket)
    session.flush()
    return basket
