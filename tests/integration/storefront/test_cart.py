"""The basket, as a browser and as a program see it."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Order, OrderStatus
from tests.factories.buying import buy
from tests.factories.counting import counted_statements
from tests.factories.people import make_person, sign_in
from tests.factories.small_shop import add_lot, add_product, fill_shelves, open_small_shop

JSON = {"Accept": "application/json"}
NO_QUANTITIES = [
    "-1", "0", "0.5", "1e3", "NaN", "9223372036854775808", "²", "１２", "9" * 400, "", "null", "[1]", "1,5", "0x10", "201",
]  # fmt: skip


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


def put(client, sku="tea", quantity="1", **kwargs):
    return client.post("/cart/items", data={"sku": sku, "quantity": quantity}, **kwargs)


def test_an_empty_basket_says_so(client, shop):
    page = client.get("/cart")
    assert page.status_code == 200
    assert "/products" in page.text


def test_a_guest_puts_in_changes_and_takes_out(client, shop):
    assert put(client, quantity="2").headers["Location"] == "/cart"
    assert "好tea" in client.get("/cart").text
    assert client.post("/cart/items/tea", data={"quantity": "5"}).status_code == 303
    assert client.get("/session/summary").json["basket_count"] == 5
    client.post("/cart/items/tea", data={"quantity": "0"})
    assert client.get("/session/summary").json["basket_count"] == 0


def test_the_cookie_is_random_hidden_from_scripts_and_stays_on_this_site(client, shop):
    cookie = put(client).headers["Set-Cookie"]
    assert cookie.startswith("basket=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "basket=" not in put(client).headers.get("Set-Cookie", "")


def test_a_program_is_told_the_count(client, shop):
    answer = put(client, quantity="3", headers=JSON)
    assert (answer.status_code, answer.json["basket_count"]) == (200, 3)


def test_buy_now_goes_on_to_checkout(client, shop):
    answer = client.post("/cart/items", data={"sku": "tea", "quantity": "1", "buy_now": "1"})
    assert answer.headers["Location"] == "/checkout?now=tea"


def test_buying_now_once_more_buys_what_is_asked_for_and_not_the_sum(client, shop):
    for quantity in ("2", "2", "1"):
        client.post("/cart/items", data={"sku": "tea", "quantity": quantity, "buy_now": "1"})
        assert client.get("/session/summary").json["basket_count"] == int(quantity)
    assert put(client, quantity="2", headers=JSON).json["basket_count"] == 3


@pytest.mark.parametrize("quantity", NO_QUANTITIES)
def test_what_is_no_quantity_is_refused_at_its_field(client, shop, quantity):
    answer = put(client, quantity=quantity, headers=JSON)
    assert answer.status_code == 400
    assert "quantity" in answer.json["errors"]
    page = put(client, quantity=quantity)
    assert page.status_code == 400
    assert client.get("/session/summary").json["basket_count"] == 0


@pytest.mark.parametrize("data", [{}, {"sku": "tea"}, {"sku": "tea", "quantity": ["1", "2"]}])
def test_no_quantity_and_two_quantities_are_refused(client, shop, data):
    assert client.post("/cart/items", data=data, headers=JSON).status_code == 400


@pytest.mark.parametrize(
    ("limit", "more", "words"),
    [
        (None, 150, "You have 150 of it in your basket already; at most 200 in one order."),
        (160, 150, "You have 150 of it in your basket already; at most 160 for each buyer in 30 days."),
        (None, 45, "You have 150 of it in your basket already; there are only 170."),
    ],
)
def test_more_of_what_lies_there_already_says_how_many_that_is(client, session, shop, limit, more, words):
    session.execute(sa.update(Variant).where(Variant.sku == "tea").values(limit_per_buyer=limit))
    stock = 170 if more == 45 else 500
    lots = {"declared": stock, "available": stock}
    session.execute(sa.update(Lot).where(Lot.id == shop.lots["tea-li"]).values(**lots))
    session.execute(sa.update(Lot).where(Lot.id == shop.lots["tea-wang"]).values(declared=0, available=0))
    session.commit()
    program = {"Accept": "application/json", "Accept-Language": "en"}
    data = {"sku": "tea", "quantity": "150"}
    assert client.post("/cart/items", data=data, headers=program).status_code == 200
    refused = client.post("/cart/items", data=data | {"quantity": str(more)}, headers=program)
    assert (refused.status_code, refused.json["detail"]) == (400, words)


def test_too_many_at_once_are_told_the_most_and_nothing_is_put_in(client, shop):
    data = {"sku": "tea", "quantity": "271"}
    page = client.post("/cart/items", data=data, headers={"Accept-Language": "en"})
    assert page.status_code == 400
    assert "At most 200 of it in one order." in page.text
    assert "Your basket is empty" in page.text


def test_what_is_sold_out_is_called_so(client, session, shop):
    session.execute(sa.text("UPDATE lots SET withdrawn = withdrawn + available, available = 0"))
    session.commit()
    for wants_json in ({}, {"Accept": "application/json"}):
        headers = {"Accept-Language": "en"} | wants_json
        answer = client.post("/cart/items", data={"sku": "tea", "quantity": "1"}, headers=headers)
        assert answer.status_code == 400
        assert "It is sold out for now." in answer.text
        assert "Only 0" not in answer.text


def test_a_change_that_cannot_be_keeps_what_was_typed(client, shop):
    put(client)
    page = client.post("/cart/items/tea", data={"quantity": "41"})
    assert page.status_code == 400
    assert 'value="41"' in page.text
    assert 'class="err"' in page.text


def test_what_is_not_sold_is_not_there(client, shop):
    assert put(client, sku="nothing").status_code == 404
    assert client.post("/cart/items/nothing", data={"quantity": "1"}).status_code == 404


def test_another_site_cannot_fill_a_basket(client, shop):
    answer = put(client, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_lines_that_cannot_be_ordered_stand_apart(client, session, shop):
    put(client, sku="eggs", quantity="10")
    session.execute(sa.text("UPDATE lots SET available = 4, committed = 6 WHERE code = 'eggs-yu'"))
    session.commit()
    page = client.get("/cart").text
    assert 'href="/checkout"' not in page
    assert "li gone" in page


def test_a_limit_for_each_buyer_is_called_a_limit_and_not_a_shortage(client, session, shop):
    add_product(session, shop, "salt", price_fen=500, limit=10)
    add_lot(session, shop, "salt-li", "salt", "li", units=742)
    fill_shelves(session, shop)
    session.commit()
    put(client, sku="salt", quantity="10")
    page = client.get("/cart").text
    assert "每人 30 天内限购 10 份" in page
    assert 'max="10"' in page
    assert "只剩" not in page


def test_only_what_is_nearly_gone_is_called_scarce(client, session, shop):
    add_product(session, shop, "rare", price_fen=500, limit=2)
    add_lot(session, shop, "rare-li", "rare", "li", units=3)
    fill_shelves(session, shop)
    session.commit()
    put(client, sku="rare", quantity="1")
    put(client, sku="tea", quantity="18")
    page = client.get("/cart").text
    assert "只剩 3 份" in page
    assert page.count("只剩") == 1


def test_a_limit_that_came_later_is_told_at_the_line(client, session, shop):
    put(client, quantity="5")
    session.execute(sa.text("UPDATE variants SET limit_per_buyer = 4 WHERE sku = 'tea'"))
    session.commit()
    page = client.get("/cart").text
    assert "li gone" in page
    assert "每人 30 天内限购 4 份" in page


def test_a_basket_page_takes_few_statements_whatever_lies_in_it(client, engine, shop):
    with Session(engine) as session:
        for number in range(8):
            add_product(session, shop, f"good{number}", price_fen=1000)
            add_lot(session, shop, f"good{number}", f"good{number}", "li", units=9)
        session.commit()
    for number in range(8):
        put(client, sku=f"good{number}")
    client.get("/cart")
    with counted_statements(engine) as statements:
        client.get("/cart")
    ours = [one for one in statements if "shop_settings" not in one and "catalogue_version" not in one]
    assert len([one for one in ours if "runs" not in one and "pickup_points" not in one]) <= 4, ours


def test_the_summary_is_never_kept(client, shop):
    answer = client.get("/session/summary")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {"basket_count": 0, "signed_in": False, "name": "", "role_links": []}


@pytest.fixture
def limited(session, shop):
    add_product(session, shop, "salt", price_fen=500, limit=4)
    add_lot(session, shop, "salt-li", "salt", "li", units=90)
    fill_shelves(session, shop)
    session.commit()
    return shop


@pytest.fixture
def buyer(client, unit_of_work):
    person = make_person(unit_of_work, "limited@example.com")
    assert sign_in(client, person.email).status_code == 303
    return person


def order_salt(session, shop, units, **who):
    outcome = buy(session, shop, {"salt": units}, **who)
    session.commit()
    return outcome


def test_what_an_account_has_ordered_is_taken_from_its_limit_in_the_basket(client, session, limited, buyer):
    order_salt(session, limited, 3, user_id=buyer.id)
    put(client, sku="salt", quantity="1")
    page = client.get("/cart?lang=en").text
    assert "At most 4 for each buyer in 30 days; you have ordered 3" in page
    assert 'max="1"' in page
    assert 'href="/checkout"' in page
    client.post("/cart/items/salt", data={"quantity": "2"})
    page = client.get("/cart?lang=en").text
    assert 'href="/checkout"' not in page, "checkout would refuse it"
    assert "li gone" in page


def test_a_guest_is_not_told_what_a_telephone_has_ordered(client, session, limited):
    order_salt(session, limited, 3)
    put(client, sku="salt", quantity="2")
    page = client.get("/cart?lang=en").text
    assert "you have ordered" not in page
    assert 'href="/checkout"' in page


def test_orders_of_others_and_cancelled_ones_take_nothing_from_a_limit(client, session, limited, buyer):
    placed = order_salt(session, limited, 3, user_id=buyer.id)
    session.execute(sa.update(Order).where(Order.id == placed.order_id).values(status=OrderStatus.CANCELLED))
    session.commit()
    put(client, sku="salt", quantity="4")
    assert "you have ordered" not in client.get("/cart?lang=en").text


def test_the_basket_says_how_many_arrive_fresh_with_checkouts_number(client, session, shop):
    """Five keep until the truck and the couriers come; two would be bad before."""
    add_product(session, shop, "oyster", price_fen=1200)
    for name, units, days in (("fresh", 5, 30), ("old", 2, 1)):
        lot_id = add_lot(session, shop, f"oyster-{name}", "oyster", "li", units=units)
        session.get_one(Lot, lot_id).best_before = shanghai_date(shop.now) + timedelta(days=days)
    fill_shelves(session, shop)
    session.commit()
    put(client, sku="oyster", quantity="7")
    page, checkout = client.get("/cart?lang=en").text, client.get("/checkout?lang=en").text
    assert "at most 5 arrive fresh" in checkout
    assert "at most 5 arrive fresh" in page
    assert 'max="5"' in page
    assert 'href="/checkout"' not in page
    client.post("/cart/items/oyster", data={"quantity": "5"})
    assert 'href="/checkout"' in client.get("/cart").text


def test_goods_that_no_way_brings_fresh_are_said_in_the_basket(client, session, shop):
    session.execute(sa.update(Lot).values(best_before=shanghai_date(shop.now)))
    session.commit()
    put(client)
    page = client.get("/cart?lang=en").text
    assert "None of it arrives fresh" in page
    assert "No truck and no courier brings all of it while it is fresh" in page
    assert 'href="/checkout"' not in page


def test_the_headings_of_an_empty_basket_leave_out_no_level(client):
    levels = [int(one) for one in re.findall(r"<h([1-6])", client.get("/cart").text)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
