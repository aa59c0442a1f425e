"""Baskets of guests and buyers."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import User
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ordering.basket import MOST_UNITS, BasketOwner, add_item, basket_count, parse_quantity, set_quantity
from shop.ordering.errors import BadQuantity, LimitReached, TooFewLeft
from shop.ordering.lines import basket_lines
from shop.ordering.merging import drop_old_baskets, merge_baskets
from shop.ordering.models import Basket
from tests.factories.buying import a_guest, fill_basket
from tests.factories.small_shop import add_lot, add_product, open_small_shop


@pytest.fixture
def shop(session):
    return open_small_shop(session)


@pytest.fixture
def buyer(session, shop) -> BasketOwner:
    user = User(email="buyer@example.com", created_at=shop.now)
    session.add(user)
    session.commit()
    return BasketOwner(user_id=user.id)


def goods(session, owner) -> dict[str, int]:
    return {line.sku: line.quantity for line in basket_lines(session, owner, now=utc_now())}


def test_the_same_good_twice_is_one_line(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 2}, now=shop.now)
    assert add_item(session, owner, "tea", 3, now=shop.now) == 5
    assert (goods(session, owner), basket_count(session, owner)) == ({"tea": 5}, 5)


def test_quantities_change_and_zero_takes_out(session, shop):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 2, "eggs": 1}, now=shop.now)
    set_quantity(session, owner, "tea", 4, now=shop.now)
    set_quantity(session, owner, "eggs", 0, now=shop.now)
    assert goods(session, owner) == {"tea": 4}
    with pytest.raises(NotFound):
        set_quantity(session, owner, "eggs", 1, now=shop.now)


def test_stock_and_limits_are_told_early(session, shop):
    add_product(session, shop, "rare", price_fen=100, limit=2)
    add_lot(session, shop, "rare", "rare", "li", units=9)
    owner = a_guest()
    with pytest.raises(TooFewLeft):
        add_item(session, owner, "eggs", 11, now=shop.now)
    with pytest.raises(LimitReached) as refused:
        add_item(session, owner, "rare", 3, now=shop.now)
    assert "ordered" not in refused.value.message
    with pytest.raises(BadQuantity):
        add_item(session, owner, "tea", MOST_UNITS + 1, now=shop.now)
    with pytest.raises(NotFound):
        add_item(session, owner, "nothing", 1, now=shop.now)


def test_a_guests_basket_becomes_the_buyers_at_sign_in(session, shop, buyer):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 2}, now=shop.now)
    for _ in range(2):
        merge_baskets(session, owner.token_hash, buyer.user_id, now=shop.now)
        session.commit()
    assert goods(session, buyer) == {"tea": 2}
    assert goods(session, owner) == {}


def test_two_baskets_meet_without_doubling(session, shop, buyer):
    owner = a_guest()
    fill_basket(session, buyer, {"tea": 3}, now=shop.now)
    fill_basket(session, owner, {"tea": 2, "eggs": 1}, now=shop.now)
    merge_baskets(session, owner.token_hash, buyer.user_id, now=shop.now)
    session.commit()
    assert goods(session, buyer) == {"tea": 3, "eggs": 1}
    assert session.scalar(sa.select(sa.func.count()).select_from(Basket)) == 1


def test_baskets_that_nobody_came_back_to_are_forgotten(session, shop, buyer):
    fill_basket(session, a_guest(), {"tea": 2}, now=shop.now)
    fill_basket(session, buyer, {"tea": 3}, now=shop.now)
    session.commit()
    assert drop_old_baskets(session, now=shop.now + timedelta(days=29)) == 0
    fill_basket(session, buyer, {"tea": 1}, now=shop.now + timedelta(days=2))
    assert drop_old_baskets(session, now=shop.now + timedelta(days=31)) == 1
    assert goods(session, buyer) != {}, "its person came back to it"
    assert drop_old_baskets(session, now=shop.now + timedelta(days=33)) == 1
    assert goods(session, buyer) == {}


@pytest.mark.parametrize(
    "typed",
    [
        "-1",
        "0",
        "0.5",
        "1e3",
        "NaN",
        "9223372036854775808",
        "²",
        "9" * 400,
        "",
        " ",
        "1_0",
        "+1",
        "٣",
        "３",
        "1２",
        "[1]",
        "null",
    ],
)
def test_what_is_no_quantity_is_refused(typed):
    with pytest.raises(BadQuantity):
        parse_quantity(typed)


@pytest.mark.parametrize(("typed", "number"), [("1", 1), (" 12 ", 12), ("200", 200)])
def test_whole_numbers_are_understood(typed, number):
    assert parse_quantity(typed) == number
