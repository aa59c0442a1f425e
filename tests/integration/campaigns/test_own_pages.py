"""A member buys more and has it sent home, through the pages: seen first, then confirmed, then paid."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.campaigns.calling_off import fall_back
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.models import Campaign
from shop.campaigns.own_models import HomeAddress, TopUp
from shop.kit.clock import utc_now
from shop.ordering.models import InvoiceKind, Order, OrderStatus
from tests.factories.campaigns import member_ids, open_union_shop
from tests.factories.paying import pay_by_sandbox

ADDRESS = {
    "recipient": "王家人", "phone": "13900001111", "province": "陕西省", "city": "西安", "district": "碑林区",
    "street": "咸宁西路 28 号",
}  # fmt: skip


@pytest.fixture
def union(session):
    made = open_union_shop(session, now=utc_now())
    session.execute(sa.update(Campaign).values(own_top_up=True, home_delivery=True))
    session.commit()
    return made


@pytest.fixture
def link(session, settings, union):
    member = session.get_one(CampaignMember, member_ids(session, union)[0])
    key = link_key(member, settings.secret_key)
    session.rollback()
    return f"/org/campaigns/by-link/{key}"


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


def send(client, link, union, page=None, **fields):
    page = page or client.get(link).text
    form = {name: hidden(page, name) for name in ("csrf_token", "token")} | {"slot": str(union.slots[0])}
    form |= {name: hidden(page, name) for name in ("own_seen", "refund_seen") if f'name="{name}"' in page}
    return client.post(link, data=form | fields)


def goods(union, **units):
    return {"package": "free"} | {f"u-{union.shop.variants[sku]}": str(count) for sku, count in units.items()}


def test_what_it_costs_is_seen_then_confirmed_and_leads_to_the_payment(
    client, session, union, link, unit_of_work
):
    wish = goods(union, honey=2, tea=2) | {"invoice_kind": "personal", "invoice_title": "王会员"}
    asked = send(client, link, union, **wish)
    assert asked.status_code == 400
    assert hidden(asked.text, "own_seen") == "13600"
    assert "王会员" in asked.text  # what was typed is kept
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0
    session.rollback()
    answer = send(client, link, union, asked.text, **wish)
    assert answer.status_code == 303
    assert re.match(r"/orders/[^/]+/pay\?key=", answer.location)
    assert client.get(answer.location).status_code == 200
    order = session.scalars(sa.select(Order)).one()
    assert (order.total_fen, order.invoice_kind, order.invoice_title) == (
        13_600,
        InvoiceKind.PERSONAL,
        "王会员",
    )
    order_id, number = order.id, order.number
    session.rollback()
    pay_by_sandbox(unit_of_work, order_id, now=utc_now())
    page = client.get(link).text
    assert f"/orders/{number}?key=" in page
    assert f"/orders/{number}/pay" not in page


def test_changed_down_it_is_called_off_at_once(client, session, union, link, unit_of_work):
    wish = goods(union, honey=2, tea=2)
    send(client, link, union, send(client, link, union, **wish).text, **wish)
    order_id = session.scalar(sa.select(Order.id))
    session.rollback()
    pay_by_sandbox(unit_of_work, order_id, now=utc_now())
    asked = send(client, link, union, **goods(union, honey=2))
    assert asked.status_code == 400
    assert "¥136.00" in asked.text  # what is refunded is said first
    assert session.get_one(Order, order_id).status is OrderStatus.CONFIRMED
    session.rollback()
    answer = send(client, link, union, asked.text, **goods(union, honey=2))
    assert answer.location == link
    assert session.get_one(Order, order_id).status is OrderStatus.CANCELLED
    assert session.get_one(TopUp, order_id).done_at is not None


def test_falling_back_twice_is_once(client, session, union, link, unit_of_work):
    wish = goods(union, honey=2, tea=2)
    send(client, link, union, send(client, link, union, **wish).text, **wish)
    session.execute(sa.update(Order).values(status=OrderStatus.CANCELLED))
    session.commit()
    member = member_ids(session, union)[0]
    session.rollback()
    for _ in range(2):
        unit_of_work.run(lambda s: fall_back(s, member, now=utc_now()))
    assert session.get_one(Choice, member).total_fen == 17_600


def test_an_address_is_judged_field_by_field_and_kept(client, session, union, link):
    fields = ADDRESS | {"slot": "home", "package": str(union.packages["蜜蛋篮"]), "phone": "12", "city": ""}
    refused = send(client, link, union, **fields)
    assert refused.status_code == 400
    assert refused.text.count('aria-invalid="true"') == 2
    assert "咸宁西路 28 号" in refused.text
    assert session.scalar(sa.select(sa.func.count(Choice.member_id))) == 0


def test_it_is_sent_home_and_the_page_says_where(client, session, union, link):
    fields = ADDRESS | {"slot": "home", "package": str(union.packages["蜜蛋篮"])}
    assert send(client, link, union, **fields).status_code == 303
    assert session.scalars(sa.select(HomeAddress)).one().city == "西安市"
    page = client.get(link).text
    assert "咸宁西路 28 号" in page
    assert "谁可以替您领" not in page  # a courier brings it


def test_nobody_takes_an_address_of_others(client, session, union, link):
    """Behind a link there is no address book: the number of a saved one says nothing."""
    fields = {"slot": "home", "package": str(union.packages["蜜蛋篮"]), "address_id": "1"}
    assert send(client, link, union, **fields).status_code == 400


def test_who_has_no_telephone_is_asked_for_it_beside_what_is_to_be_paid(client, session, union, link):
    session.execute(sa.update(CampaignMember).values(phone=None))
    session.commit()
    wish = goods(union, honey=2, tea=2)
    first = client.get(link).text
    asked = send(client, link, union, first, **wish | {"own_seen": "13600"})
    assert asked.status_code == 400
    assert "自费 ¥136.00" in asked.text  # the sum stays on the button
    assert hidden(asked.text, "own_seen") == "13600"
    wrong = send(client, link, union, asked.text, **wish | {"own_phone": "12"})
    assert (wrong.status_code, hidden(wrong.text, "own_seen")) == (400, "13600")
    assert send(client, link, union, wrong.text, **wish | {"own_phone": "13900000009"}).status_code == 303
    assert session.scalars(sa.select(Order.phone)).one() == "+8613900000009"


def test_who_saw_the_sum_on_the_button_presses_once(client, session, union, link):
    answer = send(client, link, union, **goods(union, honey=2, tea=2) | {"own_seen": "13600"})
    assert answer.status_code == 303
    assert "/pay" in answer.location
