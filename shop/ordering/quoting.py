"""What a basket would cost by truck and by courier, before it is ordered: what the checkout form shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from shop.catalogue.models import SplitRule
from shop.catalogue.split import Parts, current_rule
from shop.delivery.freight import zone_of, zones
from shop.delivery.models import FreightZone, Run
from shop.inventory.candidates import Offer, read_offer
from shop.ordering.basket import BasketOwner
from shop.ordering.coupons.judging import NO_COUPONS, Coupons
from shop.ordering.coupons.reading import read_coupons
from shop.ordering.errors import EmptyBasket
from shop.ordering.harvest_days import come_too_late, for_courier, for_truck
from shop.ordering.keeping import Keeping, read_keeping
from shop.ordering.lines import Line, basket_lines, goods_digest, variants_of
from shop.ordering.pairing import favour_of
from shop.ordering.planning import Way, Ways, freight_of_plan, order_parts, plan_way, plan_what_there_is


@dataclass(frozen=True, slots=True)
class Short:
    """A line that is gone from the shop (`left` is 0), or of which fewer are left than wanted."""

    line: Line
    left: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What can be ordered now: `lines`, without what is `short`; while something is, nothing can be ordered.

    `trucks` are by the id of the run, `couriers` by the slug of each zone that couriers serve, `freight_fen` too,
    but only of those where every line can be sent.
    """

    lines: tuple[Line, ...]
    short: tuple[Short, ...]
    digest: str
    trucks: Mapping[int, Way]
    couriers: Mapping[str, Way]
    zones: tuple[FreightZone, ...]
    freight_fen: dict[str, int]
    sent_on: date  # by when a courier is expected to be given all of it
    rule: SplitRule
    # By the id of a run, the numbers of lines of whose goods some harvest comes after it has left.
    harvested_after: Mapping[int, frozenset[int]] = field(default_factory=dict)
    coupons: Coupons = NO_COUPONS

    @property
    def goods_fen(self) -> int:
        return sum(line.line_fen for line in self.lines)

    @property
    def goods_to_pay_fen(self) -> int:
        return self.goods_fen - self.coupons.goods_off_fen

    @property
    def freight_to_pay_by_province(self) -> dict[str, int]:
        """As `freight_by_province`, less what a coupon takes off."""
        return {name: self.freight_to_pay(fen) for name, fen in self.freight_by_province.items()}

    def freight_to_pay(self, freight_fen: int) -> int:
        """What of a freight is left to pay."""
        return freight_fen - self.coupons.freight_off_fen(freight_fen)

    def to_pay(self, freight_fen: int) -> int:
        return self.coupons.to_pay_fen(self.goods_fen, freight_fen)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def exempt_lines(self) -> list[Line]:
        """Goods that cannot be sent back without a reason: the buyer confirms each."""
        some_left = (one.line for one in self.short if one.left)
        return [line for line in (*self.lines, *some_left) if line.return_exempt]

    @property
    def least_freight_fen(self) -> int | None:
        return min(self.freight_fen.values(), default=None)

    @property
    def freight_is_taken_off(self) -> bool:
        """Whether a coupon takes off all of it, wherever a courier goes."""
        return not any(self.freight_to_pay(fen) for fen in self.freight_fen.values())

    @property
    def freight_by_province(self) -> dict[str, int]:
        """Courier freight in fen by the name of each province that is served."""
        return {
            str(province): self.freight_fen[zone.slug]
            for zone in self.zones
            if zone.slug in self.freight_fen
            for province in zone.provinces
        }

    def spoils_to(self, province: str) -> tuple[Line, ...]:
        """The goods that would not keep on the way to a province."""
        zone = zone_of(self.zones, province)
        return self.couriers[zone.slug].spoils if zone is not None else ()

    def reaches(self, run: Run) -> bool:
        return run.id in self.trucks and self.trucks[run.id].is_open

    @property
    def can_be_sent(self) -> bool:
        """Whether there is any way at all to order all of it."""
        return not self.short and self._ways.one_is_open

    @property
    def preorders(self) -> tuple[tuple[Line, date], ...]:
        """The lines of which some way brings what is to be harvested yet, with the latest of their days."""
        found = ((line, self._ways.expected_on(line)) for line in self.lines)
        return tuple((line, day) for line, day in found if day is not None)

    @property
    def only_too_fresh(self) -> tuple[Line, ...]:
        """Of what closes some way, the goods of which that is not for a harvest that comes later."""
        waits = frozenset().union(*self.harvested_after.values())
        return tuple(line for line in self.spoils if line.number not in waits)

    def most_with(self, run_id: int, line: Line) -> int:
        """How many units of a line one truck can bring."""
        return self.trucks[run_id].keeping.get(line.number, line.quantity)

    @property
    def spoils(self) -> tuple[Line, ...]:
        """The goods that close some way or other."""
        closed = self._ways.spoiling
        return tuple(line for line in self.lines if line.number in closed)

    def most_that_keeps(self, line: Line) -> int:
        """How many units of a line some way brings while they are fresh."""
        return self._ways.most_that_keeps(line)

    @property
    def _ways(self) -> Ways:
        return Ways((*self.trucks.values(), *self.couriers.values()))

    @property
    def freight_choices(self) -> list[int]:
        """Every freight that this order may cost, campus pickup's nothing first."""
        return sorted({0, *self.freight_fen.values()})

    def freight_to(self, province: str) -> int | None:
        """Courier freight to a province in fen; None where no courier goes, or not with all of these goods."""
        return self.freight_by_province.get(province)

    def parts(self, freight_fen: int) -> Parts:
        return order_parts(self.rule, [line.line_fen for line in self.lines], freight_fen)


def quote_basket(
    session: Session,
    owner: BasketOwner,
    runs: Collection[Run],
    *,
    unit_id: int | None = None,
    now: datetime,
) -> Quote:
    """Plan the basket for each of these runs and for each zone; nothing is held. Raises EmptyBasket.

    `unit_id` is the buyer's: its paired households may come first.
    """
    lines = basket_lines(session, owner, now=now)
    if not lines:
        raise EmptyBasket()
    coupons = read_coupons(session, owner, lines, now=now)
    offer = read_offer(session, variants_of(lines), now).favouring(favour_of(session, unit_id, now=now))
    for_sale = [line for line in lines if line.for_sale]
    _plan, left = plan_what_there_is(for_sale, offer, few_parcels=False)
    short = [
        Short(line, left.get(line.number, 0)) for line in lines if line.number in left or not line.for_sale
    ]
    wanted = [line for line in for_sale if line.number not in left]
    keeping = read_keeping(session, now=now)
    tariffs: Sequence[FreightZone] = zones(session)
    couriers = _by_courier(wanted, offer, tariffs, keeping)
    return Quote(
        lines=tuple(wanted),
        short=tuple(short),
        digest=goods_digest(lines, coupons.told()),
        trucks=_by_truck(wanted, offer, runs, keeping),
        couriers=couriers,
        zones=tuple(tariffs),
        freight_fen={
            zone.slug: freight_of_plan(couriers[zone.slug].plan, zone)
            for zone in tariffs
            if zone.slug in couriers and couriers[zone.slug].is_open
        },
        sent_on=_sent_on(wanted, couriers, keeping),
        rule=current_rule(session, now),
        coupons=coupons,
        harvested_after={run.id: _harvested_after(wanted, offer, run) for run in runs},
    )


def _sent_on(lines: Sequence[Line], couriers: Mapping[str, Way], keeping: Keeping) -> date:
    """By when a courier has all of it, what is to be harvested yet too."""
    hours, ways = {line.ready_hours for line in lines}, Ways(tuple(couriers.values()))
    harvests = {day for line in lines if (day := ways.expected_on(line)) is not None}
    return max([keeping.sent_on(hours), *(keeping.sent_after(day, hours) for day in harvests)])


def _harvested_after(lines: Sequence[Line], offer: Offer, run: Run) -> frozenset[int]:
    too_late = come_too_late(offer, for_truck(offer, run.departs_at))
    return frozenset(line.number for line in lines if any(part.variant_id in too_late for part in line.parts))


def _by_truck(lines: Sequence[Line], offer: Offer, runs: Collection[Run], keeping: Keeping) -> dict[int, Way]:
    return {
        run.id: plan_way(
            lines, for_truck(offer, run.departs_at), keeping.by_truck(run.arrives_at), few_parcels=False
        )
        for run in runs
    }


def _by_courier(
    lines: Sequence[Line], offer: Offer, tariffs: Sequence[FreightZone], keeping: Keeping
) -> dict[str, Way]:
    hours = {line.ready_hours for line in lines}
    return {
        zone.slug: plan_way(
            lines,
            for_courier(offer, keeping, zone, hours),
            keeping.by_courier(zone, hours),
            few_parcels=True,
        )
        for zone in tariffs
        if zone.served
    }
