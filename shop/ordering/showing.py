"""A basket as its owner sees it: grouped into the parcels that it would travel in, with what is short. Four statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, StockState, Village
from shop.catalogue.split import Parts, current_rule
from shop.inventory.candidates import Offer, read_offer
from shop.ordering.basket import MOST_UNITS, BasketOwner
from shop.ordering.coupons.judging import NO_COUPONS, Coupons
from shop.ordering.coupons.reading import read_coupons
from shop.ordering.keeping import Journeys
from shop.ordering.lines import Line, basket_lines, variants_of
from shop.ordering.planning import Plan, Ways, order_parts, plan_way, plan_what_there_is


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line; `left` is how many units there still are, whatever one buyer may have of them.

    `fresh`: of how many some truck or courier brings while they are good, where none brings all that is wanted.
    """

    line: Line
    left: int
    fresh: int | None = None
    expected_on: date | None = None  # the last of it has to be harvested first

    @property
    def is_short(self) -> bool:
        return not self.line.for_sale or self.line.quantity > self.left

    @property
    def limit_left(self) -> int | None:
        """What the buyer may still have of it; None without a limit."""
        limit = self.line.limit_per_buyer
        return None if limit is None else max(limit - self.line.bought, 0)

    @property
    def is_over_limit(self) -> bool:
        return self.limit_left is not None and self.line.quantity > self.limit_left

    @property
    def is_refused(self) -> bool:
        """Checkout would not take it as it is."""
        return self.is_short or self.is_over_limit or self.fresh is not None

    @property
    def few_left(self) -> bool:
        return not self.is_short and self.line.stock_state is StockState.FEW_LEFT

    @property
    def most(self) -> int:
        """What the field of the quantity accepts."""
        caps = (self.left, MOST_UNITS, self.limit_left, self.fresh)
        return min(cap for cap in caps if cap is not None)


@dataclass(frozen=True, slots=True)
class ShownParcel:
    """What one packing place would send; a line that comes from several places stands in the first."""

    name_zh: str
    name_en: str
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True, slots=True)
class ShownBasket:
    """`apart` are lines that cannot be ordered as they are: gone, too few left, beyond a limit, or not fresh so far.

    `spoiling` are lines that close some way or other; `goes`: whether one is open all the same.
    """

    parcels: tuple[ShownParcel, ...]
    apart: tuple[ShownLine, ...]
    spoiling: tuple[Line, ...]
    goes: bool
    plan: Plan
    parts: Parts
    goods_fen: int
    coupons: Coupons = NO_COUPONS

    @property
    def to_pay_fen(self) -> int:
        """By campus pickup."""
        return self.coupons.to_pay_fen(self.goods_fen, 0)

    @property
    def units(self) -> int:
        shown = [line for parcel in self.parcels for line in parcel.lines]
        return sum(one.line.quantity for one in (*shown, *self.apart))

    @property
    def orderable_units(self) -> int:
        return sum(one.line.quantity for parcel in self.parcels for one in parcel.lines)

    @property
    def harvested_last(self) -> date | None:
        """The day on which the last of what can be ordered is harvested; None where all of it is there."""
        days = [one.expected_on for parcel in self.parcels for one in parcel.lines]
        return max((day for day in days if day is not None), default=None)

    @property
    def can_be_ordered(self) -> bool:
        return self.goes and not self.apart

    @property
    def skus(self) -> set[str]:
        shown = [line for parcel in self.parcels for line in parcel.lines]
        return {one.line.sku for one in (*shown, *self.apart)}


def show_basket(
    session: Session, owner: BasketOwner, journeys: Journeys, *, now: datetime
) -> ShownBasket | None:
    """The owner's basket with the parcels of a truck order; None when nothing lies in it.

    What checkout would refuse is said with the numbers that it would say, but for what was bought without signing in.
    """
    lines = basket_lines(session, owner, now=now, with_bought=True)
    if not lines:
        return None
    offer = read_offer(session, variants_of(lines), now)
    shown, ways = _judged(lines, offer, journeys, now)
    served = [line for line in lines if not shown[line.number].is_refused]
    plan, _short = plan_what_there_is(served, offer, few_parcels=False)
    shown = {number: replace(one, expected_on=plan.expected_on(number)) for number, one in shown.items()}
    rule = current_rule(session, now)
    return ShownBasket(
        parcels=_parcels(session, plan, shown),
        apart=tuple(one for one in shown.values() if one.is_refused),
        spoiling=tuple(line for line in lines if line.number in ways.spoiling),
        goes=ways.one_is_open or not ways.ways,
        plan=plan,
        parts=order_parts(rule, [line.line_fen for line in served], 0),
        goods_fen=sum(line.line_fen for line in served),
        coupons=read_coupons(session, owner, served, now=now) if served else NO_COUPONS,
    )


def _judged(
    lines: Sequence[Line], offer: Offer, journeys: Journeys, now: datetime
) -> tuple[dict[int, ShownLine], Ways]:
    """Each line with what there is of it, by its number, and the ways of what is not short."""
    for_sale = [line for line in lines if line.for_sale]
    _plan, short = plan_what_there_is(for_sale, offer, few_parcels=False)
    units = offer.units()
    there = [line for line in for_sale if line.number not in short]
    ways = _ways(there, offer, journeys, now)
    closed = [] if ways.one_is_open else [line for line in there if line.number in ways.spoiling]
    fresh = {line.number: ways.most_that_keeps(line) for line in closed}
    shown = {}
    for line in lines:
        left = short.get(line.number, _left(line, units)) if line.for_sale else 0
        most = fresh.get(line.number, line.quantity)
        shown[line.number] = ShownLine(line, left, most if most < line.quantity else None)
    return shown, ways


def _ways(lines: Sequence[Line], offer: Offer, journeys: Journeys, now: datetime) -> Ways:
    deadlines = journeys.deadlines({line.ready_hours for line in lines}, now=now)
    return Ways(
        tuple(plan_way(lines, offer, until, few_parcels=courier) for until, courier in sorted(deadlines))
    )


def place_names(session: Session, place_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Names, Chinese and English, of where parcels go from: the village where there is one, else the place."""
    rows = session.execute(
        sa.select(
            *(PackingPlace.id, PackingPlace.name_zh, PackingPlace.name_en),
            *(Village.name_zh.label("village_zh"), Village.name_en.label("village_en")),
        )
        .outerjoin(Village, Village.packing_place_id == PackingPlace.id)
        .where(PackingPlace.id.in_(place_ids))
        .order_by(PackingPlace.id, Village.id)
    )
    villages: dict[int, list[tuple[str, str]]] = {}
    places: dict[int, tuple[str, str]] = {}
    for row in rows:
        places[row.id] = (row.name_zh, row.name_en)
        if row.village_zh is not None:
            villages.setdefault(row.id, []).append((row.village_zh, row.village_en))
    return {
        place_id: villages[place_id][0] if len(villages.get(place_id, ())) == 1 else name
        for place_id, name in places.items()
    }


def _parcels(session: Session, plan: Plan, shown: Mapping[int, ShownLine]) -> tuple[ShownParcel, ...]:
    names = place_names(session, [parcel.packing_place_id for parcel in plan.parcels])
    seen: set[int] = set()
    parcels = []
    for parcel in plan.parcels:
        members = tuple(shown[number] for number in parcel.lines if number not in seen)
        seen.update(parcel.lines)
        if members:
            parcels.append(ShownParcel(*names[parcel.packing_place_id], members))
    return tuple(parcels)


def _left(line: Line, units: Mapping[int, int]) -> int:
    return min(units[part.variant_id] // part.units for part in line.parts)
