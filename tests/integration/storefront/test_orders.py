"""A buyer's order pages, for guests and for people with an account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import OneTimeCode, User
from shop.catalogue.models import Seller, Variant
from shop.fulfilment.models import ParcelStatus, Task
from shop.inventory.holds import ship_allocations
from shop.inventory.models import Allocation
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.access import guest_key
from shop.ordering.checkout import place_order
from shop.ordering.completion import mark_shipped
from shop.ordering.confirmation import confirm
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.settings import DEMO_FIELD_KEY
from shop.storage.field_cipher import FieldCipher
from shop.storage.outbox import OutboxMessage
from tests.factories.buying import a_guest, a_wish, fill_basket
from tests.factories.invoicing import ask, issue, waiting
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.small_shop import open_small_shop
from tests.factories.trade import LIVE, open_for_trade

PHONE = "138 0000 0000"
PHONE_STORED = "+8613800000000"


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def placed(unit_of_work, session, shop):
    """A guest's order, made through the unit of work so that its reactions ran."""
    return _place(unit_of_work, session, shop)


def _place(unit_of_work, session, shop, user_id=None):
    owner = a_guest()
    fill_basket(session, owner, {"tea": 2, "eggs": 1}, now=shop.now)
    session.commit()
    wish = a_wish(shop, owner, user_id=user_id)
    return unit_of_work.run(lambda inner: place_order(inner, wish, now=utc_now()))


def open_as_guest(app, client, number):
    keys = (app.extensions["shop.settings"].secret_key,)
    return client.get(f"/orders/{number}?key={guest_key(number, keys, now=utc_now())}")


def test_an_order_says_who_sells_which_of_its_goods(app, client, session, shop, placed):
    open_as_guest(app, client, placed.number)
    alone = client.get(f"/orders/{placed.number}").text
    assert "<dt>销售方</dt><dd>平利合作社</dd>" in alone
    other = Seller(
        slug="other", name_zh="", name_en="", legal_name="另一家公司", tax_number="9", tax_regime="general"
    )
    session.add(other)
    session.flush()
    session.execute(sa.update(OrderLine).where(OrderLine.sku == "eggs").values(seller_id=other.id))
    session.commit()
    both = client.get(f"/orders/{placed.number}").text
    assert '平利合作社 <span class="muted">好tea</span>' in both
    assert '另一家公司 <span class="muted">好eggs</span>' in both


def test_a_signed_link_opens_a_guests_order_and_leaves_the_address(app, client, placed):
    closed = client.get(f"/orders/{placed.number}")
    assert closed.status_code == 404
    assert 'href="/orders/find"' in closed.text[closed.text.index("<h1") : closed.text.index("</main>")]
    answer = open_as_guest(app, client, placed.number)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/orders/{placed.number}")
    page = client.get(f"/orders/{placed.number}")
    assert page.status_code == 200
    assert "好tea" in page.text
    assert f'action="/orders/{placed.number}/cancel"' in page.text


def test_an_order_of_an_account_opens_to_its_owner_only(app, client, unit_of_work, session, shop):
    owner, other = (make_person(unit_of_work, email) for email in ("a@example.com", "b@example.com"))
    placed = _place(unit_of_work, session, shop, owner.id)
    sign_in(client, other.email)
    foreign = client.get(f"/orders/{placed.number}")
    absent = client.get("/orders/261122-0000-0000")
    assert foreign.status_code == absent.status_code == 404
    hidden = re.compile(r"[0-9a-f]{16,}|[0-9A-Z]{6}-[0-9A-Z]{4}-[0-9A-Z]{4}")
    assert hidden.sub("", foreign.text) == hidden.sub("", absent.text)
    # A guest's key does not open what belongs to an account.
    assert open_as_guest(app, client, placed.number).status_code == 404
    mine = type(client)(app, app.response_class, use_cookies=True)
    sign_in(mine, owner.email)
    assert mine.get(f"/orders/{placed.number}").status_code == 200


def test_the_list_shows_own_orders_only(client, unit_of_work, session, shop):
    assert client.get("/orders").headers["Location"].startswith("/login")
    owner = make_person(unit_of_work)
    mine, theirs = _place(unit_of_work, session, shop, owner.id), _place(unit_of_work, session, shop)
    sign_in(client, owner.email)
    page = client.get("/orders").text
    assert mine.number in page
    assert theirs.number not in page
    assert "<b>好tea和另外 1 种</b>" in page
    assert client.get("/orders?page=7").status_code == 200
    assert client.get("/orders?page=x").status_code == 200


def test_a_confirmed_order_shows_households_parcels_and_money(app, client, unit_of_work, session, placed):
    open_as_guest(app, client, placed.number)
    unit_of_work.run(lambda inner: confirm(inner, placed.order_id, now=utc_now()))
    page = client.get(f"/orders/{placed.number}").text
    order = session.get_one(Order, placed.order_id)
    assert order.pickup_code in page
    assert session.scalar(sa.select(sa.func.count()).select_from(Task)) == 2
    assert "li家" in page or "wang家" in page
    assert "yu家" in page
    assert 'aria-current="step"' in page


def test_a_buyer_confirms_receipt_complains_and_orders_again(app, client, unit_of_work, session, placed):
    open_as_guest(app, client, placed.number)
    here = f"/orders/{placed.number}"
    unit_of_work.run(lambda inner: confirm(inner, placed.order_id, now=utc_now()))

    def press(step, **fields):
        return client.post(f"{here}/{step}", data={"csrf_token": csrf_token(client, here)} | fields)

    assert press("confirm").status_code == 409
    ids = session.scalars(sa.select(Allocation.id)).all()
    session.rollback()
    unit_of_work.run(lambda inner: ship_allocations(inner, ids, now=utc_now()))
    unit_of_work.run(lambda inner: mark_shipped(inner, placed.order_id, now=utc_now()))
    assert press("claim", line="order", text=" ").status_code == 400
    assert press("claim", line="order", text="<b>broken</b>").status_code == 303
    assert "&lt;b&gt;broken&lt;/b&gt;" in client.get(here).text
    assert press("confirm").status_code == 303
    assert press("confirm").status_code == 303
    session.expire_all()
    assert session.get_one(Order, placed.order_id).status is OrderStatus.COMPLETED
    session.rollback()
    assert press("reorder").headers["Location"] == "/cart"
    assert client.get("/session/summary").json["basket_count"] == 3


def seen(client, number, page="") -> str:
    """A page of the order in English."""
    return client.get(f"/orders/{number}{page}", headers={"Accept-Language": "en"}).text


def test_what_came_is_confirmed_after_reading_what_it_means_and_a_bag_at_the_point_is_not(
    app, client, session, unit_of_work
):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 1})
    order = trade.order_row(order_id)
    open_as_guest(app, client, order.number)
    trade.ship(order_id)
    page = seen(client, order.number)
    assert "1 parcel is ready to collect" in page
    assert f"Show the code {order.pickup_code} there." in page
    assert "On the way<" not in page
    assert f"/orders/{order.number}/confirm" not in page
    assert client.get(f"/orders/{order.number}/confirm").status_code == 302
    send = {"csrf_token": csrf_token(client, f"/orders/{order.number}")}
    client.post(f"/orders/{order.number}/confirm", data=send, headers={"Accept-Language": "en"})
    assert "has not been handed over yet" in seen(client, order.number)
    trade.complete(order_id)  # by somebody of the team: the bag still lies there
    assert order.pickup_code in seen(client, order.number)
    trade.hand_over(order_id)
    assert order.pickup_code not in seen(client, order.number)


def test_a_buyer_is_asked_before_an_order_is_completed(app, client, session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 1}, courier=True)
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    trade.ship(order_id)
    assert f'href="/orders/{number}/confirm"' in seen(client, number)
    assert "paid with the next payout" in seen(client, number, "/confirm")
    assert trade.order_row(order_id).status is OrderStatus.SHIPPED
    client.post(f"/orders/{number}/confirm", data={"csrf_token": csrf_token(client, f"/orders/{number}")})
    assert trade.order_row(order_id).status is OrderStatus.COMPLETED
    assert trade.parcels(order_id)[0].status is ParcelStatus.DELIVERED


def test_an_order_says_of_its_money_only_what_is_true(app, client, session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.order({"tea": 1})
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    unpaid = seen(client, number)
    assert "To pay" in unpaid
    assert "Paid by" not in unpaid
    trade.pay(order_id)
    assert "Paid by" in seen(client, number)
    assert "Household to accept" in seen(client, number)
    trade.cancel(order_id, also_confirmed=True)
    undone = seen(client, number)
    assert "on its way back" in undone
    assert "The truck arrives" not in undone
    never_paid = trade.order({"tea": 1})
    trade.cancel(never_paid)
    number = trade.order_row(never_paid).number
    open_as_guest(app, client, number)
    page = seen(client, number)
    assert "Not charged" in page
    assert "Paid by" not in page
    assert "The truck arrives" not in page


def test_a_paid_order_is_called_off_by_its_buyer_until_something_is_packed(
    app, client, unit_of_work, session
):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2})
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    here = f"/orders/{number}"
    page = seen(client, number)
    assert f'action="{here}/cancel"' in page
    assert "packed already" not in page
    assert "red letter" not in page
    answer = client.post(f"{here}/cancel", data={"csrf_token": csrf_token(client, here)})
    assert answer.status_code == 303
    order = trade.order_row(order_id)
    assert order.status is OrderStatus.CANCELLED
    trade.send_refunds()
    assert trade.order_row(order_id).refunded_fen == order.total_fen
    assert not trade.tasks(order_id, *LIVE)
    assert trade.violations() == []
    pressed = {"csrf_token": csrf_token(client, here)}
    client.post(f"{here}/cancel", data=pressed, headers={"Accept-Language": "en"})
    twice = seen(client, number)
    assert "was cancelled before" in twice
    assert "Nothing was charged" not in twice
    assert "cancel-order" not in twice


def test_a_courier_order_says_by_when_it_is_expected_to_be_sent(app, client, unit_of_work, session):
    trade = open_for_trade(session, unit_of_work)
    by_truck = trade.sell({"tea": 1})
    trade.now = utc_now()
    order_id = trade.order({"tea": 1}, courier=True)
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    assert "If it is paid today, it is expected to be given to the courier by" in seen(client, number)
    trade.pay(order_id)
    due = shanghai_date(trade.tasks(order_id)[0].deadline_at)
    assert f"预计 {due.month} 月 {due.day} 日 " in client.get(f"/orders/{number}").text
    trade.run(lambda inner: inner.execute(sa.update(Task).values(deadline_at=utc_now() - timedelta(days=2))))
    assert "预计" not in client.get(f"/orders/{number}").text, "what is late is not promised anew"
    trade.ship(order_id)
    assert "预计" not in client.get(f"/orders/{number}").text
    number = trade.order_row(by_truck).number
    open_as_guest(app, client, number)
    assert "given to the courier by" not in seen(client, number)


def test_what_a_household_has_ready_is_not_said_to_be_left_undone(app, client, unit_of_work, session):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2})
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    assert "told not to prepare it" in seen(client, number)
    trade.ready(order_id)
    page = seen(client, number)
    assert "told not to prepare it" not in page
    assert "have made ready already and can be sold is for sale again" in page


def test_whoever_cancels_reads_before_that_an_issued_invoice_is_taken_back(
    app, client, unit_of_work, session
):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2})
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    ask(trade, order_id)
    assert "red letter" not in seen(client, number)
    issue(trade, waiting(trade, order_id)[0], 1)
    assert "Your invoice of ¥136.00 is taken back by a red letter" in seen(client, number)


def test_once_packed_it_is_not_called_off_any_more(app, client, unit_of_work, session):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2})
    trade.pack(order_id)
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    here = f"/orders/{number}"
    page = seen(client, number)
    assert f'action="{here}/cancel"' not in page
    assert "cancel-order" not in page
    why = page[page.index("packed already") :]
    assert f'href="{here}/claim"' in why[:300]
    pressed = {"csrf_token": csrf_token(client, here)}
    client.post(f"{here}/cancel", data=pressed, headers={"Accept-Language": "en"})
    assert trade.order_row(order_id).status is OrderStatus.CONFIRMED
    assert "packed already" in seen(client, number)


def test_a_refund_says_on_the_order_what_it_is_for(app, client, unit_of_work, session):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2}, courier=True)
    trade.ship(order_id)
    trade.part_refund(order_id, "courier", units={"tea": 1}, freight_fen=150)
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    page = seen(client, number)
    assert "freight ¥1.50" in page
    assert "The households keep their money." in page


def test_what_cannot_be_ordered_again_is_named_as_the_buyer_knows_it(app, client, session, placed):
    open_as_guest(app, client, placed.number)
    here = f"/orders/{placed.number}"
    line = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == placed.order_id)).first()
    name, sku = f"{line.product_name_zh} {line.variant_name_zh}", line.sku
    session.execute(sa.update(Variant).where(Variant.sku == sku).values(active=False))
    session.commit()
    client.post(f"{here}/reorder", data={"csrf_token": csrf_token(client, here)})
    assert name in client.get("/cart").text


@pytest.mark.parametrize("step", ["confirm", "claim", "reorder", "cancel", "pay"])
def test_nobody_else_can_press_anything(app, client, placed, step):
    token = csrf_token(client)
    answer = client.post(f"/orders/{placed.number}/{step}", data={"csrf_token": token, "text": "x"})
    assert answer.status_code == 404
    assert client.get(f"/orders/{placed.number}/{step}").status_code in {404, 405}


def code_sent(session) -> str:
    payloads = session.scalars(sa.select(OutboxMessage.payload)).all()
    session.rollback()  # on SQLite this session holds the one write lock while it is open
    (sealed,) = (
        payload["facts"]["sealed_code"] for payload in payloads if payload["message"] == "order_code"
    )
    return FieldCipher([DEMO_FIELD_KEY]).open(sealed)


def ask_for_code(client, number, phone=PHONE):
    token = csrf_token(client, "/orders/find")
    return client.post("/orders/find", data={"csrf_token": token, "number": number, "phone": phone})


def give_code(client, number, code):
    fields = {"csrf_token": csrf_token(client, "/orders/find"), "number": number, "phone": "+8613800000000"}
    return client.post("/orders/find/code", data=fields | {"code": code})


def test_a_guest_finds_an_order_by_number_telephone_and_code(client, session, placed):
    assert ask_for_code(client, placed.number.lower()).status_code == 200
    assert (
        give_code(client, placed.number, "000000" if code_sent(session) != "000000" else "1").status_code
        == 400
    )
    answer = give_code(client, placed.number, code_sent(session))
    assert answer.headers["Location"] == f"/orders/{placed.number}"
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("spelling", ["{0}{1}{2}", "{0} {1} {2}", "{0}—{1}—{2}", " {0}-{1}{2} "])
def test_a_number_is_found_however_it_is_typed(client, session, placed, spelling):
    typed = spelling.format(*placed.number.lower().split("-"))
    assert placed.number in ask_for_code(client, typed).text
    assert code_sent(session)


@pytest.mark.parametrize("typed", ["261122", "261122-00000000-1", "26112U-0000-0000", "何号"])
def test_what_is_no_number_is_said_together_with_what_is_no_telephone(client, placed, typed):
    page = ask_for_code(client, typed, "12345")
    assert page.status_code == 400
    assert 'id="number-error"' in page.text
    assert 'id="phone-error"' in page.text


def test_whether_an_order_exists_cannot_be_learned_here(client, session, placed):
    found = ask_for_code(client, placed.number)
    for number, phone in ((placed.number, "139 0000 0000"), ("261122-0000-0000", PHONE)):
        other = ask_for_code(client, number, phone)
        assert (other.status_code, len(other.text)) == (found.status_code, len(found.text))
    assert session.scalar(sa.select(sa.func.count()).select_from(OneTimeCode)) == 3
    assert code_sent(session)


def test_the_code_cannot_be_read_from_the_outbox(client, session, placed):
    ask_for_code(client, placed.number)
    code = code_sent(session)
    payloads = session.scalars(sa.select(OutboxMessage.payload)).all()
    assert code not in str(payloads)


def test_ten_orders_of_one_telephone_are_sent_three_codes_a_quarter_of_an_hour(client, session, placed):
    answers = [ask_for_code(client, f"261122-0000-000{number}").status_code for number in range(3)]
    assert answers == [200] * 3
    assert ask_for_code(client, placed.number).status_code == 429


def test_one_order_is_not_looked_up_with_telephone_after_telephone(client, placed):
    answers = [
        ask_for_code(client, placed.number, f"139 0000 00{number}").status_code for number in range(10, 21)
    ]
    assert answers == [200] * 10 + [429]


def test_a_code_works_only_in_the_browser_that_asked(app, client, session, placed):
    ask_for_code(client, placed.number)
    other = type(client)(app, app.response_class, use_cookies=True)
    assert give_code(other, placed.number, code_sent(session)).status_code == 400


def test_orders_placed_with_a_proved_number_are_offered_and_taken_in_by_one_press(
    client, unit_of_work, session, shop, placed
):
    other = make_person(unit_of_work, "other@example.com")
    person = make_person(unit_of_work)
    facts = sa.update(User).where(User.id.in_([person.id, other.id]))
    session.execute(facts.values(phone=PHONE_STORED))
    session.execute(sa.update(User).where(User.id == person.id).values(phone_confirmed_at=utc_now()))
    session.commit()
    sign_in(client, other.email)
    assert "/orders/take-in" not in client.get("/orders").text, "who only typed the number is offered nothing"
    client.post("/orders/take-in", data={"csrf_token": csrf_token(client, "/account")})
    assert client.get(f"/orders/{placed.number}").status_code == 404
    client.post("/logout", data={"csrf_token": csrf_token(client, "/account")})
    sign_in(client, person.email)
    offer = client.get("/orders").text
    assert "/orders/take-in" in offer
    assert placed.number not in offer, "a number alone shows nothing of them"
    assert client.get(f"/orders/{placed.number}").status_code == 404
    for _ in range(2):
        assert (
            client.post("/orders/take-in", data={"csrf_token": csrf_token(client, "/account")}).status_code
            == 303
        )
    taken = client.get("/orders").text
    assert placed.number in taken
    assert "/orders/take-in" not in taken
    assert client.get(f"/orders/{placed.number}").status_code == 200
