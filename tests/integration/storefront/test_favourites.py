"""Wishlists, waiting for what is sold out in a fair turn, and what was bought before."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Product, Variant
from shop.favourites.errors import CanBeBought
from shop.favourites.models import RestockWish
from shop.favourites.restock import HEAD_START, ask_restock, tell_next
from shop.inventory.models import Lot
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from shop.rounds import tell_of_restock
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements
from tests.factories.people import make_person, post, sign_in
from tests.factories.trade import open_for_trade

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    at_work.now = max(at_work.now, utc_now() - timedelta(hours=2))
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def buyer(client, unit_of_work):
    person = make_person(unit_of_work)
    sign_in(client, person.email)
    return person


def slug_of(trade, sku="tea"):
    found = sa.select(Product.slug).join(Variant, Variant.product_id == Product.id).where(Variant.sku == sku)
    return trade.run(lambda session: session.scalars(found).one())


def variant_of(trade, sku="tea"):
    return trade.run(lambda session: session.scalars(sa.select(Variant.id).where(Variant.sku == sku)).one())


def there_are(trade, units):
    """So many units of tea in one lot, and none elsewhere."""

    def stock(session):
        variant_id = session.scalars(sa.select(Variant.id).where(Variant.sku == "tea")).one()
        lots = session.scalars(sa.select(Lot).where(Lot.variant_id == variant_id).order_by(Lot.id)).all()
        for place, lot in enumerate(lots):
            left = units if place == 0 else 0
            lot.declared += left - lot.available
            lot.available = left
        session.flush()
        refresh_stock_state(session, [variant_id], now=trade.now)

    trade.run(stock)


def told(trade):
    rows = sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)
    payloads = trade.run(lambda session: session.scalars(rows).all())
    return [one["user_id"] for one in payloads if one.get("message") == "back_in_stock"]


def test_the_heart_leads_to_the_list_and_the_list_says_what_has_changed(
    client, engine, session, trade, buyer
):
    slug = slug_of(trade)
    assert f"/account/wishlist/add?product={slug}" in client.get(f"/products/{slug}").text
    here = f"/account/wishlist/add?product={slug}"
    assert client.get(here).status_code == 200
    for _ in range(2):
        assert post(client, "/account/wishlist/add", form_at=here, product=slug).status_code == 303
    session.execute(sa.text("UPDATE favourites SET price_fen = price_fen + 500"))
    session.commit()
    with counted_statements(engine) as statements:
        shown = client.get("/account/wishlist", headers=ENGLISH).text
    assert len(statements) <= 12, statements
    assert "1 product" in shown
    assert "¥5.00 cheaper than when you put it here" in shown
    post(client, "/account/wishlist/remove", form_at="/account/wishlist", product=slug)
    assert "Nothing is on your wishlist" in client.get("/account/wishlist", headers=ENGLISH).text
    assert client.get("/account/wishlist/add?product=absent").status_code == 404


def test_a_guest_is_led_to_sign_in_and_back(client, trade):
    answer = client.get(f"/account/wishlist/add?product={slug_of(trade)}")
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=/account/wishlist/add")


def test_who_asked_first_is_told_first_and_no_more_than_there_are_packs(trade, unit_of_work):
    there_are(trade, 0)
    people = [make_person(unit_of_work, f"p{place}@example.com").id for place in range(4)]
    for place, person in enumerate(people):
        at = trade.now + timedelta(minutes=place)
        assert trade.run(lambda s, who=person, now=at: ask_restock(s, who, "tea", now=now))
        assert not trade.run(lambda s, who=person, now=at: ask_restock(s, who, "tea", now=now))
    assert tell_of_restock(unit_of_work, now=trade.now) == 0
    there_are(trade, 2)
    later = trade.now + timedelta(hours=1)
    for _ in range(2):
        tell_of_restock(unit_of_work, now=later)
    assert told(trade) == people[:2]
    tell_of_restock(unit_of_work, now=later + HEAD_START + timedelta(minutes=1))
    assert told(trade) == people
    variant = variant_of(trade)
    assert trade.run(lambda s: tell_next(s, variant, now=later + 3 * HEAD_START)) == 0, "told once"
    with pytest.raises(CanBeBought):
        trade.run(lambda s: ask_restock(s, people[0], "tea", now=later))


def test_who_was_told_and_has_ordered_makes_room_for_the_next(trade, unit_of_work):
    there_are(trade, 0)
    people = [make_person(unit_of_work, f"p{place}@example.com").id for place in range(2)]
    for place, person in enumerate(people):
        at = trade.now + timedelta(minutes=place)
        trade.run(lambda s, who=person, now=at: ask_restock(s, who, "tea", now=now))
    there_are(trade, 1)
    tell_of_restock(unit_of_work, now=trade.now)
    assert told(trade) == people[:1]
    order_id = trade.order({"tea": 1}, courier=True)
    there_are(trade, 1)
    tell_of_restock(unit_of_work, now=trade.now)
    assert told(trade) == people[:1], "somebody else's order: the head start is not over"
    trade.run(lambda s: setattr(s.get_one(Order, order_id), "user_id", people[0]))
    tell_of_restock(unit_of_work, now=trade.now)
    assert told(trade) == people


def test_a_sold_out_pack_is_waited_for_by_a_button_and_given_up_again(client, trade, buyer):
    there_are(trade, 0)
    slug = slug_of(trade)
    here = f"/account/restock/ask?product={slug}&sku=tea"
    assert f"/account/restock/ask?product={slug}&amp;sku=tea" in client.get(f"/products/{slug}?sku=tea").text
    assert post(client, "/account/restock/ask", form_at=here, sku="tea").status_code == 303
    assert "You wait for it already" in client.get(here, headers=ENGLISH).text
    post(client, "/account/restock/stop", form_at="/account/wishlist", sku="tea")
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(RestockWish))) == 0


def test_what_was_bought_stands_once_at_todays_price(client, engine, session, trade, buyer):
    for goods in ({"tea": 1, "honey": 1}, {"tea": 2}):
        order_id = trade.sell(goods, courier=True)
        trade.run(
            lambda s, one=order_id: s.execute(
                sa.update(Order).where(Order.id == one).values(user_id=buyer.id)
            )
        )
    with counted_statements(engine) as statements:
        shown = client.get("/account/bought", headers=ENGLISH).text
    assert len(statements) <= 10, statements
    assert shown.count('name="sku" value="tea"') == 1
    assert "68.00" in shown
    assert "in 2 orders" in shown
    assert shown.index('value="tea"') < shown.index('value="honey"')


def test_what_is_waited_for_is_a_pack_of_the_goods_that_are_named(client, trade, buyer):
    there_are(trade, 0)
    here = slug_of(trade)
    other = trade.run(lambda s: s.scalar(sa.select(Product.slug).where(Product.slug != here)))
    asked = "/account/restock/ask?sku=tea&product="
    assert client.get(asked + here).status_code == 200
    assert client.get(asked + other).status_code == 404
