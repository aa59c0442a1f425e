"""Lots that come and go through the demo's year: declared when shelves run low, closed when they spoil."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from shop.catalogue.models import Producer, Variant
from shop.demo.rows import Rows
from shop.demo.world import Source, World
from shop.inventory.allocation import Candidate, Choice, Demand, allocate
from shop.inventory.models import AllocationStatus, Lot, LotChange, LotShare, LotStatus
from shop.kit.clock import shanghai_midnight

SPOILED = "过了保质期"


@dataclass
class LiveLot:
    """A lot while the year is played; `book` is what the ledger's rule reads of it."""

    id: int
    variant_id: int
    source: Source
    best_before: date
    declared: int
    available: int
    book: Lot
    units: dict[AllocationStatus, int] = field(default_factory=lambda: defaultdict(int))

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
    """Every lot of the demo, sold from by the shop's own fairness rule."""

    def __init__(self, world: World, rows: Rows, random: Random) -> None:
        self._world = world
        self._rows = rows
        self._random = random
        self._on_sale: dict[int, list[LiveLot]] = defaultdict(list)
        self.lots: dict[int, LiveLot] = {}
        self.income: dict[int, int] = defaultdict(int)  # fen by household

    def serve(
        self, wanted: Sequence[tuple[int, Variant, int, int | None]], day: date, *, few_parcels: bool
    ) -> list[Choice]:
        """Choose lots for (line, variant, units, packed at) and take the units from them."""
        needs: dict[int, int] = defaultdict(int)
        for _line, variant, units, _place in wanted:
            needs[variant.id] += units
        for _line, variant, _units, _place in wanted:
            self._restock(variant, needs[variant.id], day)
        lots = [lot.candidate() for variant_id in needs for lot in self._on_sale[variant_id] if lot.available]
        demands = [Demand(line, variant.id, units, place) for line, variant, units, place in wanted]
        choices = allocate(demands, lots, self._per_head(lots), few_parcels=few_parcels)
        for choice in choices:
            self.lots[choice.lot.lot_id].available -= choice.units
        return choices

    def _per_head(self, lots: Iterable[Candidate]) -> dict[int, int]:
        households = {share.household_id for lot in lots for share in lot.shares}
        return {
            household: self.income[household] // self._world.people[household] for household in households
        }

    def _restock(self, variant: Variant, needed: int, day: date) -> None:
        lots = [lot for lot in self._on_sale[variant.id] if lot.best_before > day]
        self._on_sale[variant.id] = lots
        if sum(lot.available for lot in lots) >= needed:
            return
        sources = self._world.sources[variant.id]
        some = self._random.sample(sources, k=max(1, (len(sources) + 1) // 2))
        lots.extend(self._declare(variant, source, day, needed) for source in some)

    def _declare(self, variant: Variant, source: Source, day: date, needed: int) -> LiveLot:
        best_before = day + timedelta(days=max(variant.product.shelf_life_days, 2))
        units = max(self._random.randint(24, 120), needed)
        lot_id = self._rows.add(
            Lot,
            code=f"D{self._random.randrange(36**6):010d}{variant.id}",
            variant_id=variant.id,
            producer_id=source.producer_id,
            harvested_on=day - timedelta(days=1),
            packed_on=day,
            best_before=best_before,
            declared=units,
            available=units,
            created_at=shanghai_midnight(day),
        )
        for share in source.shares:
            self._rows.link(LotShare, lot_id=lot_id, household_id=share.household_id, share_bp=share.share_bp)
        shares = [LotShare(household_id=one.household_id, share_bp=one.share_bp) for one in source.shares]
        book = Lot(shares=shares, producer=Producer(village_id=source.village_id))
        lot = LiveLot(lot_id, variant.id, source, best_before, units, units, book)
        self.lots[lot_id] = lot
        return lot

    def settle(self, today: date) -> None:
        """Bring every lot's row to what was sold from it; what had spoiled by today was withdrawn."""
        for lot in self.lots.values():
            spoiled = lot.available if lot.best_before < today else 0
            if spoiled:
                spoiled_at = shanghai_midnight(lot.best_before)
                self._rows.add(
                    LotChange, lot_id=lot.id, at=spoiled_at, withdrawn_change=spoiled, reason=SPOILED
                )
            self._rows.change(
                Lot,
                lot.id,
                status=LotStatus.CLOSED if spoiled else LotStatus.OPEN,
                available=lot.available - spoiled,
                held=lot.units[AllocationStatus.HELD],
                committed=lot.units[AllocationStatus.COMMITTED],
                shipped=lot.units[AllocationStatus.SHIPPED],
                withdrawn=spoiled,
            )
