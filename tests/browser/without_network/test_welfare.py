"""A campaign's goods handed over by name and code where the network comes and goes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.browser.without_network.phone import Phone, poll


@pytest.fixture
def day(books, whole_shop_on_sqlite):
    """The campaign that is handed out at the keeper's point; whoever waits there waits again."""
    planted = whole_shop_on_sqlite.world.records["campaigns"]["buyer"]
    books.execute(
        sa.text("DELETE FROM campaign_handouts WHERE member_id = :member"), {"member": planted["day_member"]}
    )
    return planted


@pytest.fixture
def code(books, day):
    asked = sa.text("SELECT pickup_code FROM campaign_choices WHERE member_id = :member")
    return books.execute(asked, {"member": day["day_member"]}).scalar()


@pytest.fixture
def phone(visit):
    phone = Phone(visit("point"))
    phone.waiting = phone.page.locator(".kept.wait")
    phone.told = phone.page.locator(".kept.unused")
    return phone


@pytest.fixture
def handed(books, day):
    asked = sa.text("SELECT collected_by FROM campaign_handouts WHERE member_id = :member")
    return lambda: books.execute(asked, {"member": day["day_member"]}).scalars().all()


def hand_over(phone, found_by, code, instead=""):
    phone.page.locator("[data-find]").fill(found_by)
    phone.page.locator("[data-name] button:visible").first.click()
    form = phone.page.locator("[data-find-people] form")
    form.locator("[name=code]").fill(code)
    form.locator("[name=collected_by]").fill(instead)
    form.get_by_role("button", name="交货").click()


def test_welfare_is_handed_over_without_a_network_and_counts_once(phone, day, code, handed):
    path = f"/point/welfare/{day['closed']}"
    phone.keep(path).cut()
    phone.open(path)
    assert code not in phone.page.content()
    hand_over(phone, "A001"[-4:], code, "李同事")
    expect(phone.waiting).to_contain_text("王会员")
    phone.look()
    assert handed() == []
    phone.page.locator("[data-find]").fill("王会员")
    expect(phone.page.locator("[data-name]:visible")).to_have_count(0)  # off the list of this phone
    phone.join()
    poll(lambda: handed() == ["李同事"])
    expect(phone.waiting).to_have_count(0, timeout=20_000)


def test_a_wrong_code_is_told_when_the_network_is_back(phone, day, handed):
    path = f"/point/welfare/{day['closed']}"
    phone.keep(path).cut()
    hand_over(phone.open(path), "王会员", "000000")
    expect(phone.waiting).to_have_count(1)
    phone.join()
    expect(phone.told).to_contain_text("不是 王会员 的取货码", timeout=20_000)
    assert handed() == []
    phone.look()
