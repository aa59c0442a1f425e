"""An organisation asks for a quotation, the team writes two versions, and the newest is accepted on account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shop.kit.clock import shanghai_date, utc_now
from tests.browser.looking import DESKTOP, PHONE
from tests.browser.test_back_office import at_desk

TEA = "yunwu-green-tea"


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_what_is_asked_for_is_offered_changed_and_accepted(width, language, visit):
    buyer, admin = visit("union", width=width, language=language), at_desk(visit, "admin")
    title = f"年货 {width}"
    buyer.open(f"/products/{TEA}")
    buyer.press(buyer.link("要一份报价单", "Ask for a quotation"))
    fills(buyer, {"title": title, "rows-0-quantity": "6", "contact": "何老师", "phone": "139 0000 0000"})
    buyer.press(buyer.button("提交", "Send the request"))
    number = re.search(r"BJ-\w{6}-\w{4}", buyer.path)[0]

    admin.open("/admin/quotations?state=waiting")
    admin.press(admin.link("", title))
    admin.press(admin.link("", "Write the first version"))
    valid = (shanghai_date(utc_now()) + timedelta(days=7)).isoformat()
    fills(admin, {"lines-0-price": "60", "valid_until": valid})
    admin.main.locator("[name=stop]").select_option(index=1)
    sends(admin)

    buyer.open(f"/org/{slug_of(buyer)}/quotations/{number}")
    assert "360.00" in buyer.text
    buyer.main.locator("summary").filter(
        has_text=buyer.says("要改一改", "Something should be different")
    ).click()
    fills(buyer, {"words": "再便宜一点"})
    buyer.press(buyer.button("请出新版", "Ask for another version"))

    admin.open(f"/admin/quotations/{number}")
    assert "再便宜一点" in admin.text
    admin.press(admin.link("", "Write the next version"))
    fills(admin, {"lines-0-price": "55"})
    sends(admin)

    buyer.open(buyer.path)
    buyer.press(buyer.link("打印合同", "Print the contract"))
    assert "叁佰叁拾元整" in buyer.text
    buyer.open(f"/org/{slug_of(buyer)}/quotations/{number}")
    buyer.choose("payment_method", "on_account")
    buyer.button("接受第 2 版", "Accept version 2").click()
    buyer.confirm("接受", "Accept")
    assert buyer.says("已接受", "Accepted") in buyer.text
    assert re.search(r"\d{6}-\w{4}-\w{4}", buyer.text)


def fills(someone, fields) -> None:
    for name, value in fields.items():
        someone.main.locator(f"[name='{name}']").fill(value)


def sends(admin) -> None:
    """The draft is saved, read, and sent."""
    admin.press(admin.button("", "Save the draft and read it"))
    admin.button("", "Send version").click()
    admin.confirm("", "Send")


def slug_of(buyer) -> str:
    return re.search(r"/org/([\w-]+)/", buyer.path)[1]
