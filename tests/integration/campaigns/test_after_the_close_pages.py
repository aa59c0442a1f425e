"""An order of a closed campaign through the pages: its buyer cannot cancel it like any other, its organiser calls it off."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User
from shop.accounts.passwords import hash_password
from shop.campaigns.after_models import CallOff
from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import close_campaigns
from shop.campaigns.following import follow_orders
from shop.campaigns.home import Home
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import Campaign
from shop.check.all_rules import find_violations
from shop.extensions import settings
from shop.fulfilment.models import Task, TaskStatus
from shop.kit.clock import utc_now
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import RefundBearer
from shop.payments.refunds import payment_to_refund, write_refund
from tests.conftest import OwnOriginClient
from tests.factories.campaign_days import code_of
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop
from tests.factories.form_browser import FormBrowser
from tests.factories.people import PASSWORD, make_person, sign_in

BUYER = "union.buyer@shop.example"


@pytest.fixture
def union(session, unit_of_work):
    """Closed: four people with the default package, tea and eggs for 127 yuan each."""
    made = open_union_shop(session, now=utc_now())
    session.get_one(User, made.buyer_id).password_hash = hash_password(PASSWORD)
    session.commit()
    close = partial(begin_closing, campaign_id=made.campaign_id, actor_id=made.buyer_id, now=made.now)
    unit_of_work.run(close)
    close_campaigns(unit_of_work, now=made.now)
    session.rollback()
    return made


@pytest.fixture
def browse(app):
    def browse(email: str) -> FormBrowser:
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        if email:
            sign_in(client, email)
        return FormBrowser(client)

    return browse


@pytest.fixture
def organiser(browse, union):
    return browse(BUYER)


def order_of(session):
    session.rollback()
    order = session.scalars(sa.select(Order)).one()
    session.expunge_all()
    session.rollback()
    return order


def campaign(union):
    return f"/org/union/campaigns/{union.campaign_id}"


def end(union, order):
    return f"{campaign(union)}/orders/{order.number}/call-off"


def post(browser, page, action, **typed):
    """As from an old page that still had the form."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open(page).page)
    assert token is not None
    return browser.client.post(action, data={"csrf_token": token[1], **typed}, follow_redirects=True)


def test_the_order_says_whose_welfare_it_is_and_leads_to_the_organisers_way(session, organiser, union):
    order = order_of(session)
    organiser.open(f"/orders/{order.number}")
    assert "这张订单是福利活动 4 位会员的福利" in organiser.text
    assert f'action="/orders/{order.number}/cancel"' not in organiser.page
    organiser.open(organiser.link(re.escape(end(union, order))))
    assert "4 位会员" in organiser.text
    assert "508.00" in organiser.text


def test_the_ordinary_cancel_is_refused_and_says_the_way(session, organiser, union):
    order = order_of(session)
    answer = post(organiser, f"/orders/{order.number}", f"/orders/{order.number}/cancel")
    assert "请由组织者在活动页面取消" in answer.text
    assert order_of(session).status is OrderStatus.CONFIRMED


def test_the_organiser_calls_it_off_and_everything_follows(session, organiser, browse, union):
    order, first = order_of(session), member_ids(session, union)[0]
    code = code_of(session, first)
    member = session.get_one(CampaignMember, first)
    link = f"/org/campaigns/by-link/{link_key(member, settings_key(organiser))}"
    session.rollback()
    organiser.open(end(union, order))
    organiser.send(end(union, order), reason="活动场地停电", seen="1")
    assert organiser.path == campaign(union)
    assert "已取消：活动场地停电" in organiser.text
    assert "0 / 4 人有福利" in organiser.text
    assert order_of(session).status is OrderStatus.CANCELLED
    noted = session.scalars(sa.select(CallOff)).one()
    assert (noted.reason, noted.people) == ("活动场地停电", 4)
    assert [one for one in find_violations(session) if not one.rule.startswith("account")] == []
    session.rollback()

    seen = browse("").open(link)
    assert "活动场地停电" in seen.text
    assert "不能到货" in seen.text
    assert code not in seen.text
    listed = organiser.open(f"{campaign(union)}/members?look=nothing")
    assert "会员1" in listed.text
    assert "会员1" not in organiser.open(f"{campaign(union)}/day").text


def settings_key(browser):
    with browser.client.application.app_context():
        return settings().secret_key


def test_without_a_reason_or_the_tick_nothing_happens_and_what_was_typed_stays(session, organiser, union):
    order = order_of(session)
    organiser.open(end(union, order))
    organiser.send(end(union, order), refused=400, reason="停电")
    assert 'value="停电"' in organiser.page
    organiser.send(end(union, order), refused=400, seen="1", reason="  ")
    assert order_of(session).status is OrderStatus.CONFIRMED


def test_pressed_twice_it_is_called_off_once(session, organiser, union):
    order = order_of(session)
    for _time in range(2):
        assert post(organiser, "/account", end(union, order), reason="停电", seen="1").status_code == 200
    assert session.scalar(sa.select(sa.func.count()).select_from(CallOff)) == 1


def test_what_is_packed_is_not_called_off_here(session, organiser, union):
    order = order_of(session)
    session.execute(sa.update(Task).where(Task.order_id == order.id).values(status=TaskStatus.PACKED))
    session.commit()
    assert "请联系超市" in post(organiser, "/account", end(union, order), reason="停电", seen="1").text
    assert order_of(session).status is OrderStatus.CONFIRMED
    assert session.scalars(sa.select(CallOff)).all() == []


def test_the_campaigns_page_says_what_went_back_and_what_is_still_owed(
    session, organiser, unit_of_work, union
):
    order = order_of(session)
    unit_of_work.run(
        lambda inner: write_refund(
            inner, payment_to_refund(inner, order.id), amount_fen=5_000, bearer=RefundBearer.SHOP, reason="bad", actor_id=None,
            token="t" * 20, now=utc_now(),
        )
    )  # fmt: skip
    follow_orders(unit_of_work, now=utc_now())
    session.rollback()
    text = organiser.open(campaign(union)).text
    assert "共 ¥508.00；¥50.00 已退或不再应付" in text
    assert text.count("¥458.00") >= 2  # what stays ordered, and what is still to be paid
    assert len(member_ids(session, union)) == 4


def test_the_team_reads_whose_welfare_an_order_is_before_it_cancels(session, browse, unit_of_work, union):
    order = order_of(session)
    person = make_person(unit_of_work, "chief@shop.example", roles=[RoleName.ADMIN, RoleName.FINANCE])
    text = browse(person.email).open(f"/admin/orders/{order.number}").text
    assert "这张订单是福利活动 4 位会员的福利" in text
    assert "其中有 4 人的福利" in text


def at_home(session, unit_of_work):
    """Closed: the first member has a parcel sent home, the others collect."""
    made = open_union_shop(session, now=utc_now())
    session.get_one(User, made.buyer_id).password_hash = hash_password(PASSWORD)
    session.execute(sa.update(Campaign).values(home_delivery=True))
    home = Home("会员的家人", "+8613900000009", "陕西省", "西安市", "碑林区", "咸宁西路 28 号")
    choose_by_link(session, made, member_ids(session, made)[0], replace(a_choice(made), slot_id=0, home=home))
    session.commit()
    close = partial(begin_closing, campaign_id=made.campaign_id, actor_id=made.buyer_id, now=made.now)
    unit_of_work.run(close)
    close_campaigns(unit_of_work, now=made.now)
    session.rollback()
    return made


def test_parcels_home_are_found_and_called_off_from_the_campaigns_own_page(session, unit_of_work, browse):
    made = at_home(session, unit_of_work)
    organiser = browse(BUYER)
    organiser.open(campaign(made))
    link = re.search(r'href="([^"]*look=home[^"]*)"', organiser.page)
    assert link is not None
    organiser.open(link[1].replace("&amp;", "&"))
    member = session.get_one(CampaignMember, member_ids(session, made)[0])
    assert member.name in organiser.text
    assert "会员2" not in organiser.text
    organiser.open(f"{campaign(made)}/members/{member.id}")
    end_at = re.search(r'href="([^"]*/call-off)"', organiser.page)
    assert end_at is not None
    organiser.open(end_at[1])
    assert member.name in organiser.text
