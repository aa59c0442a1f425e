"""Which lot serves which line: the fairness rule of the shop, in the order in which it is applied.

1. A courier order travels in few parcels. On a truck a parcel costs nothing, so there this step is left out.
2. The lot whose households have the lowest income per head from the shop, units held for them counted.
3. The lot that spoils first; of two alike, the one declared first.

Pure: the caller brings the lots and the income. It finds an allocation whenever the units suffice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from shop.inventory.errors import OutOfStock


@dataclass(frozen=True, slots=True)
class Demand:
    """So many units of one variant for one line. A gift box's parts are `packed_at` the county hub."""

    line: int
    variant_id: int
    units: int
    packed_at: int | None = None


class Share(NamedTuple):
    """Whose goods are in a lot, in basis points."""

    household_id: int
    share_bp: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that can be sold from."""

    lot_id: int
    variant_id: int
    producer_id: int
    packing_place_id: int
    available: int
    best_before: date
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """So many units for one line from one lot, packed at one place."""

    line: int
    lot: Candidate
    units: int
    packing_place_id: int


def allocate(
    demands: Sequence[Demand],
    candidates: Iterable[Candidate],
    income_per_head: Mapping[int, int],
    *,
    few_parcels: bool,
    open_places: Collection[int] = (),
    excluded_producers: Collection[int] = (),
) -> list[Choice]:
    """Serve every demand, or raise OutOfStock naming the first variant that is short.

    `income_per_head` is in fen by household. `open_places` already send a parcel of this order.
    """
    offered = [lot for lot in candidates if lot.producer_id not in excluded_producers]
    ranked = sorted(offered, key=lambda lot: (lot_income(lot, income_per_head), lot.best_before, lot.lot_id))
    at_villages = [demand for demand in demands if demand.packed_at is None]
    at_hub = [demand for demand in demands if demand.packed_at is not None]
    near = ranked
    if few_parcels:
        places = _few_places(at_villages, ranked, income_per_head, open_places)
        near = [lot for lot in ranked if lot.packing_place_id in places]
    left = {lot.lot_id: lot.available for lot in ranked}
    choices = [choice for demand in at_villages for choice in _serve(demand, near, left)]
    return choices + [choice for demand in at_hub for choice in _serve(demand, ranked, left)]


def lot_income(lot: Candidate, income_per_head: Mapping[int, int]) -> int:
    """Income per head of the lot's households, each counted by its share; in fen × 10,000, for comparing."""
    return sum(share.share_bp * income_per_head.get(share.household_id, 0) for share in lot.shares)


def _serve(demand: Demand, ranked: Iterable[Candidate], left: dict[int, int]) -> list[Choice]:
    """Take the demand from the lots in their order, as much from each as it has."""
    choices, missing = [], demand.units
    for lot in ranked:
        units = min(missing, left[lot.lot_id]) if lot.variant_id == demand.variant_id else 0
        if units:
            place = lot.packing_place_id if demand.packed_at is None else demand.packed_at
            choices.append(Choice(demand.line, lot, units, place))
            left[lot.lot_id] -= units
            missing -= units
    if missing:
        raise OutOfStock(
            variant_id=demand.variant_id, line=demand.line, wanted=demand.units, left=demand.units - missing
        )
    return choices


def _few_places(
    demands: Sequence[Demand],
    ranked: Sequence[Candidate],
    income_per_head: Mapping[int, int],
    open_places: Collection[int],
) -> set[int]:
    """Add places one by one: each time the one that serves most of what is missing, at the lowest income."""
    missing = Counter[int]()
    for demand in demands:
        missing[demand.variant_id] += demand.units
    by_place: dict[int, list[Candidate]] = {}
    for lot in ranked:
        by_place.setdefault(lot.packing_place_id, []).append(lot)
    chosen: set[int] = set()
    for place in open_places:
        chosen.add(place)
        missing -= _served(by_place.get(place, ()), missing, income_per_head)[0]
    while missing and (others := by_place.keys() - chosen):
        offers = {place: _served(by_place[place], missing, income_per_head) for place in others}
        best = min(offers, key=lambda place: (-offers[place][0].total(), offers[place][1], place))
        chosen.add(best)
        missing -= offers[best][0]
    return chosen


def _served(
    lots: Iterable[Candidate], missing: Mapping[int, int], income_per_head: Mapping[int, int]
) -> tuple[Counter[int], int]:
    """What these lots can serve of what is missing, by variant; and the income of those units' households."""
    served, income = Counter[int](), 0
    for lot in lots:
        units = min(lot.available, missing.get(lot.variant_id, 0) - served[lot.variant_id])
        if units > 0:
            served[lot.variant_id] += units
            income += units * lot_income(lot, income_per_head)
    return served, income
