"""One thing changed of many products: what it would do of each is said first, then each is changed by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rules import judge_values
from shop.catalogue.editing.products import PRODUCT, refuse_product, save_product
from shop.catalogue.editing.variants import VARIANT, save_variant
from shop.catalogue.errors import CannotPublish
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.catalogue.publishing import publish, reasons_against, withdraw
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound, ShopError
from shop.kit.text import msg, tidy

MOST_AT_ONCE: Final = 200
WHY: Final = msg("Please say why.")


class Deed(StrEnum):
    CATEGORY = "category_id"
    SELLER = "seller_id"
    VILLAGE = "village_id"
    READY_HOURS = "own_ready_hours"
    RECOMMENDED = "recommended"
    LOW_STOCK = "low_stock_at"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Order:
    """`value`: what it is set to; why, for those that are taken out of the shop."""

    deed: Deed
    value: Any


@dataclass(frozen=True)
class Row:
    """`before` is what there is now: of packs, each pack's by its id. `refused`: why it cannot be changed."""

    product_id: int
    name_zh: str
    name_en: str
    before: Any
    is_so: bool
    refused: ShopError | None = None

    @property
    def seal(self) -> str:
        return hashlib.sha256(repr(self.before).encode()).hexdigest()[:16]


Keepers = Callable[[Session, int], Collection[int]]


def judge_order(order: Order) -> None:
    """Raises InvalidInput for the field `value`, before any product is looked at."""
    if order.deed is Deed.WITHDRAW and not tidy(str(order.value or "")):
        raise InvalidInput(WHY, field="value")
    if order.deed in (Deed.PUBLISH, Deed.WITHDRAW):
        return
    rules = VARIANT.rules if order.deed is Deed.LOW_STOCK else PRODUCT.rules
    try:
        judge_values({order.deed.value: order.value}, rules, complete=False)
    except InvalidInput as error:
        raise InvalidInput(next(iter(error.errors.values())), field="value") from error


def plan_many(
    session: Session, chosen: sa.Select[int], order: Order, *, keepers: Keepers, now: datetime
) -> list[Row]:
    """What it would do of each, in the order of the list; nothing is written."""
    products = session.scalars(
        sa.select(Product)
        .where(Product.id.in_(chosen))
        .order_by(Product.recommended.desc(), Product.id.desc())
    ).all()
    packs = _packs(session, [one.id for one in products]) if order.deed is Deed.LOW_STOCK else {}
    return [_row(session, one, packs.get(one.id, {}), order, keepers, now) for one in products]


def change_one(
    session: Session,
    product_id: int,
    order: Order,
    *,
    seal: str,
    keepers: Keepers,
    actor_id: int | None,
    now: datetime,
) -> bool:
    """Change one as it was shown; False when it is so. Raises NotFound, InvalidInput, CannotPublish, and Conflict when
    it was changed meanwhile.
    """
    product = session.scalar(sa.select(Product).where(Product.id == product_id).with_for_update())
    if product is None:
        raise NotFound()
    packs = _packs(session, [product_id]).get(product_id, {}) if order.deed is Deed.LOW_STOCK else {}
    row = _row(session, product, packs, order, keepers, now)
    if row.is_so:
        return False
    if row.seal != seal:
        raise Conflict()
    if row.refused is not None:
        raise row.refused
    if order.deed is Deed.PUBLISH:
        publish(session, product_id, kept_by=keepers(session, product_id), actor_id=actor_id, now=now)
    elif order.deed is Deed.WITHDRAW:
        withdraw(session, product_id, actor_id=actor_id, reason=tidy(str(order.value))[:200], now=now)
    elif order.deed is Deed.LOW_STOCK:
        for pack_id in sorted(packs):
            save_variant(session, pack_id, {"low_stock_at": order.value}, actor_id=actor_id, now=now)
    else:
        save_product(session, product_id, {order.deed.value: order.value}, actor_id=actor_id, now=now)
    return True


def _packs(session: Session, ids: Collection[int]) -> Mapping[int, dict[int, int]]:
    """By product, from how many each of its packs is low in stock."""
    found: dict[int, dict[int, int]] = {}
    rows = sa.select(Variant.product_id, Variant.id, Variant.low_stock_at).where(Variant.product_id.in_(ids))
    for product_id, pack_id, low in session.execute(rows.order_by(Variant.id)):
        found.setdefault(product_id, {})[pack_id] = low
    return found


def _row(
    session: Session,
    product: Product,
    packs: dict[int, int],
    order: Order,
    keepers: Keepers,
    now: datetime,
) -> Row:
    before, is_so = _before(product, packs, order)
    refused = None if is_so else _refusal(session, product, order, keepers, now)
    return Row(product.id, product.name_zh, product.name_en, before, is_so, refused)


def _before(product: Product, packs: dict[int, int], order: Order) -> tuple[Any, bool]:
    match order.deed:
        case Deed.PUBLISH:
            return product.status.value, product.status is ProductStatus.PUBLISHED
        case Deed.WITHDRAW:
            return product.status.value, product.status is not ProductStatus.PUBLISHED
        case Deed.LOW_STOCK:
            return packs, all(low == order.value for low in packs.values())
    before = getattr(product, order.deed.value)
    return before, before == order.value


def _refusal(
    session: Session, product: Product, order: Order, keepers: Keepers, now: datetime
) -> ShopError | None:
    if order.deed is Deed.PUBLISH:
        kept_by = keepers(session, product.id)
        reasons = reasons_against(session, product, kept_by=kept_by, today=shanghai_date(now))
        return CannotPublish(reasons) if reasons else None
    try:
        refuse_product(session, product.id, {order.deed.value: order.value})
    except InvalidInput as error:
        return error
    return None
