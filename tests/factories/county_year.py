"""A county sells for a year: the same orders over the same lots, served by one rule or another.

Households differ as they do in a village: in people, in how much they harvest, and in who hears first that lots can be
declared. Nothing is read from a database, so that ten thousand orders take seconds.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

from shop.inventory.allocation import Candidate, Choice, Demand, Share, allocate
from shop.inventory.errors import OutOfStock
from shop.inventory.preference import Favour, favoured

NEW_YEAR = date(2026, 1, 1)
MONTHS = 12
VILLAGES = 9
KEPT_DAYS = 360
PRICES_FEN = (1_800, 2_600, 3_900, 4_800, 6_500, 8_800)  # what a household earns for a unit, by variant
UNITS = (
    10  # departments that buy alike; each is paired with every twentieth household, so half have a partner
)
COURIER = 0.7  # of the orders; the others go by truck


@dataclass(frozen=True)
class Household:
    """`harvest`: units of each of its variants a month. `eagerness`: the lower, the earlier its lots are declared."""

    id: int
    people: int
    village: int
    variants: tuple[int, ...]
    harvest: int
    eagerness: float


@dataclass(frozen=True)
class Asked:
    month: int
    demands: tuple[Demand, ...]
    by_courier: bool
    unit: int = 0  # of the buyer


@dataclass
class Year:
    """What became of it: fen by household, parcels of courier orders, orders that nobody could serve."""

    earned: Counter[int] = field(default_factory=Counter)
    parcels: int = 0
    refused: int = 0


Rule = Callable[[Asked, list[Candidate], Mapping[int, int]], list[Choice]]


def by_the_rule(asked: Asked, lots: list[Candidate], income_per_head: Mapping[int, int]) -> list[Choice]:
    return allocate(asked.demands, lots, income_per_head, few_parcels=asked.by_courier)


def first_come_first_served(asked: Asked, lots: list[Candidate], _: Mapping[int, int]) -> list[Choice]:
    """As few parcels, but then whoever declared first sells first."""
    order = {lot.shares[0].household_id: 0 for lot in lots}
    return allocate(asked.demands, map(_as_declared, lots), order, few_parcels=asked.by_courier)


@cache
def _as_declared(lot: Candidate) -> Candidate:
    """Of two alike, the one declared first."""
    return replace(lot, best_before=NEW_YEAR)


def with_pairing(percent: int) -> Rule:
    """The rule, with every department paired with households that come first by so many per cent."""

    def rule(asked: Asked, lots: list[Candidate], income_per_head: Mapping[int, int]) -> list[Choice]:
        paired = {one.household_id for lot in lots for one in lot.shares}
        own = frozenset(one for one in paired if one % (2 * UNITS) == asked.unit)
        return by_the_rule(asked, lots, favoured(income_per_head, Favour(own, percent)))

    return rule


class County:
    def __init__(self, households: int, orders: int, *, seed: int) -> None:
        self._chance = random.Random(seed)
        self.households = [self._household(number) for number in range(1, households + 1)]
        self.orders = [
            replace(self._order(number * MONTHS // orders), unit=number % UNITS) for number in range(orders)
        ]
        self._lots = list(self._declared())

    def sell(self, rule: Rule) -> Year:
        """The whole year by one rule."""
        year, heads = Year(), {one.id: one.people for one in self.households}
        # By variant, what is declared and not sold out.
        shelves: dict[int, dict[int, Candidate]] = defaultdict(dict)
        declared, income = iter(self._lots), dict[int, int]()
        coming = next(declared, None)
        for asked in self.orders:
            while coming and coming[0] <= asked.month:
                shelves[coming[1].variant_id][coming[1].lot_id] = coming[1]
                coming = next(declared, None)
            wanted = sorted({demand.variant_id for demand in asked.demands})
            try:
                choices = rule(asked, [lot for one in wanted for lot in shelves[one].values()], income)
            except OutOfStock:
                year.refused += 1
                continue
            for choice in choices:
                _take(shelves[choice.lot.variant_id], choice)
                household = choice.lot.shares[0].household_id
                year.earned[household] += choice.units * PRICES_FEN[choice.lot.variant_id]
                income[household] = year.earned[household] // heads[household]
            year.parcels += len({choice.packing_place_id for choice in choices}) * asked.by_courier
        return year

    def _household(self, number: int) -> Household:
        chance = self._chance
        return Household(
            number,
            people=chance.choices((1, 2, 3, 4, 5, 6), (14, 25, 25, 20, 11, 5))[0],
            village=chance.randrange(VILLAGES),
            variants=tuple(chance.sample(range(len(PRICES_FEN)), 2)),
            harvest=max(2, round(chance.lognormvariate(3.2, 0.6))),
            eagerness=chance.random(),
        )

    def _order(self, month: int) -> Asked:
        chance = self._chance
        variants = chance.sample(range(len(PRICES_FEN)), chance.choices((1, 2, 3), (55, 30, 15))[0])
        demands = tuple(
            Demand(line, variant, chance.choices((1, 2, 3, 5), (50, 30, 12, 8))[0])
            for line, variant in enumerate(variants)
        )
        return Asked(month, demands, by_courier=chance.random() < COURIER)

    def _declared(self) -> Iterator[tuple[int, Candidate]]:
        number = 0
        for month in range(0, MONTHS, 3):
            for one in sorted(self.households, key=lambda one: one.eagerness):
                for variant in one.variants:
                    number += 1
                    yield month, self._lot(number, one, variant, month)

    def _lot(self, number: int, one: Household, variant: int, month: int) -> Candidate:
        return Candidate(
            lot_id=number,
            variant_id=variant,
            producer_id=one.id,
            packing_place_id=one.village,
            available=one.harvest,
            best_before=NEW_YEAR + timedelta(days=30 * month + KEPT_DAYS),
            shares=(Share(one.id, 10_000),),
        )


def _take(shelf: dict[int, Candidate], choice: Choice) -> None:
    """A lot keeps its place among the others as long as it has units."""
    lot = shelf[choice.lot.lot_id]
    if lot.available > choice.units:
        shelf[lot.lot_id] = replace(lot, available=lot.available - choice.units)
    else:
        del shelf[lot.lot_id]
