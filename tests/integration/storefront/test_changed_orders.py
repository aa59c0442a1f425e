"""What was changed of a paid order, as its buyer reads it, and what stands beside it when it goes elsewhere."""

from __future__ import annotations

import re
from functools import partial

import pytest
import sqlalchemy as sa

from shop.fulfilment.redirecting import Redirection, redirect_order
from shop.fulfilment.taking_down import take_down
from shop.ordering.direct.wish import Item
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.supplements import add_supplement
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.freight_back import freight_left
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.trade import open_for_trade
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}
XIAN = Courier("陕西省", "西安市", "雁塔区", "兴善寺东街 1 号")
SOMEBODY = Recipient("周老师", "+8613900000001")
WHY = "老板娘的熟人"


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def buyer(app, unit_of_work):
    person = make_person(unit_of_work)
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    assert sign_in(client, person.email).status_code == 303
    return client, person.id


@pytest.fixture
def order_id(trade, buyer):
    """Two packs of tea by courier, of somebody with an account."""
    sold = trade.sell({"tea": 2}, courier=True)
    trade.run(lambda s: setattr(s.get_one(Order, sold), "user_id", buyer[1]))
    return sold


def send(trade, order_id, delivery, *, difference=0, token="r", actor_id=None, by_team=False, who=SOMEBODY):
    press = partial(
        redirect_order, order_id=order_id, to=Redirection(who, delivery), freight_left=freight_left,
        seen_difference_fen=difference, reason=WHY, token=token, actor_id=actor_id, by_team=by_team, now=trade.now,
    )  # fmt: skip
    return trade.run(press)


def add(trade, order_id, *, token="m"):
    work = partial(
        add_supplement, order_id=order_id, items=[Item(trade.shop.variants["tea"], 1)], seen_total_fen=None,
        token=token, actor_id=trade.admin_id, by_team=True, now=trade.now,
    )  # fmt: skip
    return trade.run(work)


def by_truck(trade):
    return Pickup(trade.shop.point_id, trade.shop.run_id)


def page_of(trade, buyer, order_id):
    client, _ = buyer
    return client.get(f"/orders/{trade.order_row(order_id).number}", headers=ENGLISH).text


def changes_of(page):
    """The sentences of the list of changes, without their marks."""
    found = re.search(r'<section class="pc" id="changes".*?</section>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else ""


def test_an_order_that_was_never_changed_has_no_list(trade, buyer, order_id):
    assert changes_of(page_of(trade, buyer, order_id)) == ""


def test_each_change_says_who_when_from_what_to_what_and_what_it_did_to_the_money(trade, buyer, order_id):
    freight = trade.order_row(order_id).freight_fen
    send(trade, order_id, by_truck(trade), difference=-freight, actor_id=buyer[1])
    line = trade.run(lambda s: s.scalar(sa.select(OrderLine.id).where(OrderLine.order_id == order_id)))
    take = partial(
        take_down, order_id=order_id, units={line: 1}, seen_back_fen=None, reason=WHY, token="f",
        actor_id=trade.admin_id, by_team=True, now=trade.now,
    )  # fmt: skip
    trade.run(take)
    beside = add(trade, order_id)
    said = changes_of(page_of(trade, buyer, order_id))
    more, fewer, moved = (said.index(words) for words in ("More goods", "Fewer goods", "Where it goes"))
    assert more < fewer < moved, "the newest first"
    assert f"¥{beside.total_fen / 100:.2f} to pay with order {beside.number} Waiting for payment" in said
    assert "out of the order: 1 ×" in said
    assert "¥68.00 less to pay" in said
    assert "by you" in said[moved:]
    assert "by the shop" in said[fewer:moved]
    assert f"¥{freight / 100:.2f} less to pay" in said[moved:]
    assert re.search(r"Home delivery · .*? → .*?the truck that arrives", said[moved:])
    assert "周老师 139 **** 0001" in said[moved:]


def test_nothing_that_the_team_wrote_for_itself_is_told(trade, buyer, order_id):
    send(trade, order_id, XIAN, actor_id=trade.admin_id, by_team=True)
    page = page_of(trade, buyer, order_id)
    assert "by the shop" in changes_of(page)
    assert WHY not in page
    assert "13900000001" not in page


def test_freight_that_the_shop_does_not_ask_for_is_told_as_such(trade, buyer, order_id):
    freight = trade.order_row(order_id).freight_fen
    send(trade, order_id, by_truck(trade), difference=-freight, token="a")
    send(trade, order_id, XIAN, difference=freight, token="b", by_team=True)
    assert f"¥{freight / 100:.2f} of freight that the shop does not ask for" in changes_of(
        page_of(trade, buyer, order_id)
    )


def test_a_guest_reads_the_changes_of_the_own_order_and_strangers_nothing(app, trade, client, buyer):
    sold = trade.sell({"tea": 1}, courier=True)
    send(trade, sold, XIAN)
    number = trade.order_row(sold).number
    assert "139 **** 0001" not in client.get(f"/orders/{number}").text
    assert buyer[0].get(f"/orders/{number}").status_code == 404
    open_as_guest(app, client, number)
    assert "on this page" in changes_of(client.get(f"/orders/{number}", headers=ENGLISH).text)


def test_many_changes_take_no_more_statements_than_one(trade, buyer, order_id, engine):
    counts = []
    for number in range(1, 4):
        send(trade, order_id, XIAN, token=f"t{number}", who=Recipient(f"周{number}", "+8613900000001"))
        with counted_statements(engine) as statements:
            page_of(trade, buyer, order_id)
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts


def test_what_stands_beside_is_offered_to_go_along_and_then_goes(trade, buyer, order_id):
    client, _ = buyer
    beside = add(trade, order_id)
    first, second = trade.order_row(order_id).number, beside.number
    preview = client.post(f"/orders/{first}/redirect", headers=ENGLISH, data=filled(client, first))
    assert f"Order {second}, which was put beside it, keeps its own way" in preview.text
    send(trade, order_id, XIAN)
    assert "is not paid yet and would go elsewhere" in page_of(trade, buyer, order_id)
    trade.attempt(beside.order_id)
    trade.pay(beside.order_id)
    page = page_of(trade, buyer, order_id)
    way = f"/orders/{second}/redirect?with={first}"
    assert f'href="{way}"' in page
    form = client.get(way, headers=ENGLISH).text
    assert f'value="{XIAN.street}"' in form
    assert 'value="周老师"' in form
    send(trade, beside.order_id, XIAN, token="along")
    assert way not in page_of(trade, buyer, order_id)
    assert "Put beside order" in page_of(trade, buyer, beside.order_id)


def filled(client, number):
    return {
        "csrf_token": csrf_token(client, f"/orders/{number}/redirect"), "token": "look", "recipient": "周老师",
        "phone": "13900000001", "delivery": "courier", "province": XIAN.province, "city": XIAN.city,
        "district": XIAN.district, "street": XIAN.street,
    }  # fmt: skip


def test_nobody_fills_the_form_from_an_order_of_somebody_else(trade, buyer, order_id):
    client, _ = buyer
    number = trade.order_row(order_id).number
    others = trade.order_row(trade.sell({"tea": 1}, courier=True)).number
    assert client.get(f"/orders/{number}/redirect?with={others}").status_code == 404


def test_who_calls_an_order_off_reads_first_that_what_stands_beside_it_stays(trade, buyer, order_id):
    beside = add(trade, order_id)
    assert f"Order {beside.number}, which was put beside it, stays" in page_of(trade, buyer, order_id)
    trade.cancel(order_id, also_confirmed=True)
    assert trade.order_row(beside.order_id).status is OrderStatus.AWAITING_PAYMENT
