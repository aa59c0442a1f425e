"""What a gift would cost now: the same goods for each recipient, and the freight of each one's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import SplitRule
from shop.catalogue.split import NOTHING, Parts, current_rule
from shop.delivery.freight import zone_of, zones
from shop.delivery.models import FreightZone
from shop.gifts.days import can_arrive, days_to_offer, earliest_day, refuse_day
from shop.gifts.errors import NothingInIt
from shop.gifts.models import GiftItem, GiftRecipient, RecipientState
from shop.gifts.packagings import packaging_fen
from shop.inventory.candidates import Offer, read_offer
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.wish import Item
from shop.ordering.harvest_days import for_courier
from shop.ordering.keeping import Keeping, read_keeping
from shop.ordering.lines import Line, variants_of
from shop.ordering.planning import freight_of_plan, order_parts, plan_way, plan_what_there_is

FRESH_FOR: Final = timedelta(days=400)  # what keeps for longer sets no limit to the day


@dataclass(frozen=True, slots=True)
class Short:
    """Goods of which there is enough for `left` recipients only."""

    line: Line
    left: int


@dataclass(frozen=True)
class GiftQuote:
    """For `recipients` in all, by province in `by_province`; amounts in fen.

    `freight_fen`: of one parcel by the slug of each zone; a zone where the goods would not keep is not in it.
    """

    lines: tuple[Line, ...]
    by_province: Mapping[str, int]
    zones: tuple[FreightZone, ...]
    freight_fen: Mapping[str, int]
    short: tuple[Short, ...]
    earliest: date
    latest: date | None
    keeping: Keeping
    rule: SplitRule
    packaging_each_fen: int = 0

    @property
    def recipients(self) -> int:
        return sum(self.by_province.values())

    @property
    def goods_each_fen(self) -> int:
        return sum(line.line_fen for line in self.lines)

    @property
    def goods_fen(self) -> int:
        return self.goods_each_fen * self.recipients

    @property
    def freight_all_fen(self) -> int:
        return sum(self.freight_to(province) * count for province, count in self.by_province.items())

    @property
    def packaging_all_fen(self) -> int:
        return self.packaging_each_fen * self.recipients

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_all_fen + self.packaging_all_fen

    @property
    def spoils_to(self) -> list[str]:
        """Provinces of the list where these goods do not arrive fresh."""
        return sorted(one for one in self.by_province if self._freight(one) is None)

    @property
    def can_be_sent(self) -> bool:
        return bool(self.recipients) and not self.short and not self.spoils_to

    def each_fen(self, province: str) -> int:
        """What the order of somebody there costs."""
        return self.goods_each_fen + self.freight_to(province) + self.packaging_each_fen

    def freight_to(self, province: str) -> int:
        """0 where the goods cannot go: `spoils_to` says so."""
        return self._freight(province) or 0

    def arrives(self, day: date) -> bool:
        return can_arrive(self.keeping.calendar, day, self.earliest, self.latest)

    def refuse_day(self, day: date) -> None:
        """Raises InvalidInput, which says why it cannot arrive on this day."""
        refuse_day(self.keeping.calendar, day, self.earliest, self.latest)

    def days(self) -> list[date]:
        return days_to_offer(self.keeping.calendar, self.earliest, self.latest)

    def travel_days(self, province: str) -> int:
        zone = zone_of(self.zones, province)
        return zone.days_max if zone is not None else 0

    def parts(self) -> Parts:
        """Where the money goes: each order divided by itself, as it is when it is placed."""
        lines = [line.line_fen for line in self.lines]
        every = [
            (order_parts(self.rule, lines, self.freight_to(province), self.packaging_each_fen), count)
            for province, count in self.by_province.items()
        ]
        return sum((parts for parts, count in every for _ in range(count)), NOTHING)

    def _freight(self, province: str) -> int | None:
        zone = zone_of(self.zones, province)
        return self.freight_fen.get(zone.slug) if zone is not None else None


def quote_gift(session: Session, gift_id: int, *, now: datetime) -> GiftQuote:
    """For everybody on the list who can be sent to. Nothing is held. Raises NothingInIt, NotForSale."""
    items = [Item(*row) for row in session.execute(_ITEMS, {"gift_id": gift_id})]
    if not items:
        raise NothingInIt(field="units")
    rows = session.execute(_BY_PROVINCE, {"gift_id": gift_id}).all()
    quote = quote_items(session, items, {row[0]: row[1] for row in rows}, now=now)
    return replace(quote, packaging_each_fen=packaging_fen(session, gift_id))


def quote_items(
    session: Session, items: Sequence[Item], by_province: Mapping[str, int], *, now: datetime
) -> GiftQuote:
    """These goods for so many recipients in each province. Raises NotForSale."""
    lines = direct_lines(session, items, now=now)
    offer = read_offer(session, variants_of(lines), now)
    keeping, tariffs = read_keeping(session, now=now), zones(session)
    hours = {line.ready_hours for line in lines}
    freight: dict[str, int] = {}
    for zone in tariffs:
        if zone.served:
            brings = for_courier(offer, keeping, zone, hours)
            way = plan_way(lines, brings, keeping.by_courier(zone, hours), few_parcels=True)
            if way.is_open:
                freight[zone.slug] = freight_of_plan(way.plan, zone)
    wanted = [zone for zone in tariffs if any(zone_of([zone], one) for one in by_province)]
    slowest = max((zone.days_max for zone in wanted or tariffs if zone.served), default=0)
    return GiftQuote(
        lines=tuple(lines),
        by_province=dict(by_province),
        zones=tuple(tariffs),
        freight_fen=freight,
        short=_short(lines, offer, sum(by_province.values())),
        earliest=earliest_day(keeping.calendar, _sent_on(lines, offer, keeping), slowest),
        latest=_latest(offer, keeping, now),
        keeping=keeping,
        rule=current_rule(session, now),
    )


def _short(lines: Sequence[Line], offer: Offer, recipients: int) -> tuple[Short, ...]:
    """Whether there is enough for all of them together."""
    all_lines = [replace(line, quantity=line.quantity * max(recipients, 1)) for line in lines]
    _plan, left = plan_what_there_is(all_lines, offer, few_parcels=False)
    return tuple(Short(line, left[line.number] // line.quantity) for line in lines if line.number in left)


def _sent_on(lines: Sequence[Line], offer: Offer, keeping: Keeping) -> date:
    """When a courier is given it; what has to be harvested first is waited for."""
    hours = {line.ready_hours for line in lines}
    harvests = [lot.expected_on for lot in offer.lots if lot.expected_on is not None]
    return max([keeping.sent_on(hours), *(keeping.sent_after(day, hours) for day in harvests)])


def _latest(offer: Offer, keeping: Keeping, now: datetime) -> date | None:
    """Every lot that may be sent is still good some days after this day: nobody knows which one it will be."""
    first = min((lot.best_before for lot in offer.lots), default=None)
    if first is None or first - now.date() > FRESH_FOR:
        return None
    return first - timedelta(days=keeping.days)


_ITEMS: Final = (
    sa.select(GiftItem.variant_id, GiftItem.quantity)
    .where(GiftItem.gift_id == sa.bindparam("gift_id"))
    .order_by(GiftItem.variant_id)
)
_BY_PROVINCE: Final = (
    sa.select(GiftRecipient.province, sa.func.count())
    .where(GiftRecipient.gift_id == sa.bindparam("gift_id"), GiftRecipient.state == RecipientState.READY)
    .group_by(GiftRecipient.province)
    .order_by(GiftRecipient.province)
)
