"""What a list of people needs beside it, each in one statement: packs with their products, points, times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.campaigns.day.lists import Entry
from shop.campaigns.member_models import CampaignUnit
from shop.campaigns.models import CampaignSlot
from shop.catalogue.models import Variant
from shop.delivery.models import PickupPoint


def packs_of(session: Session, variant_ids: Iterable[int]) -> dict[int, Variant]:
    statement = sa.select(Variant).where(Variant.id.in_(set(variant_ids)))
    return {one.id: one for one in session.scalars(statement.options(joinedload(Variant.product)))}


def packs_in(session: Session, entries: Iterable[Entry]) -> dict[int, Variant]:
    return packs_of(session, (variant_id for one in entries for variant_id, _count in one.goods))


def points_of(session: Session, point_ids: Iterable[int]) -> dict[int, PickupPoint]:
    statement = sa.select(PickupPoint).where(PickupPoint.id.in_(set(point_ids)))
    return {one.id: one for one in session.scalars(statement.order_by(PickupPoint.position, PickupPoint.id))}


def slots_of(
    session: Session, campaign_id: int, point_ids: Iterable[int] | None = None
) -> dict[int, CampaignSlot]:
    """In the order of the day."""
    statement = sa.select(CampaignSlot).where(CampaignSlot.campaign_id == campaign_id)
    if point_ids is not None:
        statement = statement.where(CampaignSlot.pickup_point_id.in_(set(point_ids)))
    ordered = statement.order_by(CampaignSlot.starts_at, CampaignSlot.pickup_point_id)
    return {one.id: one for one in session.scalars(ordered)}


def units_of(session: Session, unit_ids: Iterable[int | None]) -> Sequence[CampaignUnit]:
    statement = sa.select(CampaignUnit).where(
        CampaignUnit.id.in_({one for one in unit_ids if one is not None})
    )
    return session.scalars(statement.order_by(CampaignUnit.name)).all()


def total_units(entries: Iterable[Entry]) -> dict[int, int]:
    """Of each pack, all of these people together."""
    found: dict[int, int] = {}
    for one in entries:
        for variant_id, count in one.goods:
            found[variant_id] = found.get(variant_id, 0) + count
    return found
