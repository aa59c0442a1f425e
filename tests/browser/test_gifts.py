"""A union thanks two people on a phone: the list has mistakes, is mended in place, and becomes orders."""

from __future__ import annotations

import pytest

from tests.browser.looking import DESKTOP, PHONE
from tests.browser.navigators.gift_buyer import GiftBuyer

GOOD = "陈女士,1380000{number},陕西省西安市雁塔区小寨东路9号"
BAD = "周先生,1380000,雁塔区含光南路70号"


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_a_gift_is_filled_mended_written_and_ordered(width, language, visit, worker, tmp_path):
    buyer = visit("union", width=width, language=language, navigator=GiftBuyer)
    buyer.begins(f"答谢 {width}")
    buyer.puts_in("茶")
    buyer.uploads(tmp_path, [GOOD.format(number=f"{width:04}"), BAD])
    assert buyer.says("只有 7 位，少 4 位", "Only 7 digits: 4 missing.") in buyer.text

    offered = buyer.main.get_by_role("button", name="陕西省西安市雁塔区")
    buyer.press(offered)
    phone = buyer.main.locator("li.bad input[name=phone]")
    phone.fill(f"138 1000 {width:04}")
    buyer.press(buyer.main.locator("li.bad form.gift-row button").first)
    assert buyer.main.locator("li.bad").count() == 0

    buyer.writes("{称呼}：多谢您。", "校工会")
    buyer.main.locator("form button.btn-buy").click()
    buyer.confirm("下单", "Order it")
    assert buyer.says("正在下单", "are being placed") in buyer.text
    worker.does("place_gifts")
    rows = buyer.main.locator("tbody tr")
    rows.nth(1).wait_for()  # the page looks again by itself
    assert rows.count() == 2
    assert "陈女士" in buyer.text
    buyer.press(rows.first.locator("a[href^='/orders/']"))
    assert "陈女士" in buyer.text
