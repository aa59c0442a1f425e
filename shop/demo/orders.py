"""One order of the demo's year: which lots serve it, where it goes, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from shop.catalogue.split import split_price
from shop.delivery.freight import quote
from shop.demo.life import HOUR, MINUTE, Job, Part
from shop.demo.made import Made, MadeLine
from shop.demo.order_rows import allocation_values, line_values, order_values
from shop.demo.places import PlaceFinder
from shop.demo.rows import Rows
from shop.demo.stock import Shelves
from shop.demo.story import begin, finish, give
from shop.demo.trucks import Trucks
from shop.demo.wishes import Mishap, Wish
from shop.demo.world import World
from shop.inventory.allocation import Choice, Demand
from shop.inventory.earnings import household_parts
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import shanghai_date
from shop.kit.money import split
from shop.kit.references import ALPHABET
from shop.ordering.models import Order, OrderLine, OrderStatus


class OrderMaker:
    def __init__(self, world: World, rows: Rows, shelves: Shelves, trucks: Trucks, random: Random) -> None:
        self._world, self._rows, self._shelves, self._trucks = world, rows, shelves, trucks
        self._random = random
        self._places = PlaceFinder(world, random)

    def make(self, wish: Wish, now: datetime) -> Made:
        choices = self._serve(wish)
        lines = [MadeLine(self._rows.take_id(OrderLine), goods, count) for goods, count in wish.items]
        parts = [
            part for number, line in enumerate(lines) for part in self._parts(line, _of(choices, number))
        ]
        life = begin(self._world, wish, parts, self._random, now)
        place = self._places.find(wish)
        made = Made(
            id=self._rows.take_id(Order),
            number=self._number(wish.placed),
            wish=wish,
            place=place,
            freight_fen=quote(self._world.zones, place.province, _weights(parts)) if place.province else 0,
            lines=lines,
            first=parts,
            life=life,
            parts=list(parts),
        )
        if wish.mishap is Mishap.DECLINED and life.jobs:
            self._decline(made)
        finish(life, wish, self._random)
        self._write(made)
        return made

    def _serve(self, wish: Wish) -> list[Choice]:
        demands = [
            Demand(number, part_id, units * quantity, self._world.hub_id if goods.is_box else None)
            for number, (goods, quantity) in enumerate(wish.items)
            for part_id, units in goods.parts
        ]
        day = shanghai_date(wish.placed)
        return self._shelves.serve(
            demands, day, few_parcels=wish.trip is None, until=_good_until(wish), only=wish.only
        )

    def _parts(self, line: MadeLine, choices: Sequence[Choice]) -> list[Part]:
        household_fen = split_price(self._world.rule, line.fen).household
        goods = [self._world.goods[choice.lot.variant_id] for choice in choices]
        worth = [one.price_fen * choice.units for one, choice in zip(goods, choices, strict=True)]
        money = split(household_fen, worth)
        return [self._part(line.id, choice, fen) for choice, fen in zip(choices, money, strict=True)]

    def _part(self, line_id: int, choice: Choice, fen: int) -> Part:
        goods = self._world.goods[choice.lot.variant_id]
        return Part(
            allocation_id=self._rows.take_id(Allocation),
            line_id=line_id,
            variant_id=goods.id,
            lot_id=choice.lot.lot_id,
            producer_id=choice.lot.producer_id,
            place_id=choice.packing_place_id,
            units=choice.units,
            household_fen=fen,
            grams=goods.gross_weight_g * choice.units,
            ready_hours=goods.ready_hours,
        )

    def _decline(self, made: Made) -> None:
        """A household says no, and its units go to others by the same rule; gift boxes are left alone."""
        life, wish = made.life, made.wish
        at = life.confirmed + self._random.randint(30, 240) * MINUTE
        boxes = {line.id for line in made.lines if line.goods.is_box}
        job = next((job for job in life.jobs if self._can_go_elsewhere(job, boxes)), None)
        if job is None or at > life.now or (wish.trip and wish.trip.departs < at + 6 * HOUR):
            return
        demands = [Demand(part.allocation_id, part.variant_id, part.units) for part in job.parts]
        choices = self._shelves.serve(
            demands,
            shanghai_date(at),
            few_parcels=wish.trip is None,
            until=_good_until(wish),
            without={job.producer_id},
        )
        new = []
        for part in job.parts:
            own = [choice for choice in choices if choice.line == part.allocation_id]
            money = split(part.household_fen, [choice.units for choice in own])
            new += [self._part(part.line_id, choice, fen) for choice, fen in zip(own, money, strict=True)]
        job.declined, made.declined = at, job
        made.parts = [part for part in made.parts if part not in job.parts] + new
        give(life, self._world, wish, new, at, self._random)

    def _can_go_elsewhere(self, job: Job, boxes: set[int]) -> bool:
        return all(
            part.line_id not in boxes and self._shelves.others(part.variant_id, job.producer_id)
            for part in job.parts
        )

    def _write(self, made: Made) -> None:
        grams = sum(line.goods.gross_weight_g * line.quantity for line in made.lines)
        if made.wish.trip is not None and made.life.status() is not OrderStatus.CANCELLED:
            self._trucks.book(made.wish.trip, grams)
        self._rows.put(Order, **order_values(made, self._world.rule.version, grams))
        for line in made.lines:
            self._rows.put(OrderLine, **line_values(made, line))
        for part in made.parts:
            self._write_part(made, part, made.life.units_status(part))
        for part in made.declined.parts if made.declined else ():
            self._write_part(made, part, AllocationStatus.WITHDRAWN)

    def _write_part(self, made: Made, part: Part, status: AllocationStatus) -> None:
        self._rows.put(Allocation, **allocation_values(made, part, status))
        lot = self._shelves.lots[part.lot_id]
        if status is AllocationStatus.RELEASED:
            lot.available += part.units
            return
        lot.units[status] += part.units
        if status is not AllocationStatus.WITHDRAWN:
            for household_id, fen in household_parts(part.household_fen, lot.source.shares).items():
                self._shelves.income[household_id] += fen

    def _number(self, placed: datetime) -> str:
        code = "".join(self._random.choices(ALPHABET, k=8))
        return f"{shanghai_date(placed):%y%m%d}-{code[:4]}-{code[4:]}"


def _good_until(wish: Wish) -> date | None:
    """The day after the truck's arrival: until then its goods keep."""
    return shanghai_date(wish.trip.arrives) + timedelta(days=1) if wish.trip is not None else None


def _of(choices: Sequence[Choice], number: int) -> list[Choice]:
    return [choice for choice in choices if choice.line == number]


def _weights(parts: Sequence[Part]) -> list[int]:
    """Grams of each parcel."""
    grams: dict[int, int] = defaultdict(int)
    for part in parts:
        grams[part.place_id] += part.grams
    return list(grams.values())
