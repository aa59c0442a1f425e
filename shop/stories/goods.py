"""The goods and lots that a post speaks of: what may be chosen, what was, and choosing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, ProductStatus, ProductVillage, Variant
from shop.inventory.models import Lot
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.stories.access import PostReach, lock_to_change
from shop.stories.history import note
from shop.stories.models import Post, PostLot, PostProduct

MOST_GOODS: Final = 8
MOST_LOTS: Final = 8
MOST_OFFERED: Final = 120
_NOT_OFFERED: Final = msg("Please choose from the goods and lots that are listed.")


@dataclass(frozen=True)
class GoodsChoice:
    id: int
    slug: str
    name_zh: str
    name_en: str
    chosen: bool


@dataclass(frozen=True)
class LotChoice:
    id: int
    code: str
    goods_zh: str
    goods_en: str
    pack_zh: str
    pack_en: str
    harvested_on: date | None
    packed_on: date | None
    chosen: bool


@dataclass(frozen=True)
class Choices:
    goods: Sequence[GoodsChoice]
    lots: Sequence[LotChoice]

    @property
    def chosen_goods(self) -> frozenset[int]:
        return frozenset(one.id for one in self.goods if one.chosen)

    @property
    def chosen_lots(self) -> frozenset[int]:
        return frozenset(one.id for one in self.lots if one.chosen)


def choices_of(session: Session, post: Post) -> Choices:
    """What was chosen first, then what its village sells and has harvested last; without a village, all goods.

    Two statements.
    """
    is_chosen = sa.exists().where(PostProduct.post_id == post.id, PostProduct.product_id == Product.id)
    goods = (
        sa.select(Product.id, Product.slug, Product.name_zh, Product.name_en, is_chosen.label("chosen"))
        .where(sa.or_(is_chosen, sa.and_(Product.status == ProductStatus.PUBLISHED, _from(post.village_id))))
        .order_by(is_chosen.desc(), Product.recommended.desc(), Product.id)
        .limit(MOST_OFFERED)
    )
    has_lot = sa.exists().where(PostLot.post_id == post.id, PostLot.lot_id == Lot.id)
    lots = (
        sa.select(
            *(Lot.id, Lot.code, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Lot.harvested_on, Lot.packed_on, has_lot.label("chosen")),
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(sa.or_(has_lot, _kept_in(post.village_id)))
        .order_by(has_lot.desc(), Lot.created_at.desc(), Lot.id.desc())
        .limit(MOST_OFFERED)
    )
    return Choices(
        goods=[GoodsChoice(*row) for row in session.execute(goods)],
        lots=[LotChoice(*row) for row in session.execute(lots)],
    )


def choose_goods(
    session: Session,
    post_id: int,
    product_ids: Collection[int],
    lot_ids: Collection[int],
    *,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> bool:
    """Link exactly these; False when they are linked. Raises NotFound, Conflict, InvalidInput (goods, lots)."""
    post = lock_to_change(session, post_id, reach)
    offered = choices_of(session, post)
    goods, lots = frozenset(product_ids), frozenset(lot_ids)
    _judge(offered, goods, lots)
    if (goods, lots) == (offered.chosen_goods, offered.chosen_lots):
        return False
    session.execute(sa.delete(PostProduct).where(PostProduct.post_id == post_id))
    session.execute(sa.delete(PostLot).where(PostLot.post_id == post_id))
    session.add_all([PostProduct(post_id=post_id, product_id=one) for one in sorted(goods)])
    session.add_all([PostLot(post_id=post_id, lot_id=one) for one in sorted(lots)])
    session.flush()
    note(session, post, "goods_chosen", actor_id, now, goods=sorted(goods), lots=sorted(lots))
    return True


def _judge(offered: Choices, goods: frozenset[int], lots: frozenset[int]) -> None:
    errors = {}
    if goods - {one.id for one in offered.goods}:
        errors["goods"] = _NOT_OFFERED
    elif len(goods) > MOST_GOODS:
        errors["goods"] = msg("At most %(most)s of each.")
    if lots - {one.id for one in offered.lots}:
        errors["lots"] = _NOT_OFFERED
    elif len(lots) > MOST_LOTS:
        errors["lots"] = msg("At most %(most)s of each.")
    if errors:
        raise InvalidInput(errors=errors, most=MOST_GOODS)


def _from(village_id: int | None) -> sa.ColumnElement[bool]:
    if village_id is None:
        return sa.true()
    declared = sa.exists().where(
        ProductVillage.product_id == Product.id, ProductVillage.village_id == village_id
    )
    return sa.or_(Product.village_id == village_id, declared)


def _kept_in(village_id: int | None) -> sa.ColumnElement[bool]:
    return sa.true() if village_id is None else Producer.village_id == village_id
