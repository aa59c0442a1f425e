"""A pack that came in twos, and several workers that look at it at once: two who waited are told.

The twin without the lock on the pack's name must go red, or the race proves nothing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.catalogue.models import StockState, Variant
from shop.favourites.models import RestockWish
from shop.favourites.restock import ask_restock, tell_next
from shop.inventory.models import Lot
from tests.factories.people import make_person
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks

WORKERS, WAITING, UNITS = 4, 8, 2


@pytest.fixture
def trade(session, unit_of_work) -> Trade:
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def people(unit_of_work) -> list[int]:
    return [make_person(unit_of_work, f"p{place}@example.com").id for place in range(WAITING)]


def two_are_told(trade: Trade, people: list[int]) -> None:
    variant_id = trade.run(lambda s: s.scalars(sa.select(Variant.id).where(Variant.sku == "tea")).one())

    def sold_out_then_two(session) -> None:
        for place, lot in enumerate(session.scalars(sa.select(Lot).where(Lot.variant_id == variant_id))):
            left = UNITS if place == 0 else 0
            lot.declared, lot.available = lot.declared + left - lot.available, left
        session.execute(sa.delete(RestockWish))
        variant = session.get_one(Variant, variant_id)
        variant.stock_state = StockState.SOLD_OUT
        session.flush()
        for person in people:
            ask_restock(session, person, "tea", now=trade.now)
        variant.stock_state = StockState.FEW_LEFT

    trade.run(sold_out_then_two)
    start = Barrier(WORKERS)

    def work(_worker: int) -> int:
        start.wait()
        return trade.unit_of_work.run(lambda s: tell_next(s, variant_id, now=trade.now))

    with ThreadPoolExecutor(WORKERS) as workers:
        assert sum(workers.map(work, range(WORKERS))) == UNITS
    told = sa.select(RestockWish.user_id).where(RestockWish.told_at.is_not(None))
    assert sorted(trade.run(lambda s: s.scalars(told).all())) == people[:UNITS]


@pytest.mark.race(twin="test_without_the_lock_more_are_told_than_there_are_packs")
def test_no_more_are_told_at_once_than_there_are_packs(trade: Trade, people: list[int]):
    two_are_told(trade, people)


def test_without_the_lock_more_are_told_than_there_are_packs(
    trade: Trade, unit_of_work, people: list[int], backend: str
):
    if backend == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which no switch turns off")
    trade.unit_of_work = without_locks(unit_of_work)
    assert goes_wrong(lambda: two_are_told(trade, people))
