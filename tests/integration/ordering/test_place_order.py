"""Placing an order, on the migrated schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import Consent, User
from shop.catalogue.models import Product, ProductStatus, Seller, Variant
from shop.delivery.errors import NotServed, RunClosed, RunFull
from shop.delivery.models import Run
from shop.inventory.models import Allocation, HouseholdMonth, Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.basket import BasketOwner
from shop.ordering.checkout import place_order
from shop.ordering.errors import (
    EmptyBasket,
    LimitReached,
    NotForSale,
    PriceChanged,
    SoldOut,
    TermsNotConfirmed,
)
from shop.ordering.models import BasketItem, InvoiceKind, Order, OrderLine
from shop.ordering.wish import InvoiceWish
from tests.factories.buying import SOMEWHERE, a_guest, a_wish, buy, fill_basket
from tests.factories.counting import counted_statements
from tests.factories.small_shop import NOW, add_lot, add_product, open_small_shop


@pytest.fixture
def shop(session):
    return open_small_shop(session)


@pytest.fixture
def user_id(session) -> int:
    user = User(email="buyer@example.com", created_at=NOW)
    session.add(user)
    session.commit()
    return user.id


def lot_of(session, shop, name) -> Lot:
    return session.get_one(Lot, shop.lots[name], populate_existing=True)


def test_an_order_copies_goods_and_prices_and_empties_the_basket(session, shop):
    placed = buy(session, shop, {"tea": 2, "eggs": 1})
    order = session.get_one(Order, placed.order_id)
    lines = session.scalars(sa.select(OrderLine).order_by(OrderLine.id)).all()
    assert [(line.sku, line.quantity, line.line_fen) for line in lines] == [
        ("tea", 2, 13600),
        ("eggs", 1, 5900),
    ]
    assert (order.goods_fen, order.freight_fen, order.total_fen) == (19500, 0, 19500)
    assert lines[1].return_exempt
    assert session.scalar(sa.select(sa.func.count()).select_from(BasketItem)) == 0
    assert session.scalar(sa.select(Consent.order_number)) == order.number


def test_stock_is_held_on_a_lot_and_counted_for_its_household(session, shop):
    buy(session, shop, {"tea": 2})
    allocation = session.scalars(sa.select(Allocation)).one()
    lot = lot_of(session, shop, "tea-li")
    assert (allocation.lot_id, allocation.units, allocation.household_fen) == (lot.id, 2, 13600 * 76 // 100)
    assert (lot.available, lot.held) == (18, 2)
    figures = session.scalars(sa.select(HouseholdMonth)).one()
    assert (figures.household_id, figures.held_fen) == (shop.households["li"], allocation.household_fen)


def test_the_next_order_goes_to_the_household_that_has_less(session, shop):
    buy(session, shop, {"tea": 2})
    buy(session, shop, {"tea": 1})
    assert (lot_of(session, shop, "tea-li").held, lot_of(session, shop, "tea-wang").held) == (2, 1)


def test_a_courier_order_pays_freight_for_each_parcel_really_planned(session, shop):
    placed = buy(session, shop, {"tea": 2, "eggs": 1}, courier=True)
    order = session.get_one(Order, placed.order_id)
    # Tea and eggs are both to be had in Ruhe: one parcel of 2.8 kg.
    assert order.freight_fen == 800 + 2 * 200
    lots = set(session.scalars(sa.select(Allocation.lot_id)))
    assert lots == {shop.lots["tea-wang"], shop.lots["eggs-yu"]}


def test_a_gift_box_takes_its_parts_from_lots_and_shares_its_price_by_their_value(session, shop):
    add_product(session, shop, "box", price_fen=20_000, gross_g=3000, parts={"tea": 2, "eggs": 1})
    placed = buy(session, shop, {"box": 1}, courier=True)
    allocations = {one.lot_id: one for one in session.scalars(sa.select(Allocation))}
    tea, eggs = allocations[shop.lots["tea-li"]], allocations[shop.lots["eggs-yu"]]
    assert (tea.units, eggs.units) == (2, 1)
    assert tea.household_fen + eggs.household_fen == 20_000 * 76 // 100
    assert tea.household_fen > eggs.household_fen
    assert session.get_one(Order, placed.order_id).freight_fen == 800 + 2 * 200  # one parcel, from the hub


def test_the_same_form_twice_is_one_order(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1}, now=shop.now)
    wish = a_wish(shop, owner)
    first, second = place_order(session, wish, now=shop.now), place_order(session, wish, now=shop.now)
    assert (first.number, first.is_new, second.is_new) == (second.number, True, False)
    assert lot_of(session, shop, "tea-li").held == 1


def test_the_token_of_somebody_elses_order_opens_nothing(session, shop, user_id):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1}, now=shop.now)
    wish = a_wish(shop, owner)
    place_order(session, wish, now=shop.now)
    session.commit()
    with pytest.raises(NotFound):
        place_order(session, replace(wish, user_id=user_id), now=shop.now)


def test_an_empty_basket_is_no_order(session, shop):
    with pytest.raises(EmptyBasket):
        place_order(session, a_wish(shop, a_guest()), now=shop.now)


def test_a_price_that_changed_is_shown_again_and_not_charged(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1}, now=shop.now)
    wish = a_wish(shop, owner, seen_goods="0123456789abcdef")
    with pytest.raises(PriceChanged):
        place_order(session, wish, now=shop.now)


def test_freight_that_changed_is_shown_again_and_not_charged(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1}, now=shop.now)
    session.commit()
    with pytest.raises(PriceChanged):
        place_order(session, a_wish(shop, owner, courier=True, seen_freight={"near": 700}), now=shop.now)
    session.rollback()
    place_order(session, a_wish(shop, owner, courier=True, seen_freight={"near": 800}), now=shop.now)


def test_what_is_short_is_named_and_nothing_is_held(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 3, "eggs": 10}, now=shop.now)
    session.commit()
    buy(session, shop, {"eggs": 4})
    with pytest.raises(SoldOut) as refused:
        place_order(session, a_wish(shop, owner), now=shop.now)
    session.rollback()
    assert refused.value.facts == {"sku": "eggs", "left": 6, "wanted": 10}
    assert lot_of(session, shop, "tea-li").held == 0


def test_goods_that_left_the_shop_are_named(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1}, now=shop.now)
    session.get_one(Product, shop.products["tea"]).status = ProductStatus.WITHDRAWN
    session.flush()
    with pytest.raises(NotForSale) as refused:
        place_order(session, a_wish(shop, owner), now=shop.now)
    assert refused.value.facts["sku"] == "tea"


def test_goods_that_cannot_be_sent_back_need_the_buyers_word(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"eggs": 1}, now=shop.now)
    with pytest.raises(TermsNotConfirmed):
        place_order(session, a_wish(shop, owner, confirmed_skus=frozenset()), now=shop.now)


def test_a_limit_counts_what_the_same_telephone_ordered_before(session, shop):
    session.get_one(Variant, shop.variants["tea"]).limit_per_buyer = 2
    session.flush()
    buy(session, shop, {"tea": 2})
    owner = a_guest()
    fill_basket(session, owner, {"tea": 1}, now=shop.now)
    session.commit()
    with pytest.raises(LimitReached):
        place_order(session, a_wish(shop, owner), now=shop.now)
    session.rollback()
    later = shop.now + timedelta(days=31)
    session.get_one(Run, shop.run_id).cutoff_at = later + timedelta(days=1)
    session.flush()
    place_order(session, a_wish(shop, owner), now=later)


@pytest.mark.parametrize("signs_in_first", [True, False])
def test_signing_in_or_out_gives_no_second_helping(session, shop, user_id, signs_in_first):
    session.get_one(Variant, shop.variants["tea"]).limit_per_buyer = 2
    session.flush()
    buyers = [BasketOwner(user_id=user_id), a_guest()]
    first, second = buyers if signs_in_first else reversed(buyers)
    for owner in (first, second):
        fill_basket(session, owner, {"tea": 2}, now=shop.now)
    session.commit()
    place_order(session, a_wish(shop, first), now=shop.now)
    session.commit()
    with pytest.raises(LimitReached):
        place_order(session, a_wish(shop, second), now=shop.now)


def test_a_gift_for_a_colleague_leaves_the_colleague_a_share(session, shop, user_id):
    """Only what was ordered without an account is charged to a telephone that an account names."""
    session.get_one(Variant, shop.variants["tea"]).limit_per_buyer = 2
    colleague = User(email="colleague@example.com", created_at=NOW)
    session.add(colleague)
    session.commit()
    for buyer_id in (user_id, colleague.id):
        owner = BasketOwner(user_id=buyer_id)
        fill_basket(session, owner, {"tea": 2}, now=shop.now)
        session.commit()
        assert place_order(session, a_wish(shop, owner), now=shop.now).order_id
        session.commit()


def test_a_truck_has_room_for_so_much_and_no_more(session, shop):
    session.get_one(Run, shop.run_id).capacity_g = 500
    session.flush()
    buy(session, shop, {"tea": 2})
    with pytest.raises(RunFull):
        buy(session, shop, {"tea": 1})
    session.rollback()
    assert session.get_one(Run, shop.run_id, populate_existing=True).booked_g == 400


def test_an_invoice_to_the_seller_itself_is_refused_before_anything_is_ordered(session, shop):
    own = session.get_one(Seller, shop.seller_id).tax_number
    wish = InvoiceWish(InvoiceKind.ORGANISATION, "合作社", own)
    with pytest.raises(InvalidInput, match="seller's own tax number"):
        buy(session, shop, {"tea": 1}, invoice=wish)
    assert session.scalars(sa.select(Order)).all() == []


def test_after_the_cutoff_the_truck_takes_no_order(session, shop):
    session.get_one(Run, shop.run_id).cutoff_at = shop.now
    session.flush()
    with pytest.raises(RunClosed):
        buy(session, shop, {"tea": 1})


def test_where_no_courier_goes_is_said(session, shop):
    with pytest.raises(NotServed):
        buy(session, shop, {"tea": 1}, delivery=replace(SOMEWHERE, province="西藏自治区"))


@pytest.mark.parametrize("courier", [True, False])
def test_the_statements_do_not_grow_with_the_lines(session, shop, engine, unit_of_work, courier):
    """From the form to the commit, what follows in the same transaction included, and how many orders may stay unpaid."""
    for number in range(12):
        add_product(session, shop, f"good{number}", price_fen=1000 + number, limit=9)
        add_lot(session, shop, f"good{number}", f"good{number}", "li", units=50)
    session.commit()
    counts = []
    for goods in ({"good0": 1}, {"good0": 1}, {f"good{number}": 2 for number in range(12)}):
        owner = a_guest()
        fill_basket(session, owner, goods, now=shop.now)
        session.commit()
        wish = a_wish(shop, owner, courier=courier)
        with counted_statements(engine) as statements:
            unit_of_work.run(partial(place_order, wish=wish, now=shop.now))
        counts.append(len(statements))
    _of_the_first, *counts = counts
    assert counts[0] == counts[1] <= 21, counts
