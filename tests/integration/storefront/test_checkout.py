"""Checkout through its form, as a browser without script sends it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from shop.accounts.addresses import AddressFields, add_address
from shop.accounts.models import Consent, ShopSetting, Unit, User
from shop.accounts.shop_settings import DEFAULTS
from shop.catalogue.models import Product, Seller, Variant
from shop.delivery.models import CalendarKind, CalendarSpan
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import DeliveryKind, InvoiceKind, Order
from tests.factories.buying import buy
from tests.factories.people import make_person, sign_in
from tests.factories.small_shop import open_small_shop

FIELD = re.compile(r'name="(?P<name>[^"]+)"[^>]*value="(?P<value>[^"]*)"')


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def basket(client, shop):
    client.post("/cart/items", data={"sku": "tea", "quantity": "2"})


def hidden_fields(page) -> dict[str, str]:
    hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page.text)
    pairs = [(re.search(r'name="([^"]+)"', one)[1], re.search(r'value="([^"]*)"', one)) for one in hidden]
    return {name: unescape(value[1]) if value else "" for name, value in pairs}


def form_of(client, shop, **changes) -> dict[str, str]:
    hidden = hidden_fields(client.get("/checkout"))
    typed = {
        "csrf_token": hidden.get("csrf_token", ""),
        "checkout_token": hidden["checkout_token"],
        "seen_freight": hidden["seen_freight"],
        "delivery": "pickup",
        "pickup_point": str(shop.point_id),
        "run": str(shop.run_id),
        "recipient": "林老师",
        "phone": "138 0000 0000",
        "payment_method": "sandbox",
        "invoice_kind": "none",
        "consent": "y",
    }
    return typed | changes


def test_a_transfer_is_offered_for_goods_of_one_seller_with_an_account_only(client, shop, session, buyer):
    def offered() -> set[str]:
        return set(re.findall(r'name="payment_method"[^>]*value="([^"]+)"', client.get("/checkout").text))

    def refused() -> bool:
        answer = client.post("/checkout", data=form_of(client, shop, payment_method="bank_transfer"))
        return answer.status_code == 400

    assert "bank_transfer" in offered()
    other = Seller(
        name_zh="另一家",
        name_en="Another",
        legal_name="另一家公司",
        slug="another",
        tax_number="9161",
        tax_regime="general",
        bank_account="6222",
    )
    session.add(other)
    session.flush()
    session.get_one(Product, shop.products["eggs"]).seller_id = other.id
    session.commit()
    client.post("/cart/items", data={"sku": "eggs", "quantity": "1"})
    assert offered() == {"sandbox"}
    assert "A bank transfer goes to one seller" in client.get("/checkout?lang=en").text
    assert refused()
    session.add_all(
        ShopSetting(name=name, value={"value": value}, changed_at=shop.now)
        for name, value in {
            "bank_payee": "某某大学",
            "bank_name": "工行",
            "bank_number": "1000200030004000",
        }.items()
    )
    session.commit()
    assert "bank_transfer" in offered()
    assert "A bank transfer goes to one seller" not in client.get("/checkout?lang=en").text


def test_a_guest_is_told_to_sign_in_for_a_transfer_and_is_given_none(client, session, shop, basket):
    page = client.get("/checkout?lang=en").text
    assert 'value="bank_transfer"' not in page
    assert "Sign in to pay by transfer" in page
    assert (
        client.post("/checkout", data=form_of(client, shop, payment_method="bank_transfer")).status_code
        == 400
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0


COURIER = {
    "delivery": "courier", "province": "陕西省", "city": "西安", "district": "碑林区", "street": "咸宁西路 28 号",
}  # fmt: skip


def only_order(session) -> Order:
    return session.scalars(sa.select(Order)).one()


def test_an_empty_basket_leads_back_to_it(client, shop):
    assert client.get("/checkout").headers["Location"] == "/cart"


def test_a_guest_orders_by_truck_and_is_led_to_pay(client, session, shop, basket):
    answer = client.post("/checkout", data=form_of(client, shop))
    assert answer.status_code == 303, answer.text
    order = only_order(session)
    assert "/sandbox/" in answer.headers["Location"]
    assert client.get(f"/orders/{order.number}").status_code == 200
    assert (order.phone, order.delivery, order.total_fen) == ("+8613800000000", DeliveryKind.PICKUP, 13600)
    assert session.scalar(sa.select(Consent.order_number)) == order.number
    assert client.get("/session/summary").json["basket_count"] == 0


def test_a_guest_orders_by_courier_with_the_freight_that_was_shown(client, session, shop, basket):
    assert client.post("/checkout", data=form_of(client, shop, **COURIER)).status_code == 303
    order = only_order(session)
    assert (order.freight_fen, order.city, order.pickup_point_id) == (800, "西安市", None)


def test_the_same_form_twice_leads_to_the_same_order(client, session, shop, basket):
    form = form_of(client, shop)
    first, second = client.post("/checkout", data=form), client.post("/checkout", data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    only_order(session)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": "029-8820 1234"}, "phone"),
        ({"recipient": " "}, "recipient"),
        ({"pickup_point": ""}, "pickup_point"),
        ({"email": "nobody"}, "email"),
        ({"consent": ""}, "consent"),
        (COURIER | {"city": "成都市"}, "city"),
        (COURIER | {"city": ""}, "city"),
        (COURIER | {"street": ""}, "street"),
        (COURIER | {"province": "台湾省", "city": "台湾省"}, "province"),
        (
            {"invoice_kind": "organisation", "invoice_title": "某大学", "tax_number": "91610926MA70000001"},
            "tax_number",
        ),
        ({"invoice_kind": "organisation", "tax_number": "91330106673959654P"}, "invoice_title"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_what_was_typed_stays(client, session, shop, basket, wrong, field):
    page = client.post("/checkout", data=form_of(client, shop, note="多谢", **wrong))
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert 'value="多谢"' in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0


@pytest.mark.parametrize("name", ["delivery", "payment_method"])
@pytest.mark.parametrize("value", ["", "free", "9" * 400])
def test_choices_that_are_not_offered_are_refused(client, session, shop, basket, name, value):
    assert client.post("/checkout", data=form_of(client, shop, **{name: value})).status_code == 400


def test_an_invoice_for_an_organisation_is_kept(client, session, shop, basket):
    wish = {"invoice_kind": "organisation", "invoice_title": "某大学工会", "tax_number": "91330106673959654p"}
    client.post("/checkout", data=form_of(client, shop, **wish))
    order = only_order(session)
    assert (order.invoice_kind, order.tax_number) == (InvoiceKind.ORGANISATION, "91330106673959654P")


def test_provinces_that_no_courier_serves_are_not_offered(client, session, shop, basket):
    offered = re.findall(r'<option[^>]*value="([^"]+)"', client.get("/checkout").text)
    assert "陕西省" in offered
    assert "香港特别行政区" not in offered


def test_buying_at_once_points_out_what_else_is_ordered_with_it(client, session, shop, basket):
    answer = client.post("/cart/items", data={"sku": "eggs", "quantity": "1", "buy_now": "1"})
    page = client.get(answer.location + "&lang=en").text
    told = page[page.index("in your basket already") :]
    assert 'value="tea:0"' in told
    assert 'value="eggs:0"' not in told
    assert "in your basket already" not in client.get("/checkout?lang=en").text


def test_buying_at_once_with_an_empty_basket_says_nothing_of_other_goods(client, shop):
    answer = client.post("/cart/items", data={"sku": "eggs", "quantity": "1", "buy_now": "1"})
    assert "in your basket already" not in client.get(answer.location + "&lang=en").text


def test_a_form_of_another_session_is_shown_again_with_what_was_typed(
    client, session, shop, basket, unit_of_work
):
    form = form_of(client, shop, note="多谢", street="长安南路 1 号")
    sign_in(client, make_person(unit_of_work).email)
    page = client.post("/checkout", data=form, headers={"Accept-Language": "en"})
    assert page.status_code == 400
    assert "You have signed in or out since" in page.text
    assert 'value="多谢"' in page.text
    assert 'value="长安南路 1 号"' in page.text
    assert 'class="err"' not in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0
    session.commit()
    again = form | {
        name: value
        for name, value in hidden_fields(page).items()
        if name in {"csrf_token", "checkout_token", "seen_freight"}
    }
    assert client.post("/checkout", data=again).status_code == 303


def test_a_price_that_changed_meanwhile_is_shown_again(client, session, shop, basket):
    form = form_of(client, shop)
    session.get_one(Variant, shop.variants["tea"]).price_fen = 7000
    session.commit()
    page = client.post("/checkout", data=form)
    assert page.status_code == 400
    assert "140.00" in page.text
    again = form | {
        name: value
        for name, value in hidden_fields(page).items()
        if name in {"checkout_token", "seen_freight"}
    }
    assert client.post("/checkout", data=again).status_code == 303
    assert only_order(session).total_fen == 14000


def test_no_other_total_is_charged_than_stood_beside_the_button(client, session, shop, basket):
    first = client.get("/checkout")
    assert "校内自提 ¥136.00，快递到家 ¥144.00 起" in first.text
    form = form_of(client, shop, **COURIER)
    page = client.post("/checkout", data=form | {"seen_total": hidden_fields(first)["seen_total"]})
    assert page.status_code == 400
    assert '<span class="price" data-total-out>144.00</span>' in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0
    session.rollback()  # on SQLite this session holds the one write lock while it is open
    again = form | {
        name: value
        for name, value in hidden_fields(page).items()
        if name in {"checkout_token", "seen_freight", "seen_total"}
    }
    assert client.post("/checkout", data=again).status_code == 303
    assert only_order(session).total_fen == 14400


def test_a_courier_order_says_by_when_it_is_expected_to_be_sent(client, session, shop, basket):
    expected = shanghai_date(utc_now() + timedelta(hours=48))
    said = f"{expected.day} {expected:%b}"
    assert re.search(rf"expected to be sent by \w+ {said}", client.get("/checkout?lang=en").text)
    product = client.get("/products/tea?lang=en").text
    assert re.search(rf"expected to be given to the courier by \w+ {said}", product)
    stopped = CalendarSpan(
        kind=CalendarKind.COURIER_STOP,
        first_day=expected,
        last_day=expected + timedelta(days=3),
        name_zh="春节",
        name_en="Spring Festival",
    )
    session.add(stopped)
    session.commit()
    later = expected + timedelta(days=4)
    assert re.search(rf"sent by \w+ {later.day} {later:%b}", client.get("/checkout?lang=en").text)


def test_freight_is_not_counted_before_a_province_is_chosen(client, session, shop, basket):
    def asks_for_province(page) -> bool:
        hints = re.findall(r"<span[^>]*data-plus-freight[^>]*>", page.text)
        assert len(hints) == 2
        return all(" hidden" not in hint for hint in hints)

    assert not asks_for_province(client.get("/checkout"))
    unknown = client.post("/checkout", data=form_of(client, shop, **COURIER | {"province": ""}))
    assert asks_for_province(unknown)
    assert "<dd data-freight-out>—</dd>" in unknown.text
    known = client.post("/checkout", data=form_of(client, shop, **COURIER | {"street": ""}))
    assert not asks_for_province(known)
    assert "<dd data-freight-out>¥8.00</dd>" in known.text


def test_where_the_money_goes_adds_up_to_the_total_that_stands_above_it(client, session, shop, basket):
    page = client.get("/checkout?lang=en").text
    flows = re.findall(r'<div data-flow="(\d+)".*?</div>', page, re.DOTALL)
    assert flows[:2] == ["0", "800"]
    for fen, total in (("0", "136.00"), ("800", "144.00")):
        flow = re.search(rf'<div data-flow="{fen}".*?</div>', page, re.DOTALL)[0]
        shown = [round(float(one) * 100) for one in re.findall(r"<b>¥([\d.]+)</b>", flow)]
        assert sum(shown) == round(float(total) * 100)
        assert f"Of ¥{total}" in flow
    assert "Freight here is the ¥8.00 for the courier, and ¥9.52" in page


def test_prices_and_owners_in_the_form_change_nothing(client, session, shop, basket):
    extra = {
        "price": "1", "total": "1", "total_fen": "1", "status": "confirmed", "user_id": "1", "freight_fen": "0",
        "unit_price_fen": "1", "paid": "1", "organisation_id": "1",
    }  # fmt: skip
    client.post("/checkout", data=form_of(client, shop, **extra))
    order = only_order(session)
    assert (order.total_fen, order.status, order.user_id, order.organisation_id) == (
        13600, "awaiting_payment", None, None,
    )  # fmt: skip


@pytest.mark.parametrize("sent", ["[]", "{", "[" * 5000, '{"near": "x"}', '{"near": 1e400}'])
def test_nonsense_in_the_hidden_fields_is_harmless(client, shop, basket, sent):
    answer = client.post("/checkout", data=form_of(client, shop, seen_freight=sent[:2000]))
    assert answer.status_code in {303, 400}


def test_goods_without_return_are_confirmed_one_by_one(client, session, shop, basket):
    client.post("/cart/items", data={"sku": "eggs", "quantity": "1"})
    page = client.post("/checkout", data=form_of(client, shop))
    assert page.status_code == 400
    assert 'id="return_exempt-error"' in page.text
    assert client.post("/checkout", data=form_of(client, shop, return_exempt="eggs")).status_code == 303


def test_all_that_is_wrong_is_said_at_once(client, session, shop, basket):
    client.post("/cart/items", data={"sku": "eggs", "quantity": "1"})
    wrong = COURIER | {"phone": "12345", "email": "nobody", "city": "", "street": "", "consent": ""}
    page = client.post("/checkout", data=form_of(client, shop, **wrong)).text
    for field in ("phone", "email", "city", "street", "consent", "return_exempt"):
        assert f'id="{field}-error"' in page


def test_what_is_wrong_stands_above_the_form_with_the_way_there_and_takes_the_focus(client, shop, basket):
    wrong = form_of(client, shop, recipient="", pickup_point="")
    page = client.post("/checkout", data=wrong, headers={"Accept-Language": "en"}).text
    summary = re.search(r'<div class="msg msg-bad[^>]*>.*?</ul>', page, re.DOTALL)[0]
    assert " autofocus" in summary
    assert '<a href="#recipient">Recipient</a>: Please fill this in.' in summary
    assert '<a href="#pickup_point-error">Pickup point</a>' in summary
    assert page.count('id="recipient"') == page.count('id="pickup_point-error"') == 1
    assert page.index(summary) < page.index('name="delivery"')


def test_basket_and_checkout_say_who_sells(client, shop, basket):
    assert "销售方 平利合作社" in client.get("/cart").text
    assert "销售方 平利合作社" in client.get("/checkout").text


def test_somebody_elses_order_is_as_absent_as_none(app, client, session, shop, basket):
    client.post("/checkout", data=form_of(client, shop))
    number = only_order(session).number
    stranger = app.test_client()
    theirs, absent = stranger.get(f"/orders/{number}"), stranger.get("/orders/000000-0000-0000")
    assert (theirs.status_code, absent.status_code) == (404, 404)


@pytest.fixture
def buyer(client, session, unit_of_work, shop):
    """Somebody with an account, a unit and an address, signed in."""
    person = make_person(unit_of_work)
    unit = Unit(slug="physics", name_zh="物理学院", name_en="Physics")
    session.add(unit)
    session.flush()
    session.get_one(User, person.id).unit_id = unit.id
    fields = AddressFields("林老师", "138 0000 0001", "广东省", "东莞市", "东莞市", "松山湖 1 号")
    address = add_address(session, person.id, fields)
    session.commit()
    sign_in(client, person.email)
    client.post("/cart/items", data={"sku": "tea", "quantity": "2"})
    return SimpleNamespace(id=person.id, unit_id=unit.id, address_id=str(address.id))


def test_a_buyer_orders_to_an_address_of_the_book(client, session, shop, buyer):
    form = form_of(
        client, shop, delivery="courier", address_id=buyer.address_id, recipient="", phone="", consent=""
    )
    assert client.post("/checkout", data=form).status_code == 303
    order = only_order(session)
    assert (order.user_id, order.unit_id, order.city, order.phone) == (
        buyer.id, buyer.unit_id, "东莞市", "+8613800000001",
    )  # fmt: skip
    assert order.freight_fen == 1200
    assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 0


def test_an_address_of_somebody_else_is_not_offered(client, session, shop, buyer, unit_of_work):
    stranger = make_person(unit_of_work, "other@example.com")
    fields = AddressFields("别人", "138 0000 0002", "陕西省", "西安市", "碑林区", "别处 1 号")
    theirs = add_address(session, stranger.id, fields)
    session.commit()
    form = form_of(client, shop, delivery="courier", address_id=str(theirs.id))
    assert client.post("/checkout", data=form).status_code == 400
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0


def test_a_token_of_somebody_elses_order_is_as_absent(app, client, session, shop, basket, unit_of_work):
    form = form_of(client, shop)
    client.post("/checkout", data=form)
    token = only_order(session).checkout_token
    session.rollback()
    other = type(client)(app, app.response_class, use_cookies=True)
    sign_in(other, make_person(unit_of_work).email)
    other.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    assert other.post("/checkout", data=form_of(other, shop, checkout_token=token)).status_code == 404


def test_a_telephone_has_few_unpaid_orders_and_is_told_the_way_out(client, session, shop):
    for _ in range(DEFAULTS.most_unpaid_orders):
        client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
        assert client.post("/checkout", data=form_of(client, shop)).status_code == 303
    client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    page = client.post("/checkout", data=form_of(client, shop), headers={"Accept-Language": "en"})
    assert page.status_code == 400
    assert "Please pay or cancel one of them first" in page.text
    assert 'href="/orders/find"' in page.text
    assert len(session.scalars(sa.select(Order.id)).all()) == DEFAULTS.most_unpaid_orders
    session.execute(sa.text("UPDATE orders SET status = 'cancelled' WHERE id = 1"))
    session.commit()
    assert client.post("/checkout", data=form_of(client, shop)).status_code == 303


def test_a_limit_does_not_tell_a_stranger_what_a_telephone_has_ordered(client, session, shop):
    session.execute(sa.text("UPDATE variants SET limit_per_buyer = 3 WHERE sku = 'tea'"))
    session.commit()
    buy(session, shop, {"tea": 2})
    client.post("/cart/items", data={"sku": "tea", "quantity": "3"})
    page = client.post("/checkout", data=form_of(client, shop), headers={"Accept-Language": "en"})
    said = re.search(r'role="alert".*?</div></div>', page.text, re.DOTALL)[0]
    assert "at most 3 for each buyer" in said
    assert "2" not in re.sub("<[^>]+>", "", said)
