"""What producers say about their lots."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import StockState, Variant
from shop.inventory.errors import LotTooSmall
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration, close_expired_lots, correct_lot, declare_lot, withdraw_lot
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.inventory.stock import buyable_units
from shop.inventory.supply import supply_of
from shop.kit.errors import InvalidInput
from shop.ordering.cancellation import cancel_unpaid
from tests.factories.buying import buy
from tests.factories.small_shop import add_product, open_small_shop

FARMER = Author(None)


@pytest.fixture
def shop(session):
    return open_small_shop(session)


def declaration(shop, **changes) -> Declaration:
    facts = {
        "variant_id": shop.variants["tea"], "producer_id": shop.producers["chen"], "units": 12,
        "best_before": date(2027, 6, 1),
    }  # fmt: skip
    return Declaration(**facts | changes)


def test_a_declared_lot_is_for_sale_and_belongs_to_its_household(session, shop):
    lot = declare_lot(session, declaration(shop), author=FARMER, now=shop.now)
    session.commit()
    assert (lot.declared, lot.available, lot.status) == (12, 12, LotStatus.OPEN)
    assert [(share.household_id, share.share_bp) for share in lot.shares] == [
        (shop.households["chen"], 10_000)
    ]
    assert buyable_units(session, [shop.variants["tea"]], now=shop.now) == {shop.variants["tea"]: 52}
    assert session.scalars(sa.select(LotChange.declared_change)).all() == [12]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"units": 0}, "units"),
        ({"units": 10**9}, "units"),
        ({"best_before": date(2026, 11, 22)}, "best_before"),
        ({"harvested_on": date(2026, 11, 24)}, "harvested_on"),
        ({"packed_on": date(2026, 11, 1), "best_before": date(2027, 8, 29)}, "best_before"),
        ({"harvested_on": date(2026, 11, 1), "best_before": date(2027, 8, 29)}, "best_before"),
        ({"best_before": date(2027, 9, 20)}, "best_before"),
        ({"shares": {1: 9_000}}, "shares"),
    ],
)
def test_what_cannot_be_is_named_by_field(session, shop, wrong, field):
    with pytest.raises(InvalidInput) as refused:
        declare_lot(session, declaration(shop, **wrong), author=FARMER, now=shop.now)
    assert set(refused.value.errors) == {field}


def test_what_a_household_keeps_is_its_own(session, shop):
    others = {shop.households["li"]: 10_000}
    with pytest.raises(InvalidInput) as refused:
        declare_lot(session, declaration(shop, shares=others), author=FARMER, now=shop.now)
    assert set(refused.value.errors) == {"shares"}


def test_the_lot_named_first_keeps_until_the_goods_are_there(session, shop):
    """Of two lots the one that spoils first stands first, unless nobody could get it any more."""
    tea = shop.variants["tea"]
    soon = declare_lot(
        session, declaration(shop, best_before=date(2026, 11, 26)), author=FARMER, now=shop.now
    )
    session.commit()
    now = supply_of(session, [tea], now=shop.now)
    by_truck = supply_of(session, [tea], now=shop.now, needed=date(2026, 11, 28))
    assert now.first_lots[tea].lot_id == soon.id
    assert by_truck.first_lots[tea].lot_id != soon.id
    assert by_truck.first_lots[tea].best_before >= date(2026, 11, 28)


def test_a_correction_never_goes_below_what_is_promised(session, shop):
    buy(session, shop, {"tea": 5})
    lot_id = shop.lots["tea-li"]
    with pytest.raises(LotTooSmall):
        correct_lot(session, lot_id, declared=4, reason="counted", author=FARMER, now=shop.now)
    session.rollback()
    correct_lot(session, lot_id, declared=7, reason="counted", author=FARMER, now=shop.now)
    session.commit()
    lot = session.get_one(Lot, lot_id, populate_existing=True)
    assert (lot.declared, lot.available, lot.held) == (7, 2, 5)


def test_a_withdrawn_lot_keeps_its_promises_and_sells_nothing_more(session, shop):
    placed = buy(session, shop, {"tea": 5})
    withdraw_lot(session, shop.lots["tea-li"], reason="wet", author=FARMER, now=shop.now)
    session.commit()
    cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    session.commit()
    lot = session.get_one(Lot, shop.lots["tea-li"], populate_existing=True)
    assert (lot.available, lot.held, lot.withdrawn, lot.status) == (0, 0, 20, LotStatus.CLOSED)


def test_lots_past_their_best_before_leave_the_shop(session, shop):
    assert close_expired_lots(session, now=shop.now + timedelta(days=25)) == 1
    session.commit()
    assert session.get_one(Lot, shop.lots["eggs-yu"], populate_existing=True).status == LotStatus.CLOSED
    state = session.scalar(sa.select(Variant.stock_state).where(Variant.sku == "eggs"))
    assert state is StockState.SOLD_OUT


def test_a_gift_box_can_be_bought_as_often_as_its_parts_suffice(session, shop):
    box = add_product(session, shop, "box", price_fen=20_000, parts={"tea": 6, "eggs": 1})
    session.commit()
    assert buyable_units(session, [box], now=shop.now) == {box: 6}
    buy(session, shop, {"box": 5})
    assert buyable_units(session, [box], now=shop.now) == {box: 1}
    assert session.get_one(Variant, box, populate_existing=True).stock_state is StockState.FEW_LEFT
