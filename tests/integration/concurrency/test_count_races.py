"""Two people count the same shelf: what is missing is taken off once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.fulfilment.stock_taking import count_lot
from shop.inventory.count_models import CountReason, StockCount
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.stock_counts import Counting
from shop.kit.errors import ShopError
from tests.factories.small_shop import add_lot, open_small_shop
from tests.factories.without_locks import goes_wrong, without_locks

PRESSES = 6
_forms = count(1)


@pytest.fixture
def shop(session):
    return open_small_shop(session)


def count_together(session, unit_of_work, shop):
    """Everybody was shown ten and says nine."""
    number = next(_forms)
    lot_id = add_lot(session, shop, f"shelf-{number}", "tea", "li", units=10)
    session.commit()
    start = Barrier(PRESSES)

    def press(place):
        said = Counting(9, 10, CountReason.SPOILED, "", f"form {number}-{place}")
        start.wait()
        try:
            unit_of_work.run(lambda s: count_lot(s, lot_id, said, author=Author(None), now=shop.now).id)
        except ShopError:
            return

    with ThreadPoolExecutor(PRESSES) as threads:
        list(threads.map(press, range(PRESSES)))
    session.expire_all()
    counts = sa.select(sa.func.count(StockCount.id)).where(StockCount.lot_id == lot_id)
    assert session.scalar(counts) == 1
    assert session.get_one(Lot, lot_id).available == 9


@pytest.mark.race(twin="test_without_the_lock_it_is_taken_off_again")
def test_who_counts_the_same_shelf_at_once_takes_it_off_once(session, unit_of_work, shop):
    count_together(session, unit_of_work, shop)


def test_without_the_lock_it_is_taken_off_again(session, unit_of_work, shop):
    unlocked = without_locks(unit_of_work)
    assert goes_wrong(lambda: count_together(session, unlocked, shop))
