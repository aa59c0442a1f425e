"""Units that a producer cannot give go to another one's lot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.inventory.errors import OutOfStock, StockMoved
from shop.inventory.holds import withdraw_allocations
from shop.inventory.models import Allocation, AllocationStatus, HouseholdMonth, Lot
from shop.inventory.reallocation import reallocate
from shop.ordering.confirmation import confirm, order_line_ids
from tests.factories.buying import buy
from tests.factories.small_shop import add_lot, open_small_shop


@pytest.fixture
def shop(session):
    return open_small_shop(session)


@pytest.fixture
def confirmed(session, shop):
    placed = buy(session, shop, {"tea": 6})
    confirm(session, placed.order_id, now=shop.now)
    session.commit()
    return placed


def only_allocation(session) -> Allocation:
    return session.scalars(sa.select(Allocation).where(Allocation.status == AllocationStatus.COMMITTED)).one()


def move(session, shop, placed, ids, **changes):
    facts = {
        "order_line_ids": order_line_ids(session, placed.order_id),
        "few_parcels": False,
        "keeps_until": shop.now.date(),
        "reason": "rain",
    }
    return reallocate(session, ids, **facts | changes, now=shop.now)


def lot(session, shop, name) -> tuple[int, int, int]:
    row = session.get_one(Lot, shop.lots[name], populate_existing=True)
    return row.available, row.committed, row.withdrawn


def earned(session) -> dict[int, int]:
    rows = session.execute(sa.select(HouseholdMonth.household_id, HouseholdMonth.earned_fen))
    return {row.household_id: row.earned_fen for row in rows}


def test_units_and_their_money_go_to_the_other_household(session, shop, confirmed):
    old = only_allocation(session)
    fen = old.household_fen
    (new_id,) = move(session, shop, confirmed, [old.id])
    session.commit()
    new = session.get_one(Allocation, new_id)
    assert (new.lot_id, new.units, new.household_fen) == (shop.lots["tea-wang"], 6, fen)
    assert (old.status, old.reason) == (AllocationStatus.WITHDRAWN, "rain")
    assert lot(session, shop, "tea-li") == (14, 0, 6)
    assert lot(session, shop, "tea-wang") == (14, 6, 0)
    assert earned(session) == {shop.households["li"]: 0, shop.households["wang"]: fen}


def test_nobody_who_failed_the_order_is_asked_again(session, shop, confirmed):
    (second_id,) = move(session, shop, confirmed, [only_allocation(session).id])
    session.commit()
    with pytest.raises(OutOfStock):
        move(session, shop, confirmed, [second_id])
    session.rollback()
    assert session.get_one(Allocation, second_id).status == AllocationStatus.COMMITTED
    add_lot(session, shop, "tea-chen", "tea", "chen", units=6)
    session.commit()
    (third_id,) = move(session, shop, confirmed, [second_id])
    assert session.get_one(Allocation, third_id).lot_id == shop.lots["tea-chen"]


def test_what_nobody_has_is_withdrawn_and_its_money_waits(session, shop, confirmed):
    before = earned(session)
    withdraw_allocations(session, [only_allocation(session).id], now=shop.now, reason="rain")
    session.commit()
    assert lot(session, shop, "tea-li") == (14, 0, 6)
    assert earned(session) == before


def test_an_allocation_that_is_not_committed_cannot_be_moved(session, shop, confirmed):
    old = only_allocation(session)
    move(session, shop, confirmed, [old.id])
    session.commit()
    with pytest.raises(StockMoved):
        move(session, shop, confirmed, [old.id])
