"""The tables of products and of their packs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rules import Values
from shop.catalogue.editing.products import PRODUCT, PRODUCT_DEFAULTS, refuse_product, save_product
from shop.catalogue.editing.variants import (
    LOWERED,
    VARIANT,
    VARIANT_DEFAULTS,
    contents_of,
    get_variant,
    refuse_contents,
    refuse_variant,
    save_variant,
    set_contents,
)
from shop.catalogue.families import FAMILIES
from shop.catalogue.models import BundleItem, Product, Variant
from shop.catalogue.tables.cells import (
    choice_cell,
    contents_cell,
    flag_cell,
    link_cell,
    months_cell,
    percent_cell,
    text_cell,
    whole_cell,
    yuan_cell,
)
from shop.catalogue.tables.description import Column, MasterTable
from shop.kit.errors import InvalidInput


def _save_pack(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """A pack, and what it contains where it is a gift box."""
    own = {name: value for name, value in values.items() if name != "contents"}
    saved_id = record_id
    if saved_id is None or own:
        saved_id = save_variant(session, record_id, own, actor_id=actor_id, now=now)
    if "contents" in values and values["contents"] != contents_of(session, saved_id):
        set_contents(session, saved_id, values["contents"], actor_id=actor_id, now=now)
    return saved_id


def _refuse_pack(session: Session, record_id: int | None, values: Values) -> None:
    refuse_variant(session, record_id, values)
    if record_id is not None and "price_fen" in values and get_variant(session, record_id).former_fen:
        raise InvalidInput(LOWERED, field="price_fen")
    if "contents" in values:
        refuse_contents(session, record_id, values["contents"])


def _of_packs(session: Session, ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
    """What a box contains; and the price that lasts, where a lower one runs for a time."""
    contents: dict[int, dict[str, int]] = defaultdict(dict)
    held = (
        sa.select(BundleItem.bundle_id, Variant.sku, BundleItem.units)
        .join(Variant, Variant.id == BundleItem.component_id)
        .where(BundleItem.bundle_id.in_(ids))
    )
    for box_id, sku, units in session.execute(held):
        contents[box_id][sku] = units
    lowered = sa.select(Variant.id, Variant.former_fen).where(
        Variant.id.in_(ids), Variant.former_fen.is_not(None)
    )
    former = dict(session.execute(lowered).all())
    return {
        one: {"contents": contents.get(one, {})} | ({"price_fen": former[one]} if one in former else {})
        for one in ids
    }


PRODUCTS: Final = MasterTable(
    name="products",
    entity=Product,
    sheet=PRODUCT,
    columns=(
        Column("slug", "短名", "Short name", text_cell()),
        Column("name_zh", "中文名", "Name in Chinese", text_cell()),
        Column("name_en", "英文名", "Name in English", text_cell()),
        Column("summary_zh", "中文简介", "Summary in Chinese", text_cell()),
        Column("summary_en", "英文简介", "Summary in English", text_cell()),
        Column("seller_id", "销售方", "Seller", link_cell("seller_id")),
        Column("category_id", "分类", "Category", link_cell("category_id")),
        Column("compliance_class_id", "法定类别", "Class by law", link_cell("compliance_class_id")),
        Column("village_id", "主要产地", "Main origin", link_cell("village_id")),
        Column("family", "插图", "Drawing", choice_cell(FAMILIES)),
        Column("shelf_life_days", "保质天数", "Keeps for days", whole_cell()),
        Column("own_ready_hours", "备货小时", "Hours to prepare", whole_cell()),
        Column("recommended", "推荐权重", "Recommendation", whole_cell()),
        Column("season_mask", "当季月份", "Season (months)", months_cell()),
        Column("return_exempt", "不适用七天退货", "No return in 7 days", flag_cell()),
        Column("storage_zh", "中文保存方法", "Storage in Chinese", text_cell()),
        Column("storage_en", "英文保存方法", "Storage in English", text_cell()),
        Column("description_zh", "中文详情", "Description in Chinese", text_cell()),
        Column("description_en", "英文详情", "Description in English", text_cell()),
        Column("synonyms", "其他搜索词", "Other words", text_cell()),
    ),
    save=save_product,
    defaults=PRODUCT_DEFAULTS,
    rules={},
    refuse=refuse_product,
)
PACKS: Final = MasterTable(
    name="packs",
    entity=Variant,
    sheet=VARIANT,
    columns=(
        Column("sku", "货号", "SKU", text_cell()),
        Column("product_id", "商品", "Product", link_cell("product_id")),
        Column("name_zh", "规格中文名", "Name in Chinese", text_cell()),
        Column("name_en", "规格英文名", "Name in English", text_cell()),
        Column("price_fen", "价格（元）", "Price (¥)", yuan_cell()),
        Column("net_weight_g", "净重（克）", "Net weight in g", whole_cell()),
        Column("gross_weight_g", "毛重（克）", "Gross weight in g", whole_cell()),
        Column("tax_code", "税收编码", "Tax code", text_cell()),
        Column("tax_rate_bp", "税率（%）", "Tax rate (%)", percent_cell()),
        Column("limit_per_buyer", "每人限购", "Most for one buyer", whole_cell()),
        Column("low_stock_at", "低库存线", "Few are left from", whole_cell()),
        Column("position", "排序", "Place in the list", whole_cell()),
        Column("active", "可购买", "Can be bought", flag_cell()),
        Column("contents", "礼盒内容", "Contents of a box", contents_cell()),
    ),
    save=_save_pack,
    defaults=VARIANT_DEFAULTS,
    rules={"contents": lambda value: value or {}},
    refuse=_refuse_pack,
    more_values=_of_packs,
    fixed=("product_id",),
)
