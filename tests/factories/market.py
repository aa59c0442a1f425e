"""A market to list and search in: goods of several kinds over two villages, on top of the small shop."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Category, Product, ProductVillage, StockState, Variant
from shop.catalogue.refreshing import rebuild
from shop.catalogue.search_index import reindex
from shop.inventory.stock_state import refresh_stock_state
from tests.factories.small_shop import SmallShop, add_lot, add_product, open_small_shop

# sku: (Chinese, English, category, village, fen, months, synonyms, words about it)
GOODS = {
    "donggu": ("椴木香菇 冬菇", "Log-grown Shiitake", "mushrooms", "mogou", 3900, range(1, 13), "", "冬天长得慢，伞厚。"),
    "muer": ("秋木耳", "Autumn Wood-ear", "mushrooms", "ruhe", 3600, (9, 10, 11), "黑木耳\n云耳", "肉厚，泡发快。"),
    "jgl": ("绞股蓝龙须茶", "Jiaogulan Tea", "jiaogulan", "ruhe", 4500, range(4, 10), "七叶胆", "回甘，配香菇炖汤也行。"),
    "lvcha": ("高山绿茶", "High-mountain Green Tea", "tea", "mogou", 6800, (3, 4, 5), "", "清明前采。"),
    "honey": ("土蜂蜜", "Log-hive Honey", "honey", "ruhe", 8800, range(1, 13), "", "秋天割的。"),
    "walnut": ("薄皮核桃", "Thin-shelled Walnuts", "nuts", "mogou", 4200, (9, 10), "", "一捏就开，壳薄。"),
}  # fmt: skip
CATEGORIES = ("mushrooms", "jiaogulan", "honey", "nuts")


def open_market(session: Session) -> SmallShop:
    """Everything is listed and indexed; `walnut` is sold out, `honey` has few left."""
    shop = open_small_shop(session)
    session.execute(sa.update(Product).values(recommended=1, summary_zh="好东西"))
    categories = {"tea": shop.category_id} | {
        slug: _category(session, slug, position) for position, slug in enumerate(CATEGORIES, 1)
    }
    for place, (sku, facts) in enumerate(GOODS.items()):
        _add(session, shop, sku, facts, categories, recommended=90 - place)
    add_lot(session, shop, "donggu-1", "donggu", "li", units=40)
    add_lot(session, shop, "muer-1", "muer", "wang", units=40)
    add_lot(session, shop, "muer-2", "muer", "chen", units=40)
    for sku in ("jgl", "lvcha"):
        add_lot(session, shop, f"{sku}-1", sku, "yu", units=40)
    add_lot(session, shop, "honey-1", "honey", "yu", units=2)
    # Wood-ear is kept in two villages.
    session.add(ProductVillage(product_id=shop.products["muer"], village_id=shop.villages["mogou"]))
    relist(session, shop)
    session.commit()
    return shop


def relist(session: Session, shop: SmallShop) -> None:
    session.flush()
    rebuild(session)
    refresh_stock_state(session, now=shop.now)
    reindex(session)


def _category(session: Session, slug: str, position: int) -> int:
    names = {"mushrooms": "菌菇", "jiaogulan": "绞股蓝", "honey": "蜂蜜", "nuts": "干果"}
    category = Category(slug=slug, name_zh=names[slug], name_en=slug.title(), family="tea", position=position)
    session.add(category)
    session.flush()
    return category.id


def _add(session: Session, shop: SmallShop, sku: str, facts: tuple, categories, *, recommended: int) -> None:
    zh, en, category, village, fen, months, synonyms, about = facts
    variant_id = add_product(session, shop, sku, price_fen=fen)
    session.execute(
        sa.update(Product)
        .where(Product.id == shop.products[sku])
        .values(
            name_zh=zh, name_en=en, category_id=categories[category], village_id=shop.villages[village],
            summary_zh=about, description_zh=about, synonyms=synonyms, recommended=recommended,
            season_mask=sum(1 << (month - 1) for month in months),
            published_at=shop.now - timedelta(days=recommended), stock_state=StockState.SOLD_OUT,
        )
    )  # fmt: skip
    session.execute(
        sa.update(Variant).where(Variant.id == variant_id).values(stock_state=StockState.SOLD_OUT)
    )
