"""What became of the units of each lot."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.inventory.count_models import StockCount
from shop.inventory.lots import EXPIRED
from shop.inventory.models import Lot, LotChange
from shop.kit.text import msg
from shop.ordering.shelves.loads import units_on_shelves
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised


def _spoiled() -> sa.ColumnElement[int]:
    """Units that the shop itself took off sale because their best-before had passed."""
    by_the_clock = sa.and_(LotChange.actor_id.is_(None), LotChange.reason == EXPIRED)
    units = sa.select(sa.func.coalesce(sa.func.sum(LotChange.withdrawn_change), 0)).where(
        LotChange.lot_id == Lot.id, by_the_clock
    )
    return sa.cast(units.correlate(Lot).scalar_subquery(), sa.BigInteger)


def _counted(units: sa.SQLColumnExpression[int]) -> sa.ColumnElement[int]:
    """What all counts of a lot say of its units, added up."""
    total = sa.select(sa.func.coalesce(sa.func.sum(units), 0)).where(StockCount.lot_id == Lot.id)
    return sa.cast(total.correlate(Lot).scalar_subquery(), sa.BigInteger)


def _balance(span: Span, language: str) -> sa.Select[Any]:
    start, end = span.moments
    spoiled, shelved = _spoiled(), units_on_shelves()
    missing, found = _counted(StockCount.taken_off), _counted(StockCount.added)
    return (
        sa.select(
            Lot.code,
            localised(language, Product.name_zh, Product.name_en),
            localised(language, Variant.name_zh, Variant.name_en),
            localised(language, Village.name_zh, Village.name_en),
            localised(language, Producer.name_zh, Producer.name_en),
            Lot.best_before,
            *(Lot.declared, Lot.available, Lot.held, Lot.committed + Lot.shipped - shelved, shelved),
            *(Lot.withdrawn - spoiled - missing, spoiled, missing, found, Village.id),
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Lot.created_at >= start, Lot.created_at < end)
        .order_by(Lot.created_at, Lot.id)
    )


LOT_BALANCE = Report(
    "lot-balance",
    msg("Lot balance"),
    (
        Column("lot", msg("Lot")),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("best_before", msg("Best before"), Unit.DAY),
        Column("declared", msg("Declared"), Unit.COUNT, total=True),
        Column("available", msg("For sale"), Unit.COUNT, total=True),
        Column("held", msg("Reserved"), Unit.COUNT, total=True),
        Column("sold", msg("Sold"), Unit.COUNT, total=True),
        Column("on_shelves", msg("On shelves"), Unit.COUNT, total=True),
        Column("withdrawn", msg("Withdrawn"), Unit.COUNT, total=True),
        Column("spoiled", msg("Spoiled"), Unit.COUNT, total=True),
        Column("missing", msg("Missing when counted"), Unit.COUNT, total=True),
        Column("found", msg("Of it found when counted"), Unit.COUNT, total=True),
        key_column("of_village_id"),
    ),
    _balance,
    Group.WORK,
    note=msg(
        "By the day on which a lot was declared, as things stand now. Declared is what is for sale, reserved, sold, on shelves, withdrawn, spoiled and missing together; on shelves is what lies on campus to be sold over the counter, and what is on its way there; spoiled is what was left when its best-before had passed, missing what a count took off sale and no later one found. What a count found beyond what was declared stands in declared, and once more by itself."
    ),
)
