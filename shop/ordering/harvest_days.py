"""Which harvests that are still to come an order may wait for, by the way on which it travels.

By truck: what is picked two days before it leaves, a day to prepare it and a day for the county hub. By courier: whatever
is still good when the slowest courier has brought it, sent on the first day on which couriers go after the harvest.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from shop.delivery.models import FreightZone
from shop.inventory.allocation import Candidate
from shop.inventory.candidates import Offer
from shop.kit.clock import shanghai_date
from shop.ordering.keeping import Keeping

BEFORE_TRUCK: Final = timedelta(days=2)


def for_truck(offer: Offer, departs_at: datetime) -> Offer:
    last_day = shanghai_date(departs_at) - BEFORE_TRUCK
    return offer.only(lambda lot: lot.expected_on is None or lot.expected_on <= last_day)


def for_courier(offer: Offer, keeping: Keeping, zone: FreightZone, ready_hours: Collection[int]) -> Offer:
    def still_good(lot: Candidate) -> bool:
        day = lot.expected_on
        return day is None or lot.best_before >= keeping.after_harvest(day, zone.days_max, ready_hours)

    return offer.only(still_good)


def come_too_late(offer: Offer, brought: Offer) -> frozenset[int]:
    """The variants of which some harvest to come is in the offer and not in `brought`, what is left of it for one way."""
    in_time = {lot.lot_id for lot in brought.lots}
    return frozenset(
        lot.variant_id for lot in offer.lots if lot.expected_on is not None and lot.lot_id not in in_time
    )
