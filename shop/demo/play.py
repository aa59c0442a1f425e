"""A plausible history of the shop, of any size: deterministic for a seed and a moment, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import merge
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.demo.asked import add_requests
from shop.demo.bank import move_money
from shop.demo.cast import UNION, scenes
from shop.demo.forecasts import expect_harvests
from shop.demo.history import History
from shop.demo.hubbed import add_hub_work
from shop.demo.invoices import TaxBook
from shop.demo.money import Books
from shop.demo.orders import OrderMaker
from shop.demo.pairs import add_pairs
from shop.demo.purchases import count_purchases
from shop.demo.rows import Rows
from shop.demo.settlers import add_buyers, add_households
from shop.demo.stock import Shelves
from shop.demo.talks import add_talks
from shop.demo.terms import grant_terms
from shop.demo.trucks import Trucks, read_trucks
from shop.demo.wishes import Wish, Wishing
from shop.demo.work import Work
from shop.demo.world import World, read_world
from shop.demo.year import moments
from shop.inventory.models import HouseholdMonth
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import months_before, shanghai_date, shanghai_moment
from shop.ledger.payouts.closing import close_payouts
from shop.ordering.best_sellers import count_sold_units
from shop.ordering.models import Order

ORDERS_AT_ONCE = 1000
ORDERS_A_BUYER = 8
FEWEST_FOR_SCENES = 100


@dataclass(frozen=True)
class Played:
    orders: int
    lines: int
    households: int


def play(
    session: Session,
    *,
    orders: int,
    households: int,
    days: int,
    seed: int,
    now: datetime,
    progress: Callable[[int], None] = lambda _done: None,
) -> Played:
    """Write `orders` orders over the `days` days before `now`. Raises NothingToSell in an empty shop.

    `households` is how many there shall be in all; the seeded ones count. Of a hundred orders or more, the last
    are those of the demo's own accounts, at every stage. Playing again goes on with other numbers.
    """
    before = session.scalar(sa.select(sa.func.count(Order.id))) or 0
    random = Random(f"{seed}/{before}")  # noqa: S311  a made-up year is no secret
    rows = Rows(session)
    start = now - timedelta(days=days)
    world = read_world(session, start, now)
    add_pairs(session, world, now=start)
    world.union_id = grant_terms(session, UNION, now=start)
    add_households(session, world, rows, households, random, start)
    add_buyers(world, rows, max(2, orders // ORDERS_A_BUYER), random, start)
    trucks = read_trucks(session, rows, world.points, start, now)
    stage = _Stage(session, world, rows, trucks, random)
    lines = 0
    for done, wish in enumerate(_wishes(world, trucks, orders, days, random, now), start=1):
        lines += stage.play(wish, now)
        if done % ORDERS_AT_ONCE == 0:
            rows.write()
            progress(done)
    stage.settle(session, now)
    rows.catch_up_sequences()
    # Until a database knows how much came in, it looks for it in the wrong order.
    session.execute(sa.text("ANALYZE"))
    count_sold_units(session)
    refresh_stock_state(session, now=now)
    expect_harvests(session, now=now)
    add_hub_work(session, now=now)
    add_requests(session, now=now)
    count_purchases(session, world, now=now)
    move_money(session, start, now)
    _close_months(session, start, now)
    add_talks(session, now=now)
    return Played(orders, lines, len(world.heads))


def _wishes(
    world: World, trucks: Trucks, orders: int, days: int, random: Random, now: datetime
) -> Iterator[Wish]:
    cast = list(scenes(world, trucks, now)) if orders >= FEWEST_FOR_SCENES else []
    wishing = Wishing(world, trucks, random, now)
    crowd = (wishing.draw(placed) for placed in moments(orders - len(cast), days, random, now))
    return merge(cast, crowd, key=lambda wish: wish.placed)


class _Stage:
    """Everything that takes part in making an order."""

    def __init__(self, session: Session, world: World, rows: Rows, trucks: Trucks, random: Random) -> None:
        villages = dict(session.execute(sa.select(Producer.id, Producer.village_id)).all())
        for sources in world.sources.values():
            villages |= {source.producer_id: source.village_id for source in sources}
        self._rows, self._trucks = rows, trucks
        self._shelves = Shelves(world, rows, random, _income(session))
        self._maker = OrderMaker(world, rows, self._shelves, trucks, random)
        self._work = Work(world, rows, random, villages)
        self._books = Books(world, rows, self._shelves, random, TaxBook(session, world, rows))
        self._history = History(world, rows, self._work)

    def play(self, wish: Wish, now: datetime) -> int:
        """Make one order with all that follows from it; the number of its lines."""
        made = self._maker.make(wish, now)
        codes = self._work.write(made)
        payment_id = self._books.add_money(made)
        self._history.write(made, codes, payment_id)
        return len(made.lines)

    def settle(self, session: Session, now: datetime) -> None:
        self._shelves.settle(shanghai_date(now))
        self._rows.write()
        self._trucks.settle(session, self._rows)
        self._books.settle(session)
        self._rows.write()


def _income(session: Session) -> dict[int, int]:
    """What households have earned before, in fen."""
    fen = sa.func.sum(HouseholdMonth.earned_fen + HouseholdMonth.held_fen)
    rows = session.execute(sa.select(HouseholdMonth.household_id, fen).group_by(HouseholdMonth.household_id))
    return {household_id: int(earned) for household_id, earned in rows}


def _close_months(session: Session, start: datetime, now: datetime) -> None:
    """Draft payouts of every month that is over, each on the morning after it."""
    month = shanghai_date(now).replace(day=1)
    ends = []
    while month > shanghai_date(start):
        ends.append(month - timedelta(days=1))
        month = months_before(month, 1)
    for until in reversed(ends):
        morning = shanghai_moment(until + timedelta(days=1), time(9))
        close_payouts(session, until, now=min(now, morning))
