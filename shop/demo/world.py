"""What the seeded shop holds, read once: the demo's year is played on it in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit
from shop.catalogue.models import (
    Household,
    PackingPlace,
    PackingPlaceKind,
    Product,
    ProductStatus,
    Seller,
    SplitRule,
    Variant,
    VariantTax,
)
from shop.catalogue.split import current_rule
from shop.delivery.calendar import Calendar, calendar_from
from shop.delivery.models import FreightZone, PickupPoint
from shop.demo.people import People, read_people
from shop.demo.sources import Goods, Source, boxes_of, read_sources
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict
from shop.kit.text import msg
from shop.ordering.lines import taxed_by_seller


class NothingToSell(Conflict):
    code = "nothing_to_sell"
    default_message = msg("The catalogue is empty: seed it first.")


@dataclass
class World:
    """Everything that orders are made from. Sources are by variant id, `home` is a household's village."""

    rule: SplitRule
    calendar: Calendar
    goods: dict[int, Goods]
    sources: dict[int, list[Source]]
    heads: dict[int, int]  # household → people
    home: dict[int, int]
    points: list[PickupPoint]
    zones: list[FreightZone]
    hub_id: int
    unit_ids: list[int]
    accounts: dict[int, dict[str, str]]  # seller → where transfers go
    people: People
    union_id: int | None = None  # the organisation that buys on account

    @property
    def on_offer(self) -> list[Goods]:
        """What somebody can supply, and gift boxes of it."""
        return [
            one for one in self.goods.values() if all(part_id in self.sources for part_id, _ in one.parts)
        ]

    def place_kind(self, place_id: int) -> PackingPlaceKind:
        return PackingPlaceKind.HUB if place_id == self.hub_id else PackingPlaceKind.VILLAGE


def read_world(session: Session, start: datetime, now: datetime) -> World:
    """Raises NothingToSell before the catalogue is seeded."""
    sources = read_sources(session)
    if not sources:
        raise NothingToSell()
    households = session.execute(sa.select(Household.id, Household.people, Household.village_id)).all()
    hub = sa.select(PackingPlace.id).where(PackingPlace.kind == PackingPlaceKind.HUB)
    return World(
        rule=current_rule(session, now),
        calendar=calendar_from(session, shanghai_date(start)),
        goods=_goods(session),
        sources=sources,
        heads={row.id: row.people for row in households},
        home={row.id: row.village_id for row in households},
        points=list(session.scalars(sa.select(PickupPoint).order_by(PickupPoint.position, PickupPoint.id))),
        zones=list(session.scalars(sa.select(FreightZone).where(FreightZone.served.is_(True)))),
        hub_id=session.scalars(hub.order_by(PackingPlace.id).limit(1)).one(),
        unit_ids=list(session.scalars(sa.select(Unit.id).order_by(Unit.id))),
        accounts=_accounts(session),
        people=read_people(session),
    )


def _goods(session: Session) -> dict[int, Goods]:
    boxes = boxes_of(session)
    rows: Any = session.execute(
        sa.select(
            *(Variant.id, Variant.product_id, Variant.sku, Variant.name_zh, Variant.name_en),
            *(Variant.price_fen, Variant.net_weight_g, Variant.gross_weight_g),
            Variant.tax_code,
            sa.func.coalesce(VariantTax.tax_rate_bp, Variant.tax_rate_bp).label("tax_rate_bp"),
            sa.func.coalesce(VariantTax.tax_exempt, sa.false()).label("tax_exempt"),
            Product.name_zh.label("product_name_zh"),
            Product.name_en.label("product_name_en"),
            *(Product.seller_id, Product.family, Product.return_exempt, Product.season_mask),
            *(Product.shelf_life_days, Product.ready_hours),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(VariantTax, taxed_by_seller())
        .where(Variant.active.is_(True), Product.status == ProductStatus.PUBLISHED)
        .order_by(Variant.id)
    ).mappings()
    return {row["id"]: Goods(**row, parts=boxes.get(row["id"], ((row["id"], 1),))) for row in rows}


def _accounts(session: Session) -> dict[int, dict[str, str]]:
    rows = session.execute(sa.select(Seller.id, Seller.legal_name, Seller.bank_name, Seller.bank_account))
    return {
        seller_id: {"payee": payee, "bank": bank, "number": number} for seller_id, payee, bank, number in rows
    }
