"""A basket as its owner sees it: grouped into the parcels that it would travel in, with what is short. Four statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, SplitRule, StockState, Village
from shop.catalogue.split import Parts, current_rule
from shop.inventory.candidates import Offer, read_offer
from shop.ordering.basket import MOST_UNITS, BasketOwner
from shop.ordering.lines import Line, basket_lines, variants_of
from shop.ordering.planning import Plan, order_parts, plan_what_there_is


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line; `left` is how many units there still are, whatever one buyer may have of them."""

    line: Line
    left: int

    @property
    def is_short(self) -> bool:
        return not self.line.for_sale or self.line.quantity > self.left

    @property
    def is_over_limit(self) -> bool:
        return self.line.limit_per_buyer is not None and self.line.quantity > self.line.limit_per_buyer

    @property
    def few_left(self) -> bool:
        return not self.is_short and self.line.stock_state is StockState.FEW_LEFT

    @property
    def most(self) -> int:
        """What the field of the quantity accepts."""
        return min(self.left, MOST_UNITS, self.line.limit_per_buyer or MOST_UNITS)


@dataclass(frozen=True, slots=True)
class ShownParcel:
    """What one packing place would send; a line that comes from several places stands in the first."""

    name_zh: str
    name_en: str
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True, slots=True)
class ShownBasket:
    """`apart` are lines that cannot be ordered as they are: gone from the shop, or fewer left than wanted."""

    parcels: tuple[ShownParcel, ...]
    apart: tuple[ShownLine, ...]
    plan: Plan
    parts: Parts
    goods_fen: int

    @property
    def units(self) -> int:
        shown = [line for parcel in self.parcels for line in parcel.lines]
        return sum(one.line.quantity for one in (*shown, *self.apart))

    @property
    def orderable_units(self) -> int:
        return sum(one.line.quantity for parcel in self.parcels for one in parcel.lines)

    @property
    def skus(self) -> set[str]:
        shown = [line for parcel in self.parcels for line in parcel.lines]
        return {one.line.sku for one in (*shown, *self.apart)}


def show_basket(session: Session, owner: BasketOwner, *, now: datetime) -> ShownBasket | None:
    """The owner's basket with the parcels of a truck order; None when nothing lies in it."""
    lines = basket_lines(session, owner)
    if not lines:
        return None
    offer = read_offer(session, variants_of(lines), now)
    wanted = [line for line in lines if line.for_sale]
    plan, short = plan_what_there_is(wanted, offer, few_parcels=False)
    rule = current_rule(session, now)
    return _shown(session, lines, offer, plan, short, rule)


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


def _shown(
    session: Session,
    lines: Sequence[Line],
    offer: Offer,
    plan: Plan,
    short: Mapping[int, int],
    rule: SplitRule,
) -> ShownBasket:
    units = offer.units()
    shown = {
        line.number: ShownLine(line, short.get(line.number, _left(line, units)) if line.for_sale else 0)
        for line in lines
    }
    names = place_names(session, [parcel.packing_place_id for parcel in plan.parcels])
    seen: set[int] = set()
    parcels = []
    for parcel in plan.parcels:
        members = tuple(shown[number] for number in parcel.lines if number not in seen)
        seen.update(parcel.lines)
        if members:
            parcels.append(ShownParcel(*names[parcel.packing_place_id], members))
    served = [line for line in lines if line.number in seen]
    return ShownBasket(
        parcels=tuple(parcels),
        apart=tuple(shown[line.number] for line in lines if line.number not in seen),
        plan=plan,
        parts=order_parts(rule, [line.line_fen for line in served], 0),
        goods_fen=sum(line.line_fen for line in served),
    )


def _left(line: Line, units: Mapping[int, int]) -> int:
    return min(units[part.variant_id] // part.units for part in line.parts)
