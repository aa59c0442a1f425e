"""Goods are sold only for a delivery that they outlast: by truck, by courier, and whenever lots are chosen anew."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import ShopSetting
from shop.delivery.models import Run, RunStop
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.ordering.cancellation import cancel_unpaid
from shop.ordering.checkout import place_order
from shop.ordering.confirmation import ConfirmOutcome, confirm
from shop.ordering.errors import SoldOut, WouldNotKeep
from shop.ordering.missed_trucks import MOVED, truck_news
from shop.ordering.models import Order, OrderEvent
from shop.ordering.quoting import quote_basket
from shop.ordering.wish import Courier, Pickup
from tests.factories.buying import a_guest, a_wish, buy, fill_basket
from tests.factories.small_shop import add_lot, add_product, fill_shelves, open_small_shop
from tests.factories.trade import open_for_trade

ARRIVES = 4  # days from now, by the truck of the small shop
FAR = Courier("广东省", "广州市", "天河区", "1 号")


@pytest.fixture
def shop(session):
    shop = open_small_shop(session)
    add_product(session, shop, "oyster", price_fen=1200)
    session.commit()
    return shop


@pytest.fixture
def later_run(session, shop) -> int:
    return add_run(session, shop, days=7)


def add_run(session, shop, *, days: int, capacity_g: int = 500_000) -> int:
    first = session.get_one(Run, shop.run_id)
    moved = {
        name: getattr(first, name) + timedelta(days=days)
        for name in ("cutoff_at", "departs_at", "arrives_at")
    }
    run = Run(
        code=f"R+{days}", capacity_g=capacity_g, stops=[RunStop(pickup_point_id=shop.point_id)], **moved
    )
    session.add(run)
    session.commit()
    return run.id


def mushrooms(session, shop, *, days: int, units: int = 9, household: str = "li") -> None:
    add_lot(session, shop, f"oyster-{household}-{days}", "oyster", household, units=units, days=days)
    session.commit()


def allocated_lots(session) -> list[str]:
    statement = sa.select(Lot.code).join(Allocation, Allocation.lot_id == Lot.id).order_by(Allocation.id)
    return list(session.scalars(statement))


def test_goods_that_end_on_the_day_of_arrival_are_not_sold_for_it(session, shop):
    mushrooms(session, shop, days=ARRIVES)
    with pytest.raises(WouldNotKeep) as refused:
        buy(session, shop, {"oyster": 1})
    session.rollback()
    assert refused.value.facts["names"] == "好oyster"
    assert set(refused.value.errors) == {"run"}
    assert session.scalar(sa.select(sa.func.sum(Lot.held))) == 0


def test_goods_that_keep_a_day_longer_are_sold(session, shop):
    mushrooms(session, shop, days=ARRIVES)
    mushrooms(session, shop, days=ARRIVES + 1, household="yu")
    buy(session, shop, {"oyster": 1})
    assert allocated_lots(session) == ["oyster-yu-5"]


def test_an_admin_says_for_how_long_goods_must_keep(session, shop):
    mushrooms(session, shop, days=ARRIVES + 1)
    session.add(ShopSetting(name="keep_days_after_arrival", value={"value": 2}, changed_at=shop.now))
    session.commit()
    with pytest.raises(WouldNotKeep):
        buy(session, shop, {"oyster": 1})


def test_what_nobody_has_is_sold_out_and_not_too_fresh(session, shop):
    mushrooms(session, shop, days=ARRIVES, units=2)
    owner = a_guest()
    fill_basket(session, owner, {"oyster": 2}, now=shop.now)
    session.execute(sa.update(Lot).where(Lot.code.like("oyster%")).values(available=1, committed=1))
    session.commit()
    with pytest.raises(SoldOut):
        place_order(session, a_wish(shop, owner), now=shop.now)


def test_a_gift_box_is_as_fresh_as_what_is_in_it(session, shop):
    mushrooms(session, shop, days=ARRIVES)
    add_product(session, shop, "basket", price_fen=9000, parts={"tea": 1, "oyster": 2})
    with pytest.raises(WouldNotKeep):
        buy(session, shop, {"basket": 1})


def test_a_courier_order_counts_making_ready_and_the_zones_slowest_days(session, shop):
    # Two days to make it ready, up to four on the way, one to keep.
    mushrooms(session, shop, days=6)
    with pytest.raises(WouldNotKeep) as refused:
        buy(session, shop, {"oyster": 1}, courier=True)
    session.rollback()
    assert set(refused.value.errors) == {"delivery"}
    mushrooms(session, shop, days=7, household="yu")
    buy(session, shop, {"oyster": 1}, courier=True)
    assert allocated_lots(session) == ["oyster-yu-7"]


def test_a_quote_closes_the_trucks_and_zones_that_are_too_slow(session, shop, later_run):
    session.execute(sa.text("UPDATE freight_zones SET days_max = 8 WHERE slug = 'far'"))
    mushrooms(session, shop, days=8)
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1, "oyster": 1}, now=shop.now)
    session.commit()
    runs = session.scalars(sa.select(Run).order_by(Run.arrives_at)).all()
    quote = quote_basket(session, owner, runs, now=shop.now)
    assert [quote.reaches(run) for run in runs] == [True, False]
    assert [line.sku for line in quote.trucks[later_run].spoils] == ["oyster"]
    assert set(quote.freight_fen) == {"near"}
    assert quote.freight_to("广东省") is None
    assert [line.sku for line in quote.spoils_to("广东省")] == ["oyster"]
    with pytest.raises(WouldNotKeep):
        place_order(session, a_wish(shop, owner, delivery=FAR), now=shop.now)
    session.rollback()
    with pytest.raises(WouldNotKeep):
        place_order(session, a_wish(shop, owner, delivery=Pickup(shop.point_id, later_run)), now=shop.now)
    session.rollback()
    place_order(session, a_wish(shop, owner), now=shop.now)


def pay_late(session, shop, order_id, *, at):
    """The order is dead, and then its money comes."""
    cancel_unpaid(session, order_id, now=shop.now, reason="unpaid")
    session.commit()
    outcome = confirm(session, order_id, now=at)
    session.commit()
    return outcome


def test_a_dead_order_comes_alive_on_a_later_truck_with_goods_that_keep_until_then(session, shop, later_run):
    mushrooms(session, shop, days=8)
    placed = buy(session, shop, {"oyster": 1})
    mushrooms(session, shop, days=ARRIVES + 7 + 1, household="yu")
    after_cutoff = shop.now + timedelta(days=2, hours=1)
    assert pay_late(session, shop, placed.order_id, at=after_cutoff) is ConfirmOutcome.CONFIRMED
    assert session.get_one(Order, placed.order_id).run_id == later_run
    assert allocated_lots(session) == ["oyster-li-8", "oyster-yu-12"]
    events = session.scalars(sa.select(OrderEvent).where(OrderEvent.order_id == placed.order_id)).all()
    assert truck_news(events) == MOVED


def test_a_dead_order_stays_dead_when_nothing_keeps_until_a_later_truck(session, shop, later_run):
    mushrooms(session, shop, days=8)
    placed = buy(session, shop, {"oyster": 1})
    after_cutoff = shop.now + timedelta(days=2, hours=1)
    assert pay_late(session, shop, placed.order_id, at=after_cutoff) is ConfirmOutcome.DEAD_WITHOUT_STOCK
    assert session.get_one(Run, later_run, populate_existing=True).booked_g == 0


@pytest.mark.parametrize(("days", "goes_on"), [(ARRIVES, False), (ARRIVES + 1, True)])
def test_what_a_household_declines_goes_only_to_goods_that_keep(session, unit_of_work, days, goes_on):
    trade = open_for_trade(session, unit_of_work)
    shop = trade.shop
    add_product(session, shop, "oyster", price_fen=1200)
    add_lot(session, shop, "first", "oyster", "li", units=3, days=30)
    fill_shelves(session, shop)
    session.commit()
    order_id = trade.sell({"oyster": 2})
    add_lot(session, shop, "second", "oyster", "yu", units=9, days=days)
    fill_shelves(session, shop)
    session.commit()
    trade.decline(order_id)
    committed = sa.select(Lot.code).join(Allocation).where(Allocation.status == AllocationStatus.COMMITTED)
    assert trade.run(lambda inner: inner.scalars(committed).all()) == (["second"] if goes_on else [])
    assert trade.violations() == []


def test_what_waits_finds_no_goods_that_would_spoil_on_the_way(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"eggs": 2}, courier=True)
    add_lot(session, trade.shop, "stale", "eggs", "wang", units=9, days=6)
    session.commit()
    task = trade.decline(order_id)
    waiting = partial(lambda inner, task_id: inner.get_one(type(task), task_id), task_id=task.id)
    assert trade.run(waiting).needs_person_at is not None
