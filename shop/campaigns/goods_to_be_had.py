"""How many units of a campaign's goods there will be by the day of distribution: lots that keep, and forecasts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.catalogue.models import BundleItem, Variant
from shop.inventory.candidates import read_offer as read_lots


def lots_by_the_day(
    session: Session, variant_ids: Collection[int], day: date, *, now: datetime
) -> Counter[int]:
    """By variant with lots of its own. One statement."""
    lots = read_lots(session, variant_ids, now).keeping_until(day)
    return lots.only(lambda lot: lot.expected_on is None or lot.expected_on <= day).units()


def units_by_the_day(
    session: Session, variant_ids: Collection[int], day: date, *, now: datetime
) -> Counter[int]:
    """Of a gift box so many as its scarcest part fills. Two statements."""
    boxes = parts_of(session, variant_ids)
    parts = {part.component_id for held in boxes.values() for part in held}
    units = lots_by_the_day(session, {*variant_ids, *parts}, day, now=now)
    for box_id, held in boxes.items():
        units[box_id] = min(units[part.component_id] // part.units for part in held)
    return Counter({key: units[key] for key in variant_ids})


def parts_of(session: Session, box_ids: Iterable[int]) -> Mapping[int, list[BundleItem]]:
    """What boxes hold, by box. One statement, none where there is no box."""
    ids, found = list(box_ids), dict[int, list[BundleItem]]()
    if not ids:
        return found
    loaded = joinedload(BundleItem.component).joinedload(Variant.product)
    held = sa.select(BundleItem).where(BundleItem.bundle_id.in_(ids)).options(loaded)
    for one in session.scalars(held.order_by(BundleItem.bundle_id, BundleItem.component_id)):
        found.setdefault(one.bundle_id, []).append(one)
    return found
