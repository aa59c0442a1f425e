"""Goods whose best-before is near: who sees them, and who is told when they are taken off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import User
from shop.catalogue.models import Producer
from shop.inventory.expiring import find_expiring
from shop.inventory.lot_writing import Author
from shop.inventory.lots import close_expired_lots, withdraw_lot
from shop.inventory.models import Lot
from shop.inventory.producer_lots import Keepers
from shop.inventory.taken_off import taken_off_by_others
from tests.factories.counting import counted_statements
from tests.factories.small_shop import add_lot, open_small_shop

TODAY = date(2026, 11, 23)
CHEN = "chen"


@pytest.fixture
def shop(session):
    shop = open_small_shop(session)
    add_lot(session, shop, "old", "tea", CHEN, units=5, days=6)
    add_lot(session, shop, "gone", "tea", CHEN, units=0, days=6)
    add_lot(session, shop, "to come", "tea", CHEN, units=5, days=6)
    expected = {"expected_on": TODAY + timedelta(days=1), "expected_units": 5, "confidence_pct": 100}
    session.execute(sa.update(Lot).where(Lot.code == "to come").values(**expected))
    session.commit()
    return shop


def test_what_is_for_sale_and_old_is_listed_with_what_it_might_cost(session, shop):
    lot, eggs = find_expiring(session, sa.true(), today=TODAY)
    assert (eggs.code, eggs.days_left, eggs.cut_pct) == ("eggs-yu", 20, 20)
    assert (lot.code, lot.days_left, lot.available, lot.others) == ("old", 6, 5, 40)
    assert (lot.cut_pct, lot.suggested_fen) == (50, 3400)


def test_the_list_takes_one_statement_however_long_it_is(engine, session, shop):
    for number in range(20):
        add_lot(session, shop, f"old {number}", "tea", CHEN, units=5, days=6)
    session.commit()
    with counted_statements(engine) as statements:
        assert len(find_expiring(session, sa.true(), today=TODAY)) == 22
    assert len(statements) == 1


def test_a_coordinator_sees_own_villages_alone(session, shop):
    here, there = (Keepers(village_ids=frozenset({shop.villages[name]})) for name in ("mogou", "ruhe"))
    assert [lot.code for lot in find_expiring(session, here.condition(), today=TODAY)] == ["old"]
    assert [lot.code for lot in find_expiring(session, there.condition(), today=TODAY)] == ["eggs-yu"]


def test_a_household_is_told_what_others_took_off_and_why(session, shop):
    farmer, coordinator = (User(email=f"{name}@x.example", created_at=shop.now) for name in "fc")
    session.add_all([farmer, coordinator])
    session.flush()
    own = Keepers(producer_ids=frozenset({shop.producers[CHEN]}))
    by_coordinator = Author(coordinator.id, for_producer=True)
    withdraw_lot(session, shop.lots["old"], reason="受潮了", author=by_coordinator, now=shop.now)
    (told,) = taken_off_by_others(session, own, farmer.id, now=shop.now)
    assert (told.units, told.reason, told.by_person) == (5, "受潮了", True)
    assert taken_off_by_others(session, own, coordinator.id, now=shop.now) == []
    assert taken_off_by_others(session, own, farmer.id, now=shop.now + timedelta(days=15)) == []
    others = session.scalars(sa.select(Producer.id).where(Producer.id != shop.producers[CHEN])).all()
    assert taken_off_by_others(session, Keepers(frozenset(others)), farmer.id, now=shop.now) == []


def test_what_the_shop_takes_off_by_itself_is_told_too(session, shop):
    later = shop.now + timedelta(days=7)
    close_expired_lots(session, now=later)
    own = Keepers(producer_ids=frozenset({shop.producers[CHEN]}))
    assert [(one.units, one.by_person) for one in taken_off_by_others(session, own, 0, now=later)] == [
        (5, False)
    ]
