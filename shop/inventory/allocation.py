"""Which lot serves which line: the fairness rule of the shop, in the order in which it is applied.

1. A courier order travels in few parcels. On a truck a parcel costs nothing, so there this step is left out.
2. Units that stand prepared for an order that went to somebody else meanwhile.
3. Where one household's part is capped, of an order or of many that are one purchase: nobody beyond that, while others
   have the goods; rather a parcel more.
4. The lot whose households have the lowest income per head from the shop, units held for them counted.
5. The lot that spoils first; of two alike, the one declared first.

What is not harvested yet is promised only of goods of which there are not enough: what is there goes first, then the
harvest that is expected first.

Pure: the caller brings the lots and the income. It finds an allocation whenever the units suffice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple

from shop.inventory.errors import OutOfStock

WHOLE_BP: Final = 10_000


@dataclass(frozen=True, slots=True)
class Demand:
    """So many units of one variant for one line. A gift box's parts are `packed_at` the county hub."""

    line: int
    variant_id: int
    units: int
    packed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """What one household may supply at most, of an order or of several that are one purchase.

    `most` by variant, `supplied` by variant and household what earlier orders of the purchase took; both in units ×
    10,000, as shares count. A variant that is not named has no cap.
    """

    most: Mapping[int, int]
    supplied: Mapping[tuple[int, int], int] = field(default_factory=dict)


def cap_of(units: Mapping[int, int], cap_bp: int) -> dict[int, int]:
    """As `Cap.most`: that part of so many units of each variant, in basis points, rounded up to whole units."""
    return {variant_id: -(-count * cap_bp // WHOLE_BP) * WHOLE_BP for variant_id, count in units.items()}


class Share(NamedTuple):
    """Whose goods are in a lot, in basis points."""

    household_id: int
    share_bp: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that can be sold from. `goes_first`: so many of its units stand prepared already; `expected_on`: the day on
    which its harvest is expected, if that is to come.
    """

    lot_id: int
    variant_id: int
    producer_id: int
    packing_place_id: int
    available: int
    best_before: date
    shares: tuple[Share, ...]
    goes_first: int = 0
    expected_on: date | None = None


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
    cap: Cap | None = None,
) -> list[Choice]:
    """Serve every demand, or raise OutOfStock naming the first variant that is short.

    `income_per_head` is in fen by household. `open_places` already send a parcel of this order. Beyond the `cap` no
    household supplies anything while another one that is below it has the goods.
    """
    offered = _without_needless_forecasts(
        demands, [lot for lot in candidates if lot.producer_id not in excluded_producers]
    )
    ranked = sorted(
        offered,
        key=lambda lot: (
            lot.expected_on or date.min,
            lot_income(lot, income_per_head),
            lot.best_before,
            lot.lot_id,
        ),
    )
    at_villages = [demand for demand in demands if demand.packed_at is None]
    at_hub = [demand for demand in demands if demand.packed_at is not None]
    near, stock = ranked, _Stock(ranked, cap)
    if few_parcels:
        places: Collection[int] = open_places
        if cap is not None:
            within = [replace(lot, available=min(lot.available, stock.within_cap(lot))) for lot in ranked]
            places = _few_places(at_villages, within, income_per_head, places)
        places = _few_places(at_villages, ranked, income_per_head, places)
        near = [lot for lot in ranked if lot.packing_place_id in places]
    choices = [choice for demand in at_villages for choice in _serve(demand, near, ranked, stock)]
    return choices + [choice for demand in at_hub for choice in _serve(demand, ranked, ranked, stock)]


def lot_income(lot: Candidate, income_per_head: Mapping[int, int]) -> int:
    """Income per head of the lot's households, each counted by its share; in fen × 10,000, for comparing."""
    return sum(share.share_bp * income_per_head.get(share.household_id, 0) for share in lot.shares)


def _without_needless_forecasts(
    demands: Sequence[Demand], offered: Sequence[Candidate]
) -> Sequence[Candidate]:
    """Leave out what is not harvested yet, where what is there suffices."""
    if all(lot.expected_on is None for lot in offered):
        return offered
    short = Counter[int]()
    for demand in demands:
        short[demand.variant_id] += demand.units
    for lot in offered:
        short[lot.variant_id] -= lot.available if lot.expected_on is None else 0
    return [lot for lot in offered if lot.expected_on is None or short[lot.variant_id] > 0]


class _Stock:
    """What is left while one order is served: `first` of what goes before all others, `left` in all, by lot; and what
    each household supplies of each variant, in units × 10,000, beside the most that it may.
    """

    def __init__(self, lots: Iterable[Candidate], cap: Cap | None) -> None:
        self.left = {lot.lot_id: lot.available for lot in lots}
        self.first = {lot.lot_id: min(lot.goes_first, lot.available) for lot in lots}
        self._most = cap.most if cap is not None else {}
        self._supplied = Counter(cap.supplied if cap is not None else {})

    def within_cap(self, lot: Candidate) -> int:
        """So many units more of this lot leave each of its households within the cap."""
        most = self._most.get(lot.variant_id)
        if most is None:
            return self.left[lot.lot_id]
        return min(
            max(most - self._supplied[lot.variant_id, share.household_id], 0) // share.share_bp
            for share in lot.shares
        )

    def take(self, lot: Candidate, units: int) -> None:
        self.left[lot.lot_id] -= units
        self.first[lot.lot_id] = max(0, self.first[lot.lot_id] - units)
        for share in lot.shares:
            self._supplied[lot.variant_id, share.household_id] += units * share.share_bp


def _serve(
    demand: Demand, near: Sequence[Candidate], ranked: Sequence[Candidate], stock: _Stock
) -> list[Choice]:
    """Take the demand from the lots in their order, those `near` before all others, what goes first of each before the
    rest of any, and beyond the cap only what nobody has within it.
    """
    taken, missing = Counter[int](), demand.units
    for lots, most, is_capped in (
        (near, stock.first, True),
        (near, stock.left, True),
        (ranked, stock.left, True),
        (near, stock.left, False),
        (ranked, stock.left, False),
    ):
        for lot in lots if missing else ():
            if lot.variant_id != demand.variant_id:
                continue
            units = min(missing, most[lot.lot_id], stock.within_cap(lot) if is_capped else missing)
            if units:
                taken[lot.lot_id] += units
                stock.take(lot, units)
                missing -= units
    if missing:
        raise OutOfStock(
            variant_id=demand.variant_id, line=demand.line, wanted=demand.units, left=demand.units - missing
        )
    return [
        Choice(demand.line, lot, taken[lot.lot_id], _packed_at(demand, lot))
        for lot in ranked
        if taken[lot.lot_id]
    ]


def _packed_at(demand: Demand, lot: Candidate) -> int:
    return lot.packing_place_id if demand.packed_at is None else demand.packed_at


def _few_places(
    demands: Sequence[Demand],
    ranked: Sequence[Candidate],
    income_per_head: Mapping[int, int],
    open_places: Collection[int],
) -> set[int]:
    """Add places one by one: each time the one that serves most of what is missing, most of it with goods that go
    first, at the lowest income.
    """
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
        first = {place: _first(by_place[place], missing) for place in others}
        best = min(
            offers, key=lambda place: (-offers[place][0].total(), -first[place], offers[place][1], place)
        )
        if not offers[best][0]:
            break  # nobody has what is still missing
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


def _first(lots: Iterable[Candidate], missing: Mapping[int, int]) -> int:
    """How many of the missing units these lots can serve with goods that go before all others."""
    units = Counter[int]()
    for lot in lots:
        if lot.goes_first:
            units[lot.variant_id] += min(lot.goes_first, lot.available)
    return sum(min(units[variant_id], missing.get(variant_id, 0)) for variant_id in units)
