"""A canteen orders in cases, lets eggs be ordered every week, and skips a day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, OrganisationKind
from shop.demo.canteens import CANTEEN, open_canteen
from shop.extensions import unit_of_work
from shop.kit.clock import shanghai_date, utc_now
from tests.browser.looking import DESKTOP, PHONE

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
