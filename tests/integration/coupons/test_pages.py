"""Coupons through the forms: in the basket, at checkout, in the account and on the order's page."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import utc_now
from shop.ordering.basket import BasketOwner
from shop.ordering.checkout import place_order
from shop.ordering.coupons.campaigns import pause_campaign
from shop.ordering.coupons.models import CouponAudience, CouponKind, CouponUse
from shop.ordering.models import Order
from tests.factories.buying import a_wish
from tests.factories.counting import counted_statements
from tests.factories.coupons import a_basket_with, add_campaign, add_codes
from tests.factories.people import make_person, post, sign_in
from tests.factories.small_shop import open_small_shop

NOT_USABLE = "这个优惠码不能用"


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def buyer(client, shop, unit_of_work):
    person = make_person(unit_of_work)
    sign_in(client, person.email)
    client.post("/cart/items", data={"sku": "tea", "quantity": "2"})
    return person


def enter(client, code):
    return post(client, "/cart/coupon", "/cart", code=code)


def fields_of(client, shop, **changes):
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*>', client.get("/checkout").text)
    pairs = [(re.search(r'name="([^"]+)"', one)[1], re.search(r'value="([^"]*)"', one)) for one in hidden]
    typed = {
        "delivery": "pickup", "pickup_point": str(shop.point_id), "run": str(shop.run_id), "recipient": "林老师",
        "phone": "138 0000 0000", "payment_method": "sandbox", "invoice_kind": "none",
    }  # fmt: skip
    return {name: unescape(value[1]) if value else "" for name, value in pairs} | typed | changes


def only_order(engine):
    with Session(engine) as session:
        return session.scalars(sa.select(Order)).one()


def test_a_code_is_entered_and_the_basket_says_what_it_takes_off(client, shop, session, buyer):
    add_campaign(session, now=shop.now)
    assert enter(client, " ｗel-come ").status_code == 303
    page = client.get("/cart").text
    assert "新人优惠" in page
    assert "−¥10.00" in page
    assert "126.00" in page


def test_what_is_missing_is_said_in_the_basket(client, shop, session, buyer):
    add_campaign(session, now=shop.now, minimum_fen=20_000)
    enter(client, "WELCOME")
    assert "满 ¥200.00 可用，还差 ¥64.00" in client.get("/cart").text


def test_a_coupon_is_taken_out_and_entered_again(client, shop, session, buyer):
    add_campaign(session, now=shop.now)
    enter(client, "WELCOME")
    assert post(client, "/cart/coupon/remove", "/cart", which="goods").status_code == 303
    assert "−¥10.00" not in client.get("/cart").text
    enter(client, "WELCOME")
    assert "−¥10.00" in client.get("/cart").text


def test_unknown_over_used_and_others_codes_get_one_answer(client, shop, session, unit_of_work, buyer):
    other = make_person(unit_of_work, "other@example.com")
    begun, over = shop.now - timedelta(days=2), shop.now - timedelta(hours=1)
    add_campaign(session, now=begun, word="YESTERDAY", ends_at=over)
    named = {"audience": CouponAudience.ACCOUNTS, "user_ids": (other.id,)}
    add_campaign(session, now=shop.now, word="NOTYOURS", **named)
    add_campaign(session, now=shop.now, word="LATER", starts_at=shop.now + timedelta(days=1))
    cards = add_campaign(session, now=shop.now, word="")
    add_codes(session, cards, 1, now=shop.now)
    answers = {code: enter(client, code) for code in ("NOSUCHCODE", "YESTERDAY", "NOTYOURS", "LATER")}
    assert {one.status_code for one in answers.values()} == {400}
    without = {
        re.sub(r'csrf_token"[^>]*value="[^"]+"', "", one.text.replace(code, ""))
        for code, one in answers.items()
    }
    assert len({re.sub(r'value="[^"]{40,}"', "", one) for one in without}) == 1
    assert all(NOT_USABLE in one for one in without)


def test_guessing_is_stopped_and_right_codes_do_not_count(client, shop, session, buyer):
    add_campaign(session, now=shop.now)
    for _ in range(12):
        assert enter(client, "WELCOME").status_code == 303
    for number in range(10):
        assert enter(client, f"GUESS{number}").status_code == 400
    assert enter(client, "GUESS10").status_code == 429
    assert enter(client, "WELCOME").status_code == 429


def test_a_guest_is_told_to_sign_in(client, shop, session):
    add_campaign(session, now=shop.now)
    client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    assert "/login?next=" in client.get("/cart").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)[1]
    assert client.post("/cart/coupon", data={"code": "WELCOME", "csrf_token": token}).status_code == 400


def test_checkout_takes_a_code_without_losing_what_was_typed(client, shop, session, engine, buyer):
    add_campaign(session, now=shop.now)
    typed = fields_of(client, shop, note="轻放", code="welcome", coupon="use")
    page = client.post("/checkout", data=typed)
    assert page.status_code == 200
    assert "轻放" in page.text
    assert "−¥10.00" in page.text
    assert client.post("/checkout", data=fields_of(client, shop)).status_code == 303
    order = only_order(engine)
    assert (order.goods_fen, order.discount_fen, order.total_fen) == (13_600, 1_000, 12_600)
    said = client.get(f"/orders/{order.number}").text
    assert "−¥10.00" in said
    assert "新人优惠" in said


def test_a_code_that_was_typed_and_not_tried_is_tried_before_anything_is_ordered(
    client, shop, session, engine, buyer
):
    add_campaign(session, now=shop.now)
    assert client.post("/checkout", data=fields_of(client, shop, code="WELCOME")).status_code == 200
    with Session(engine) as own:
        assert own.scalar(sa.select(sa.func.count(Order.id))) == 0


def test_a_form_cannot_say_what_is_taken_off(client, shop, session, engine, buyer):
    add_campaign(session, now=shop.now)
    enter(client, "WELCOME")
    lies = {
        "discount": "99999",
        "discount_fen": "99999",
        "off_fen": "1",
        "total": "1",
        "freight_off_fen": "5",
    }
    client.post("/checkout", data=fields_of(client, shop, **lies))
    assert only_order(engine).discount_fen == 1_000


def test_a_coupon_that_ended_meanwhile_is_shown_again_and_not_charged(client, shop, session, engine, buyer):
    campaign_id = add_campaign(session, now=shop.now)
    enter(client, "WELCOME")
    typed = fields_of(client, shop)
    pause_campaign(session, campaign_id, "stop", actor_id=None, now=shop.now)
    session.commit()
    page = client.post("/checkout", data=typed)
    assert page.status_code == 400
    assert "已不能用" in page.text
    with Session(engine) as own:
        assert own.scalar(sa.select(sa.func.count(Order.id))) == 0
    assert client.post("/checkout", data=fields_of(client, shop)).status_code == 303
    assert only_order(engine).discount_fen == 0


def test_two_tabs_with_the_last_use_place_one_order_with_it(
    client, shop, session, engine, unit_of_work, buyer
):
    add_campaign(session, now=shop.now, most_uses=1)
    enter(client, "WELCOME")
    typed = fields_of(client, shop)
    other = make_person(unit_of_work, "other@example.com")
    owner = a_basket_with(session, {"tea": 1}, "WELCOME", now=shop.now, owner=BasketOwner(user_id=other.id))
    unit_of_work.run(lambda s: _place(s, shop, owner))
    assert client.post("/checkout", data=typed).status_code == 400
    with Session(engine) as own:
        assert own.scalar(sa.select(sa.func.count(CouponUse.id))) == 1


def _place(session, shop, owner):
    return place_order(session, a_wish(shop, owner), now=shop.now)


def test_the_account_shows_what_can_be_used_and_what_was(client, shop, session, buyer):
    add_campaign(session, now=shop.now, name_zh="可以用")
    add_campaign(session, now=shop.now, name_zh="别人的", word="OTHERS", audience=CouponAudience.CAMPUS)
    add_campaign(session, now=shop.now, name_zh="工会送的", word="")
    page = client.get("/account/coupons").text
    assert "可以用" in page
    assert "WELCOME" in page
    assert "别人的" not in page
    assert "工会送的" not in page
    enter(client, "WELCOME")
    client.post("/checkout", data=fields_of(client, shop))
    used = client.get("/account/coupons").text
    assert "WELCOME" not in used
    assert "可以用" in used


def test_a_basket_without_a_coupon_asks_nothing_more_and_one_with_it_asks_once(
    client, shop, session, engine, buyer
):
    add_campaign(session, now=shop.now)
    client.get("/cart")
    counts = []
    for code in ("", "WELCOME"):
        if code:
            enter(client, code)
            client.get("/cart")
        with counted_statements(engine) as statements:
            client.get("/cart")
        counts.append([one for one in statements if "coupon_c" in one])
    assert [len(one) for one in counts] == [0, 1]


def test_placing_an_order_costs_a_fixed_number_of_statements_more(shop, session, engine, unit_of_work):
    add_campaign(session, now=shop.now, most_per_person=9)
    counts = []
    for codes in ((), ("WELCOME",)):
        owner = a_basket_with(session, {"tea": 1}, *codes, now=shop.now)
        with counted_statements(engine) as statements:
            unit_of_work.run(lambda s, owner=owner: _place(s, shop, owner))
        counts.append(len(statements))
    assert counts[0] <= 20
    assert counts[1] - counts[0] <= 7, counts


def freight_words(client):
    """What checkout says of freight: the choice, the note below the parts, and the table, each with its spaces closed up."""
    page = re.sub(r"\s+", " ", client.get("/checkout").text)
    choice = re.search(r'value="courier".*?</label>', page)[0]
    table = re.search(r'<table class="fz.*?</table>', page)[0]
    shares = re.findall(r'<div data-flow="(\d+)"[^>]*>(.*?)</div>', page)
    return re.sub(r"<[^>]+>", "", choice), re.sub(r"<(?!/?s\b)[^>]+>", " ", table), dict(shares)


def test_with_free_freight_no_sentence_of_checkout_asks_for_freight(client, shop, session, buyer):
    before_choice, before_table, before_shares = freight_words(client)
    assert "¥8.00 起" in before_choice
    assert "¥8.00" in before_table
    assert "含运费" in before_shares["800"]
    add_campaign(session, now=shop.now, kind=CouponKind.FREIGHT, amount_fen=None)
    enter(client, "WELCOME")
    choice, table, shares = freight_words(client)
    assert "用券免运费" in choice
    assert "¥8.00" not in choice
    assert re.findall(r"¥0\.00 <s[^>]*>\s*原价\s*¥(8|12)\.00\s*</s>", table) == ["8", "12"]
    assert "¥144.00 的原价里（含运费）" in shares["800"]
    assert "快递照收 ¥8.00，券减的 ¥8.00 由超市承担" in shares["800"]
    assert "券减的" not in shares["0"]


def test_a_coupon_for_part_of_the_freight_leaves_the_rest_in_every_sentence(client, shop, session, buyer):
    add_campaign(session, now=shop.now, kind=CouponKind.FREIGHT, amount_fen=None, most_fen=1_000)
    enter(client, "WELCOME")
    choice, table, shares = freight_words(client)
    assert "用券寄部分省份免运费" in choice
    assert "¥2.00 <s" in table
    assert "券减的 ¥8.00" in shares["800"]
    assert "快递照收 ¥12.00，券减的 ¥10.00" in shares["1200"]
    basket = client.get("/cart").text
    assert "再减去券抵扣的部分" in basket


def test_a_freight_coupon_that_holds_for_nothing_leaves_the_freight_as_it_is(client, shop, session, buyer):
    add_campaign(session, now=shop.now, kind=CouponKind.FREIGHT, amount_fen=None, minimum_fen=20_000)
    enter(client, "WELCOME")
    choice, table, shares = freight_words(client)
    assert "¥8.00 起" in choice
    assert "<s" not in table
    assert "原价里" not in shares["800"]
    assert "再减去" not in client.get("/cart").text
