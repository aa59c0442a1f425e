"""A buyer of an organisation orders on its terms; its transfer pays what it owes."""

from __future__ import annotations

import re

import pytest

from tests.browser.looking import DESKTOP, PHONE
from tests.browser.navigators.buyer import Buyer
from tests.browser.test_back_office import at_desk

TEA = "yunwu-green-tea"


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_what_is_bought_on_account_is_owed_until_its_transfer_is_there(width, language, visit):
    buyer = visit("union", width=width, language=language, navigator=Buyer)
    buyer.open(f"/products/{TEA}")
    buyer.adds_to_basket(2)
    buyer.checks_out()
    buyer.says_who(
        phone=f"139 0000 {width:04}"
    )  # how much of limited goods one buys counts by telephone, too
    buyer.choose("payment_method", "on_account")
    buyer.press(buyer.button("账期下单", "Order on account"))
    number = re.search(r"\d{6}-\w{4}-\w{4}", buyer.path)[0]
    assert buyer.says("按账期下单", "accepted on account") in buyer.text
    owed = re.search(buyer.says("应转账", "To transfer") + r"\s+¥(\d+\.\d\d)", buyer.text)[1]

    buyer.press(buyer.link("全部账期欠款", "All that is owed on account"))
    assert number in buyer.text
    before = owed_now(buyer)

    finance = at_desk(visit, "admin")
    finance.open(f"/admin/transfers?q={number}")
    finance.press(finance.link("到账了", "It arrived"))
    finance.main.locator("form input[name=received]").fill(owed)
    finance.button("", "Confirm that it arrived").click()
    finance.confirm("", "It is there")

    buyer.open("/org")
    assert number not in buyer.text
    assert before - owed_now(buyer) == pytest.approx(float(owed))


def owed_now(buyer: Buyer) -> float:
    return float(buyer.main.locator("dl dd.num").first.inner_text().strip("¥").replace(",", ""))
