"""A plausible history of the shop, of any size: deterministic for a seed and a day, written in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.catalogue.refreshing import set_sold_units
from shop.demo.life import Fate
from shop.demo.money import Books
from shop.demo.orders import OrderMaker
from shop.demo.rows import Rows
from shop.demo.settlers import add_buyers, add_households
from shop.demo.stock import Shelves
from shop.demo.trucks import read_trucks
from shop.demo.work import add_work
from shop.demo.world import read_world
from shop.demo.year import moments
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import months_before, shanghai_date
from shop.ledger.payouts import close_payouts

ORDERS_AT_ONCE = 1000
ORDERS_A_BUYER = 8


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

    `households` is how many there shall be in all; the seeded ones count.
    """
    random = Random(seed)  # noqa: S311  # a made-up year is no secret
    rows = Rows(session)
    world = read_world(session, now)
    start = now - timedelta(days=days)
    add_households(session, world, rows, households, random, start)
    add_buyers(world, rows, max(2, orders // ORDERS_A_BUYER), random, start)
    trucks = read_trucks(session, rows, world.points, start, now)
    shelves, books = Shelves(world, rows, random), Books(world, rows)
    maker = OrderMaker(world, rows, shelves, trucks, random)
    sold, lines = Counter[int](), 0
    for done, placed in enumerate(moments(orders, days, random, now), start=1):
        made = maker.make(placed, now)
        add_work(rows, made, random)
        books.add_money(made)
        lines += len(made.book.lines)
        if made.life.fate is Fate.FULFILLED:
            sold.update({part.variant.product_id: part.choice.units for part in made.parts})
        if done % ORDERS_AT_ONCE == 0:
            rows.write()
            progress(done)
    shelves.settle(shanghai_date(now))
    rows.write()
    trucks.settle(session, rows)
    books.settle(session)
    rows.write()
    rows.catch_up_sequences()
    _refresh_catalogue(session, sold, [variant.id for variant in world.variants], now)
    _close_months(session, start, now)
    return Played(orders, lines, len(world.people))


def _refresh_catalogue(session: Session, sold: Counter[int], variant_ids: list[int], now: datetime) -> None:
    before = dict(session.execute(sa.select(Product.id, Product.sold_units)).tuples().all())
    set_sold_units(session, {product_id: before[product_id] + units for product_id, units in sold.items()})
    refresh_stock_state(session, variant_ids, now=now)


def _close_months(session: Session, start: datetime, now: datetime) -> None:
    """Draft payouts at the end of every month that is over."""
    month = shanghai_date(now).replace(day=1)
    ends = []
    while month > shanghai_date(start):
        ends.append(month - timedelta(days=1))
        month = months_before(month, 1)
    for until in reversed(ends):
        close_payouts(session, until, now=now)
