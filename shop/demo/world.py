"""What the seeded shop holds, read once: the demo's year is played on it in memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.accounts.models import Unit, User
from shop.catalogue.models import (
    Household,
    PackingPlace,
    PackingPlaceKind,
    Producer,
    Product,
    ProductStatus,
    SplitRule,
    Variant,
    Village,
)
from shop.catalogue.split import current_rule
from shop.delivery.models import FreightZone, PickupPoint
from shop.inventory.allocation import Share
from shop.inventory.models import Lot
from shop.kit.errors import Conflict
from shop.kit.text import msg


class NothingToSell(Conflict):
    code = "nothing_to_sell"
    default_message = msg("The catalogue is empty: seed it first.")


@dataclass(frozen=True)
class Source:
    """Who can declare lots of a variant, and whose goods they hold."""

    producer_id: int
    village_id: int
    packing_place_id: int
    shares: tuple[Share, ...]


@dataclass
class World:
    """Everything that orders are made from. Sources are by variant id."""

    rule: SplitRule
    variants: list[Variant]
    sources: dict[int, list[Source]]
    people: dict[int, int]
    home: dict[int, int]  # household → village
    points: list[PickupPoint]
    zones: list[FreightZone]
    hub_id: int
    unit_ids: list[int]
    by_id: dict[int, Variant]
    buyer_ids: list[int]

    def parts_of(self, variant: Variant) -> list[tuple[Variant, int]]:
        """What a unit of it is taken from: itself, or a gift box's contents."""
        if not variant.components:
            return [(variant, 1)]
        return [(self.by_id[item.component_id], item.units) for item in variant.components]


def read_world(session: Session, now: datetime) -> World:
    """Raises NothingToSell before the catalogue is seeded."""
    variants = _variants(session)
    sources = _sources(session)
    sellable = [one for one in variants if one.components or one.id in sources]
    if not sellable:
        raise NothingToSell()
    households = session.execute(sa.select(Household.id, Household.people, Household.village_id)).all()
    hub = sa.select(PackingPlace.id).where(PackingPlace.kind == PackingPlaceKind.HUB)
    return World(
        rule=current_rule(session, now),
        variants=sellable,
        sources=sources,
        people={row.id: row.people for row in households},
        home={row.id: row.village_id for row in households},
        points=list(session.scalars(sa.select(PickupPoint).order_by(PickupPoint.position))),
        zones=list(session.scalars(sa.select(FreightZone).where(FreightZone.served.is_(True)))),
        hub_id=session.scalars(hub.order_by(PackingPlace.id).limit(1)).one(),
        by_id={one.id: one for one in variants},
        unit_ids=list(session.scalars(sa.select(Unit.id).order_by(Unit.id))),
        buyer_ids=list(
            session.scalars(sa.select(User.id).where(User.email.like("buyer%")).order_by(User.id))
        ),
    )


def _variants(session: Session) -> list[Variant]:
    query = (
        sa.select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.active.is_(True), Product.status == ProductStatus.PUBLISHED)
        .options(joinedload(Variant.product), selectinload(Variant.components))
        .order_by(Variant.id)
    )
    return list(session.scalars(query))


def _sources(session: Session) -> dict[int, list[Source]]:
    query = (
        sa.select(Lot, Producer.village_id, Village.packing_place_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .options(selectinload(Lot.shares))
        .order_by(Lot.id)
    )
    found: dict[int, dict[int, Source]] = defaultdict(dict)
    for lot, village_id, place_id in session.execute(query):
        shares = tuple(Share(share.household_id, share.share_bp) for share in lot.shares)
        found[lot.variant_id][lot.producer_id] = Source(lot.producer_id, village_id, place_id, shares)
    return {variant_id: list(sources.values()) for variant_id, sources in found.items()}
