"""How an order would travel and what it would cost: lots chosen by the fairness rule, parcels, freight, the split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from shop.catalogue.models import SplitRule
from shop.catalogue.split import NOTHING, Parts, split_price
from shop.delivery.freight import parcel_fen
from shop.delivery.models import FreightZone
from shop.inventory.allocation import Cap, Choice, Demand, allocate
from shop.inventory.candidates import Offer
from shop.inventory.errors import OutOfStock
from shop.inventory.holds import Hold
from shop.kit.money import split
from shop.ordering.lines import Line, Part

PICKUP = "pickup"


@dataclass(frozen=True, slots=True)
class PlannedParcel:
    """What one packing place would send; weights are gross. `lines` are the numbers of the lines in it."""

    packing_place_id: int
    weight_g: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    choices: tuple[Choice, ...]
    parcels: tuple[PlannedParcel, ...]

    @property
    def weight_g(self) -> int:
        return sum(parcel.weight_g for parcel in self.parcels)

    def choices_of(self, line_number: int) -> list[Choice]:
        return [choice for choice in self.choices if choice.line == line_number]

    def expected_on(self, line_number: int) -> date | None:
        """The day on which the last of a line is expected to be harvested; None when all of it is there."""
        days = (choice.lot.expected_on for choice in self.choices_of(line_number))
        return max((day for day in days if day is not None), default=None)

    def expected_units(self, line_number: int) -> int:
        """How many units of a line are not harvested yet; of a gift box those of its parts."""
        to_come = (one for one in self.choices_of(line_number) if one.lot.expected_on is not None)
        return sum(choice.units for choice in to_come)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send a basket. Of what `spoils` there is not enough that keeps for so long; `plan` leaves it out.

    `keeping`: of how many units there is enough, by the number of each line that spoils.
    """

    plan: Plan
    spoils: tuple[Line, ...] = ()
    keeping: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return not self.spoils


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way in which the same lines could be sent: by each truck, and by courier to each zone."""

    ways: tuple[Way, ...]

    @property
    def one_is_open(self) -> bool:
        """Whether there is any way at all to order all of it."""
        return any(way.is_open for way in self.ways)

    @property
    def spoiling(self) -> frozenset[int]:
        """The numbers of the lines that close some way or other."""
        return frozenset(line.number for way in self.ways for line in way.spoils)

    def expected_on(self, line: Line) -> date | None:
        """The latest day on which a way that is open lets a line be harvested; None when all of it is there."""
        days = (way.plan.expected_on(line.number) for way in self.ways if way.is_open)
        return max((day for day in days if day is not None), default=None)

    def most_that_keeps(self, line: Line) -> int:
        """How many units of a line some way brings while they are fresh."""
        return max((way.keeping.get(line.number, line.quantity) for way in self.ways), default=0)


def plan_order(lines: Sequence[Line], offer: Offer, *, few_parcels: bool, cap: Cap | None = None) -> Plan:
    """Serve all lines from the offer. Raises OutOfStock naming the line that is short."""
    demands = [demand for line in lines for demand in line.demands()]
    choices = allocate(
        demands,
        offer.lots,
        offer.income_per_head,
        few_parcels=few_parcels,
        cap=cap,
    )
    return Plan(tuple(choices), _parcels(lines, choices))


def plan_what_there_is(
    lines: Sequence[Line], offer: Offer, *, few_parcels: bool, cap: Cap | None = None
) -> tuple[Plan, dict[int, int]]:
    """As `plan_order`, for showing: lines that are short are left out, and told with what is left of them."""
    plan = partial(plan_order, few_parcels=few_parcels, cap=cap)
    short: dict[int, int] = {}
    while True:
        served = [line for line in lines if line.number not in short]
        try:
            return plan(served, offer), short
        except OutOfStock as refused:
            line = next(line for line in served if line.number == refused.line)
            short[line.number] = line_units(line, refused)


def plan_way(
    lines: Sequence[Line],
    offer: Offer,
    keeps_until: date,
    *,
    few_parcels: bool,
    cap: Cap | None = None,
) -> Way:
    """Serve the lines from goods that are still good on that day."""
    plan, short = plan_what_there_is(
        lines, offer.keeping_until(keeps_until), few_parcels=few_parcels, cap=cap
    )
    return Way(plan, tuple(line for line in lines if line.number in short), short)


def line_units(line: Line, refused: OutOfStock) -> int:
    """How many units of the line could be served, when one of its parts is short."""
    part = next(part for part in line.parts if part.variant_id == refused.variant_id)
    return refused.left // part.units


def freight_of_plan(plan: Plan, zone: FreightZone) -> int:
    """What couriers charge for the planned parcels, in fen."""
    return sum(parcel_fen(zone, parcel.weight_g) for parcel in plan.parcels)


def order_parts(rule: SplitRule, lines_fen: Sequence[int], freight_fen: int, packaging_fen: int = 0) -> Parts:
    """Where the money of an order goes, each line divided by itself; a courier's freight is freight entirely, and what a
    gift's packaging costs is for who packs it.
    """
    goods = sum((split_price(rule, fen) for fen in lines_fen), NOTHING)
    return goods + Parts(0, packaging_fen, freight_fen, 0, 0, 0)


def holds_for(
    order_line_id: int, parts: Sequence[Part], line_fen: int, choices: Sequence[Choice], rule: SplitRule
) -> list[Hold]:
    """Holds of one line: the households' part of its price, shared out by units and the price of what is in it."""
    prices: Mapping[int, int] = {part.variant_id: part.price_fen for part in parts}
    household_fen = split_price(rule, line_fen).household
    money = split(household_fen, [choice.units * prices[choice.lot.variant_id] for choice in choices])
    return [
        Hold(order_line_id, choice.lot, choice.units, fen) for choice, fen in zip(choices, money, strict=True)
    ]


def demands_of(number: int, parts: Sequence[Part], quantity: int, packed_at: int | None) -> list[Demand]:
    return [Demand(number, part.variant_id, part.units * quantity, packed_at) for part in parts]


def _parcels(lines: Sequence[Line], choices: Sequence[Choice]) -> tuple[PlannedParcel, ...]:
    """Group what was chosen by where it is packed; a gift box weighs what the full box weighs."""
    by_number = {line.number: line for line in lines}
    weights: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    for choice in choices:
        line = by_number[choice.line]
        place = choice.packing_place_id
        is_new = line.number not in members.setdefault(place, set())
        members[place].add(line.number)
        grams = line.gross_weight_g * choice.units if not line.is_bundle else line.weight_g * is_new
        weights[place] = weights.get(place, 0) + grams
    return tuple(
        PlannedParcel(place, weights[place], tuple(sorted(members[place]))) for place in sorted(members)
    )
