"""An owner sets a limit, a buyer orders above it, an approver agrees: each on their own screen."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.membership import put_member
from shop.accounts.models import Organisation, User
from shop.accounts.organisations import APPROVER, BUYER
from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from tests.browser.looking import DESKTOP, PHONE
from tests.browser.navigators.buyer import Buyer
from tests.browser.test_on_account import TEA

UNION = "demo-staff-union"
HERE = f"/org/{UNION}"


@pytest.fixture
def colleagues(worker_app):
    """Two people of the union besides its owner: one buys, one approves."""

    def work(session):
        union = session.scalar(sa.select(Organisation.id).where(Organisation.slug == UNION))
        for name, role in (("buyer", BUYER), ("buyer2", APPROVER)):
            person = session.scalar(sa.select(User.id).where(User.email == f"{name}@demo.example"))
            put_member(session, union, person, role, actor_id=None, now=utc_now())

    with worker_app.app_context():
        unit_of_work().run(work)


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_what_is_above_a_limit_waits_for_a_second_person(width, language, visit, colleagues):
    owner = visit("union", width=width, language=language)
    owner.open(f"{HERE}/settings")
    number = f"GH-{width}"
    if not owner.main.locator("#project-number").is_visible():
        owner.main.get_by_text(owner.says("添加经费项目号", "Add a project number")).first.click()
    owner.main.locator("#project-number").fill(number)
    owner.main.locator("#project-is_default").check()
    owner.press(owner.button("保存项目", "Save the project"))
    owner.main.locator("#limits-order").fill("50")
    owner.press(owner.button("保存限额", "Save the limits"))
    owner.open(f"{HERE}/members")

    buyer = visit("buyer", width=width, language=language, navigator=Buyer)
    buyer.open(f"/products/{TEA}")
    buyer.adds_to_basket()
    buyer.checks_out()
    buyer.says_who(phone=f"139 0011 {width:04}")
    buyer.page.locator("#organisation").select_option(label="示例大学工会委员会")
    buyer.page.locator("#project").select_option(label=number)
    buyer.choose("payment_method", "on_account")
    buyer.press(buyer.button("账期下单", "Order on account"))
    assert buyer.says("等单位审批", "Waiting for your organisation") in buyer.text
    order = re.search(r"\d{6}-\w{4}-\w{4}", buyer.path)[0]

    approver = visit("buyer2", width=width, language=language)
    approver.open(f"{HERE}/approvals")
    approver.press(approver.main.get_by_role("link", name=order))
    assert number in approver.text
    approver.button("批准", "Approve").click()
    approver.confirm("批准", "Approve")
    assert approver.says("已批准", "Approved") in approver.text

    buyer.open(f"/orders/{order}")
    assert buyer.says("账期", "On account") in buyer.text
    owner.open(f"{HERE}/settings")
    owner.main.locator("#limits-order").fill("")
    owner.press(owner.button("保存限额", "Save the limits"))
