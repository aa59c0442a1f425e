"""Lots that come and go through the demo's year: declared when shelves run low, closed when they spoil."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from shop.demo.rows import Rows
from shop.demo.sources import Goods, Source
from shop.demo.world import World
from shop.inventory.allocation import Candidate, Choice, Demand, allocate
from shop.inventory.lots import EXPIRED
from shop.inventory.models import AllocationStatus, Lot, LotChange, LotShare, LotStatus
from shop.kit.clock import shanghai_midnight
from shop.kit.references import ALPHABET
from shop.kit.seasons import KEEPS_LONG, SELLS_FOR, harvest_day

NOBODY: frozenset[int] = frozenset()
DAY = timedelta(days=1)


@dataclass(slots=True)
class LiveLot:
    """A lot while the year is played. `units` are those in each state of an allocation."""

    id: int
    variant_id: int
    source: Source
    best_before: date
    declared: int
    available: int
    units: Counter[AllocationStatus] = field(default_factory=Counter)

    def candidate(self) -> Candidate:
        return Candidate(
            lot_id=self.id,
            variant_id=self.variant_id,
            producer_id=self.source.producer_id,
            packing_place_id=self.source.packing_place_id,
            available=self.available,
            best_before=self.best_before,
            shares=self.source.shares,
        )


class Shelves:
    """Every lot of the demo, sold from by the shop's own fairness rule. `income` is fen by household."""

    def __init__(self, world: World, rows: Rows, random: Random, income: dict[int, int]) -> None:
        self._world = world
        self._rows = rows
        self._random = random
        self._on_sale: dict[int, list[LiveLot]] = defaultdict(list)
        self.lots: dict[int, LiveLot] = {}
        self.income: dict[int, int] = defaultdict(int, income)

    def serve(
        self,
        demands: Sequence[Demand],
        day: date,
        *,
        few_parcels: bool,
        until: date | None = None,
        without: Collection[int] = NOBODY,
        only: int | None = None,
    ) -> list[Choice]:
        """Choose lots and take the units: never of the producers `without`, if possible of the producer `only`.

        The goods are still good on the day `until`, if there is one.
        """
        needs = Counter[int]()
        for demand in demands:
            needs[demand.variant_id] += demand.units
        lots = [
            lot.candidate()
            for variant_id, units in needs.items()
            for lot in self._lots_of(self._world.goods[variant_id], units, day, until or day, without, only)
            if lot.available
        ]
        choices = allocate(
            demands, lots, self._per_head(lots), few_parcels=few_parcels, excluded_producers=without
        )
        for choice in choices:
            self.lots[choice.lot.lot_id].available -= choice.units
        return choices

    def others(self, variant_id: int, producer_id: int) -> bool:
        """Whether somebody else supplies it too."""
        return any(source.producer_id != producer_id for source in self._world.sources[variant_id])

    def _per_head(self, lots: Iterable[Candidate]) -> dict[int, int]:
        households = {share.household_id for lot in lots for share in lot.shares}
        return {one: self.income[one] // self._world.heads[one] for one in households}

    def _lots_of(
        self,
        goods: Goods,
        needed: int,
        day: date,
        until: date,
        without: Collection[int],
        only: int | None,
    ) -> list[LiveLot]:
        """What is on sale of it; whoever may serve declares more when that is not enough."""
        on_sale = [lot for lot in self._on_sale[goods.id] if lot.best_before > day]
        self._on_sale[goods.id] = on_sale
        sources = [one for one in self._world.sources[goods.id] if one.producer_id not in without]
        own = [one for one in sources if one.producer_id == only]
        if own:
            sources, on_sale = own, [lot for lot in on_sale if lot.source.producer_id == only]
        fresh = [lot for lot in on_sale if lot.source.producer_id not in without and lot.best_before >= until]
        if sum(lot.available for lot in fresh) >= needed:
            return fresh
        some = self._random.sample(sources, k=(len(sources) + 1) // 2)
        new = [self._declare(goods, source, day, needed, until) for source in some]
        self._on_sale[goods.id].extend(new)
        return fresh + new

    def _declare(self, goods: Goods, source: Source, day: date, needed: int, until: date) -> LiveLot:
        """What is too fresh to keep until then is picked only before the truck comes; what keeps long, in its season."""
        keeps = timedelta(days=max(goods.shelf_life_days, 3))
        is_picked = day + keeps >= until
        packed = _packed_in_season(goods, day, keeps, until) if is_picked else until - 2 * DAY
        best_before = packed + keeps
        units = max(self._random.randint(24, 120), needed)
        midnight = shanghai_midnight(day)
        lot_id = self._rows.add(
            Lot,
            code=f"L{day:%y%m%d}{''.join(self._random.choices(ALPHABET, k=8))}",
            variant_id=goods.id,
            producer_id=source.producer_id,
            harvested_on=packed - DAY if is_picked else None,
            packed_on=packed if is_picked else None,
            best_before=best_before,
            declared=units,
            available=units,
            created_at=midnight,
        )
        for share in source.shares:
            self._rows.put(LotShare, lot_id=lot_id, household_id=share.household_id, share_bp=share.share_bp)
        user_id, acted = self._world.people.hand_for(source.producer_id, source.village_id)
        self._rows.add(
            LotChange, lot_id=lot_id, at=midnight, actor_id=user_id, for_producer=acted, declared_change=units
        )
        lot = LiveLot(lot_id, goods.id, source, best_before, units, units)
        self.lots[lot_id] = lot
        return lot

    def settle(self, today: date) -> None:
        """Bring every lot's row to what was sold from it; what had spoiled by today was withdrawn."""
        for lot in self.lots.values():
            is_over = lot.best_before < today
            spoiled = lot.available if is_over else 0
            if is_over:
                at = shanghai_midnight(lot.best_before + timedelta(days=1))
                self._rows.add(LotChange, lot_id=lot.id, at=at, withdrawn_change=spoiled, reason=EXPIRED)
            self._rows.change(
                Lot,
                lot.id,
                status=LotStatus.CLOSED if is_over else LotStatus.OPEN,
                available=lot.available - spoiled,
                held=lot.units[AllocationStatus.HELD],
                committed=lot.units[AllocationStatus.COMMITTED],
                shipped=lot.units[AllocationStatus.SHIPPED],
                withdrawn=lot.units[AllocationStatus.WITHDRAWN] + spoiled,
            )


def _packed_in_season(goods: Goods, day: date, keeps: timedelta, until: date) -> date:
    """The day itself for what is fresh, or would not keep long enough since its last harvest."""
    if keeps < KEEPS_LONG:
        return day
    packed = harvest_day(day - DAY, goods.season_mask, latest=day - DAY) + DAY
    return packed if packed + keeps > until + SELLS_FOR else day
