"""The checkout page offers only what the basket can really reach, and loses nothing that was typed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.delivery.models import Run, RunStop
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import BasketItem, Order
from tests.factories.buying import buy
from tests.factories.counting import counted_statements
from tests.factories.small_shop import add_lot, add_product, fill_shelves, open_small_shop
from tests.integration.storefront.test_checkout import COURIER, form_of, hidden_fields


@pytest.fixture
def shop(session):
    """Mushrooms keep until the first truck and to the near zone; a second truck comes a week later."""
    shop = open_small_shop(session, now=utc_now())
    add_product(session, shop, "oyster", price_fen=1200)
    lot_id = add_lot(session, shop, "oyster", "oyster", "li", units=5)
    session.get_one(Lot, lot_id).best_before = shanghai_date(shop.now) + timedelta(days=8)
    session.execute(sa.text("UPDATE freight_zones SET days_max = 9 WHERE slug = 'far'"))
    first = session.get_one(Run, shop.run_id)
    later = Run(
        code="R2",
        cutoff_at=first.cutoff_at + timedelta(days=7),
        departs_at=first.departs_at + timedelta(days=7),
        arrives_at=first.arrives_at + timedelta(days=7),
        capacity_g=500_000,
        stops=[RunStop(pickup_point_id=shop.point_id)],
    )
    session.add(later)
    fill_shelves(session, shop)
    session.commit()
    return shop


@pytest.fixture
def basket(client, shop):
    for sku in ("tea", "oyster"):
        client.post("/cart/items", data={"sku": sku, "quantity": "2"})


def runs(session) -> tuple[int, int]:
    first, later = session.scalars(sa.select(Run.id).order_by(Run.arrives_at)).all()
    session.commit()
    return first, later


def card(page, name, value) -> str:
    found = re.search(
        rf'<label class="pick">\s*<input type="radio" name="{name}" value="{value}".*?</label>',
        page.text,
        re.DOTALL,
    )
    assert found, f"no {name} {value}"
    return found[0]


def orders(session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Order))


def test_a_truck_that_comes_too_late_is_greyed_and_names_the_goods(client, session, basket):
    first, later = runs(session)
    page = client.get("/checkout?lang=en")
    assert " checked" in card(page, "run", first)
    greyed = card(page, "run", later)
    assert " disabled" in greyed
    assert "Good oyster" in greyed
    assert "Good tea" not in greyed


def test_a_greyed_truck_that_is_sent_anyway_is_refused_in_words_and_orders_nothing(
    client, session, shop, basket
):
    _first, later = runs(session)
    form = form_of(client, shop, run=str(later), note="多谢")
    page = client.post("/checkout", data=form, headers={"Accept-Language": "en"})
    assert page.status_code == 400
    assert 'id="run-error"' in page.text
    assert "choose an earlier truck" in page.text
    assert 'value="多谢"' in page.text
    assert orders(session) == 0


def test_a_truck_is_never_chosen_for_the_buyer_where_there_are_several(client, session, shop, basket):
    page = client.post("/checkout", data=form_of(client, shop, run=""))
    assert page.status_code == 400
    assert 'id="run-error"' in page.text
    assert orders(session) == 0


def test_a_province_too_far_has_no_freight_but_the_goods_that_rule_it_out(client, session, shop, basket):
    page = client.get("/checkout?lang=en").text
    table = re.search(r'<table class="fz.*?</table>', page, re.DOTALL)[0]
    near, far = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    assert "¥8.00" in near
    assert "Good oyster" in far
    assert "¥" not in far
    far_away = COURIER | {"province": "广东省", "city": "广州市", "district": "天河区"}
    answer = client.post("/checkout", data=form_of(client, shop, **far_away))
    assert answer.status_code == 400
    assert 'id="delivery-error"' in answer.text
    assert client.post("/checkout", data=form_of(client, shop, **COURIER)).status_code == 303


def test_when_nothing_reaches_the_buyer_the_page_says_what_to_leave_out(client, session, shop, basket):
    session.execute(sa.update(Lot).where(Lot.code == "oyster").values(best_before=shanghai_date(shop.now)))
    session.commit()
    page = client.get("/checkout?lang=en")
    assert "Please take fewer of these, or leave them out" in page.text
    assert 'value="oyster:0"' in page.text
    assert all(" disabled" in card(page, "run", run_id) for run_id in runs(session))
    form = form_of(client, shop, leave="oyster:0", note="多谢")
    page = client.post(
        "/checkout", data=form | {"recipient": "", "lang": "en"}, headers={"Accept-Language": "en"}
    )
    assert page.status_code == 200
    assert "It is out of your basket" in page.text
    assert "not right yet" not in page.text
    assert 'class="err"' not in page.text  # nothing was ordered, so nothing is judged
    assert 'value="多谢"' in page.text
    again = form | {"leave": ""} | _stamps(page)
    assert client.post("/checkout", data=again).status_code == 303
    assert list(session.scalars(sa.select(BasketItem.quantity))) == []
    assert session.scalars(sa.select(Order.goods_fen)).one() == 13600


def test_when_only_some_of_it_arrives_fresh_the_page_says_how_many_and_takes_them(client, session, shop):
    fresh = add_lot(session, shop, "fresh", "oyster", "li", units=3)
    session.get_one(Lot, fresh).best_before = shanghai_date(shop.now) + timedelta(days=8)
    session.execute(sa.update(Lot).where(Lot.code == "oyster").values(best_before=shanghai_date(shop.now)))
    fill_shelves(session, shop)
    session.commit()
    client.post("/cart/items", data={"sku": "oyster", "quantity": "5"})
    page = client.get("/checkout?lang=en")
    assert "at most 3 arrive fresh" in page.text
    assert 'value="oyster:3"' in page.text
    page = client.post("/checkout", data=form_of(client, shop, leave="oyster:3"))
    assert client.post("/checkout", data=form_of(client, shop) | _stamps(page)).status_code == 303


def _stamps(page) -> dict[str, str]:
    return {
        name: value
        for name, value in hidden_fields(page).items()
        if name in {"checkout_token", "seen_freight"}
    }


def test_whoever_is_beaten_to_the_stock_keeps_the_form_and_may_take_what_is_left(
    client, session, shop, basket
):
    form = form_of(client, shop, note="多谢")
    buy(session, shop, {"oyster": 4})
    page = client.post("/checkout", data=form, headers={"Accept-Language": "en"})
    assert page.status_code == 400
    assert "only 1 left" in page.text
    assert 'value="多谢"' in page.text
    assert 'value="oyster:1"' in page.text
    page = client.post("/checkout", data=form | {"leave": "oyster:1"})
    answer = client.post("/checkout", data=form | _stamps(page))
    assert answer.status_code == 303
    assert session.scalars(sa.select(Order.goods_fen).order_by(Order.id.desc())).first() == 13600 + 1200


def test_the_last_of_the_only_goods_in_the_basket_is_lost_but_not_the_form(client, session, shop):
    client.post("/cart/items", data={"sku": "oyster", "quantity": "5"})
    form = form_of(client, shop, note="多谢")
    buy(session, shop, {"oyster": 5})
    page = client.post("/checkout", data=form)
    assert page.status_code == 400
    assert 'value="oyster:0"' in page.text
    assert 'value="多谢"' in page.text


def test_the_word_on_returns_that_was_given_stays_when_some_of_it_is_gone(client, session, shop):
    client.post("/cart/items", data={"sku": "eggs", "quantity": "5"})
    form = form_of(client, shop, return_exempt="eggs")
    buy(session, shop, {"eggs": 7})
    page = client.post("/checkout", data=form)
    assert re.search('name="return_exempt" value="eggs"[^>]* checked', page.text)


def test_after_what_was_too_fresh_is_left_out_the_next_truck_is_chosen_again(client, session, shop, basket):
    """The courier was the only way, and not what the buyer had chosen."""
    session.execute(sa.update(Lot).where(Lot.code == "oyster").values(best_before=shanghai_date(shop.now)))
    session.commit()
    first, _later = runs(session)
    opened = client.get("/checkout?lang=en")
    assert " checked" not in card(opened, "delivery", "pickup")
    form = form_of(client, shop, leave="oyster:0", delivery="courier")
    del form["run"]
    page = client.post("/checkout", data=form, headers={"Accept-Language": "en"})
    assert " checked" in card(page, "delivery", "pickup")
    assert " checked" not in card(page, "delivery", "courier")
    assert " checked" in card(page, "run", first)
    assert " checked" in card(page, "pickup_point", shop.point_id)


def test_a_courier_that_the_buyer_chose_stays_chosen_when_something_is_left_out(client, shop, basket):
    page = client.post("/checkout", data=form_of(client, shop, leave="oyster:0", **COURIER))
    assert " checked" in card(page, "delivery", "courier")
    assert " checked" not in card(page, "delivery", "pickup")


@pytest.mark.parametrize("leave", ["oyster", "oyster:x", ":1", "nothing:1", "oyster:9999999"])
def test_a_forged_button_changes_nothing(client, session, shop, basket, leave):
    assert client.post("/checkout", data=form_of(client, shop, leave=leave)).status_code == 400
    assert list(session.scalars(sa.select(BasketItem.quantity))) == [2, 2]
    assert orders(session) == 0


def test_the_statements_of_the_page_do_not_grow_with_the_goods(client, session, engine, shop, basket):
    counts = []
    client.get("/checkout")
    for more in ((), ("eggs",)):
        for sku in more:
            client.post("/cart/items", data={"sku": sku, "quantity": "1"})
        with counted_statements(engine) as statements:
            client.get("/checkout")
        counts.append(len(statements))
    assert counts[0] == counts[1], counts


def test_a_truck_says_its_own_reason_and_how_many_it_would_bring(client, session, shop):
    """One more harvest comes between the two trucks: the first leaves before it, for the second its goods are too old."""
    first, later = runs(session)
    lot_id = add_lot(session, shop, "between", "oyster", "li", units=3)
    leaves = session.get_one(Run, first).departs_at
    lot = session.get_one(Lot, lot_id)
    lot.expected_on = lot.best_before = shanghai_date(leaves) + timedelta(days=1)
    lot.expected_units, lot.confidence_pct = 3, 100
    lot.best_before += timedelta(days=2)
    fill_shelves(session, shop)
    session.commit()
    client.post("/cart/items", data={"sku": "oyster", "quantity": "6"})
    page = client.get("/checkout?lang=en")
    too_early, too_late = card(page, "run", first), card(page, "run", later)
    assert "Good oyster is harvested after that" in too_early
    assert "Good oyster: at most 5 arrive fresh" in too_early
    assert "Not enough Good oyster stays fresh until then" in too_late
    refused = client.post(
        "/checkout", data=form_of(client, shop, run=str(later)), headers={"Accept-Language": "en"}
    )
    assert "choose an earlier truck, take fewer" in refused.text
