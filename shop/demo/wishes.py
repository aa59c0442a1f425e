"""What somebody wants to buy, and what will go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import accumulate
from random import Random

from shop.demo.life import HOUR, Step
from shop.demo.people import Buyer
from shop.demo.settlers import a_name, a_phone
from shop.demo.sources import Goods
from shop.demo.terms import OnAccount
from shop.demo.trucks import Trip, Trucks
from shop.demo.world import World
from shop.kit.clock import shanghai_date
from shop.kit.seasons import in_season
from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.config import BANK_TRANSFER, SANDBOX

PICKUP_SHARE, GUEST_SHARE, BANK_SHARE = 0.65, 0.25, 0.08
LONGEST_SILENCE = timedelta(days=3)
Items = list[tuple[Goods, int]]


class Mishap(StrEnum):
    """What happened on the way besides."""

    NONE = "none"
    DECLINED = "declined"  # a household said no, and another one took it
    SILENT = "silent"  # a household does not answer
    COMPLAINT = "complaint"  # the buyer wrote, and nobody has answered
    ANSWERED = "answered"  # the same, and somebody has
    BROKEN = "broken"  # complained, answered, and refunded by the shop
    UNPAID = "unpaid"
    AWAITED = "awaited"  # its transfer has not come yet; for the demo's own people
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class Wish:
    """`only`: the producer that serves it; `point_id`: where it is collected; `until`: how far it came by now."""

    placed: datetime
    buyer: Buyer
    items: Items
    trip: Trip | None
    by_bank: bool = False
    mishap: Mishap = Mishap.NONE
    only: int | None = None
    point_id: int | None = None
    until: Step | None = None
    on_account: OnAccount | None = None

    @property
    def method(self) -> str:
        """How it is paid, or is to be paid."""
        if self.on_account is not None:
            return ON_ACCOUNT
        return BANK_TRANSFER if self.by_bank else SANDBOX


class Wishing:
    """Draws what people buy: few goods are liked much, the season counts, most buyers collect on campus."""

    def __init__(self, world: World, trucks: Trucks, random: Random, now: datetime) -> None:
        self._world, self._trucks, self._random, self._now = world, trucks, random, now
        self._liking = {goods.id: random.paretovariate(1.3) for goods in world.on_offer}
        self._assortment = cache(self._in_month)

    def draw(self, placed: datetime) -> Wish:
        random = self._random
        trip = self._trucks.next_after(placed) if random.random() < PICKUP_SHARE else None
        has_time = trip is None or trip.departs > placed + 72 * HOUR
        return Wish(
            placed=placed,
            buyer=self._buyer(),
            items=self._items(shanghai_date(placed).month),
            trip=trip,
            by_bank=has_time and random.random() < BANK_SHARE,
            mishap=self._mishap(placed),
        )

    def _mishap(self, placed: datetime) -> Mishap:
        mishap = self._random.choices(list(_ODDS), weights=list(_ODDS.values()))[0]
        if mishap is Mishap.SILENT and self._now - placed > LONGEST_SILENCE:
            return Mishap.NONE
        if mishap is Mishap.COMPLAINT and self._now - placed > 4 * LONGEST_SILENCE:
            return Mishap.ANSWERED
        return mishap

    def _items(self, month: int) -> Items:
        random = self._random
        fresh, weights = self._assortment(month)
        count = random.choices((1, 2, 3, 4), weights=(40, 33, 18, 9))[0]
        chosen = {one.id: one for one in random.choices(fresh, cum_weights=weights, k=count)}
        quantities = random.choices((1, 2, 3, 5), weights=(66, 22, 8, 4), k=len(chosen))
        return list(zip(chosen.values(), quantities, strict=True))

    def _in_month(self, month: int) -> tuple[list[Goods], list[float]]:
        fresh = [one for one in self._world.on_offer if in_season(one.season_mask, month)]
        return fresh, list(accumulate(self._liking[one.id] for one in fresh))

    def _buyer(self) -> Buyer:
        if self._world.people.made_up and self._random.random() >= GUEST_SHARE:
            return self._random.choice(self._world.people.made_up)
        return Buyer(None, a_name(self._random), a_phone(self._random), None)


_ODDS = {
    Mishap.NONE: 870,
    Mishap.DECLINED: 30,
    Mishap.SILENT: 15,
    Mishap.COMPLAINT: 4,
    Mishap.ANSWERED: 6,
    Mishap.BROKEN: 5,
    Mishap.UNPAID: 50,
    Mishap.CALLED_OFF: 20,
}
