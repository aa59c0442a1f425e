"""A buyer and an approver get their papers by one button, on a phone and at a desk."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.membership import put_member
from shop.accounts.models import Organisation, User
from shop.accounts.organisations import APPROVER, BUYER
from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from tests.browser.looking import DESKTOP, PHONE

UNION = "demo-staff-union"


@pytest.fixture
def colleagues(worker_app):
    """A buyer and an approver of the union; returns an order of it that is not invoiced."""

    def work(session):
        union = session.scalar(sa.select(Organisation.id).where(Organisation.slug == UNION))
        for name, role in (("buyer", BUYER), ("buyer2", APPROVER)):
            person = session.scalar(sa.select(User.id).where(User.email == f"{name}@demo.example"))
            put_member(session, union, person, role, actor_id=None, now=utc_now())
        own = sa.select(Order.number).where(Order.organisation_id == union, Order.confirmed_at.is_not(None))
        return session.scalar(own.order_by(Order.confirmed_at.desc()))

    with worker_app.app_context():
        return unit_of_work().run(work)


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
@pytest.mark.parametrize("who", ["buyer", "buyer2"])
def test_who_buys_and_who_approves_get_their_papers_by_one_button(
    who, width, language, visit, worker, colleagues
):
    member = visit(who, width=width, language=language)
    member.open(f"/org/{UNION}/bills")
    papers = member.main.locator(f"a[href$='/papers/order/{colleagues}']").first
    member.press(papers)
    assert member.says("明细清单", "Itemised list") in member.text
    again = member.button("重新生成", "Put the papers together again")
    once = member.button("一键生成报销材料包", "Put the papers together")
    member.press(again if again.count() else once.first)
    worker.does("make_papers")
    member.open(member.path)
    for name in (member.says("下载 PDF", "Download PDF"), member.says("下载 ZIP", "Download ZIP")):
        with member.page.expect_download() as taken:
            member.main.get_by_role("link", name=name).click()
        assert taken.value.suggested_filename.startswith("reimbursement-order-")
    can_attach = member.main.locator("input[type=file]").count() == 1
    assert can_attach == (who == "buyer"), "who approves looks; who buys attaches"
