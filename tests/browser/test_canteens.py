"""A canteen orders in cases and by weight, two of it accept what arrived, and eggs are ordered every week but for a day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, OrganisationKind
from shop.demo.canteens import CANTEEN, open_canteen
from shop.extensions import unit_of_work
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Order
from shop.payments.models import Payment
from tests.browser.looking import DESKTOP, PHONE
from tests.factories.sent_off import send_off

BASE = "/org/demo-canteen/canteen"


@pytest.fixture(autouse=True)
def canteen(worker_app):
    """The demo's, without its orders."""
    with worker_app.app_context():
        unit_of_work().run(_open_canteen)


def _open_canteen(session):
    if session.scalar(sa.select(Organisation.id).where(Organisation.slug == CANTEEN)) is None:
        named = {
            "name": "示例大学饮食服务中心",
            "invoice_title": "示例大学饮食服务中心",
            "tax_number": "1" * 18,
        }
        session.add(Organisation(slug=CANTEEN, kind=OrganisationKind.CANTEEN, **named))
        session.flush()
    open_canteen(session, utc_now())


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_cases_are_ordered_and_a_standing_order_is_set_up_skipped_and_stopped(width, language, visit):
    chief = visit("canteen", width=width, language=language)
    chief.open(BASE)
    chief.main.locator(".case-goods input").first.fill("1")
    chief.press(chief.button("看价格", "Look at the prices"))
    assert chief.says("合计", "Together") in chief.text
    chief.press(chief.button("账期下单", "Order on account"))
    number = re.search(r"\d{6}-\w{4}-\w{4}", chief.text)[0]
    chief.press(chief.link(number, number))
    chief.press(chief.link("送货单", "Delivery note"))
    assert number in chief.text

    chief.open(f"{BASE}/standing/new")
    first = shanghai_date(utc_now()) + timedelta(days=20)
    chief.main.locator("[name=name]").fill(f"每周 {width}")
    chief.main.locator(".case-goods input").first.fill("1")
    chief.main.locator(f"[name=weekdays][value='{first.weekday()}']").check()
    chief.main.locator("[name=first_on]").fill(first.isoformat())
    chief.press(chief.button("保存长期订单", "Set up the standing order"))
    chief.press(chief.button("跳过", "Skip"))
    assert chief.says("已暂停", "Paused") in chief.text
    chief.button("永久停止", "Stop it for good").click()
    chief.confirm("停止", "Stop it")
    assert chief.says("已停止", "Stopped") in chief.text


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_what_is_paid_by_weight_is_accepted_by_two_and_stands_in_the_bill(width, language, visit, worker_app):
    chief = visit("canteen", width=width, language=language)
    chief.open(BASE)
    by_weight = chief.main.locator(".case-goods li", has=chief.page.locator(".tag-warn")).first
    by_weight.locator("input").fill("1")
    chief.main.locator(".case-goods input").first.fill("1")
    to_kitchen = chief.main.locator("select[name=way] option", has_text="第一食堂").first
    chief.main.locator("select[name=way]").select_option(to_kitchen.get_attribute("value"))
    chief.main.locator("[name=deliver_on]").fill((shanghai_date(utc_now()) + timedelta(days=12)).isoformat())
    chief.press(chief.button("看价格", "Look at the prices"))
    assert chief.says("最多", "at most") in chief.text
    chief.press(chief.button("账期下单", "Order on account"))
    number = re.search(r"\d{6}-\w{4}-\w{4}", chief.text)[0]
    with worker_app.app_context():
        send_off(unit_of_work(), number, now=utc_now())

    ordered = owed(worker_app, number)
    chief.open(f"{BASE}/orders/{number}")
    weighs(chief, "0.5")
    assert chief.says("请再看一下秤", "Please look at the scale again") in chief.text
    weighs(chief, "0.5", "一半没有到", refused=False)
    accepts(visit("canteen2", width=width, language=language), number)
    short = owed(worker_app, number)
    assert short < ordered, "half of it did not arrive"

    chief.open(f"{BASE}/orders/{number}")
    chief.main.get_by_text(chief.says("重填到货情况", "Write anew what arrived")).click()
    weighs(chief, "0.9", "另一半在后门", refused=False)
    accepts(visit("canteen2", width=width, language=language), number)
    settled = owed(worker_app, number)
    assert short < settled < ordered, "the wrong weight was put right upwards"
    chief.open("/org/demo-canteen/bills")
    assert number in chief.text
    assert f"{settled / 100:,.2f}" in chief.text


def weighs(chief, kilos, words="", *, refused=True):
    """What goes by the piece came as it was ordered, as the form has it already."""
    grams = chief.main.locator("[name^=grams-]")
    grams.fill(kilos)
    line_id = grams.get_attribute("name").removeprefix("grams-")
    chief.main.locator(f"[name=words-{line_id}]").fill(words)
    button = chief.button("记下", "Write it down")
    if refused:
        with chief.ears.expecting(400):
            chief.press(button)
    else:
        chief.press(button)


def accepts(second, number):
    second.open(f"{BASE}/orders/{number}")
    second.button("确认并结算", "Confirm and settle").click()
    second.confirm("确认", "Confirm")
    assert second.says("已结算", "Settled.") in second.text


def owed(worker_app, number):
    with worker_app.app_context():
        due = (
            sa.select(Payment.due_fen).join(Order, Order.id == Payment.order_id).where(Order.number == number)
        )
        return unit_of_work().run(lambda session: session.scalars(due.order_by(Payment.id.desc())).first())
