"""A gift on a phone from a list with mistakes to its export: paid in advance by one; approved for another."""

from __future__ import annotations

import re

from tests.browser.looking import PHONE
from tests.browser.navigators.gift_buyer import GiftBuyer
from tests.browser.test_back_office import at_desk
from tests.browser.test_organisations import HERE, colleagues  # noqa: F401

GOOD = "陈女士,13800001234,陕西省西安市雁塔区小寨东路9号"
BAD = "周先生,1380000,雁塔区含光南路70号"


def offered(visit, name: str) -> None:
    """An admin lets gifts be packed so."""
    desk = at_desk(visit, "admin")
    desk.open("/admin/gift-packagings/new")
    desk.main.locator("input[name=name_zh]").fill(name)
    desk.main.locator("input[name=name_en]").fill(f"Box {name}")
    desk.main.locator("input[name=price_fen]").fill("8.00")
    desk.main.locator("[name=note_zh]").fill("绸带打结")
    desk.press(desk.main.locator("form button.btn-primary").last)
    assert name in desk.text


def mended(buyer: GiftBuyer, phone: str) -> None:
    """What the list says is wrong is put right where it stands."""
    assert "只有 7 位，少 4 位" in buyer.text
    buyer.press(buyer.main.get_by_role("button", name="陕西省西安市雁塔区"))
    buyer.main.locator("li.bad input[name=phone]").fill(phone)
    buyer.press(buyer.main.locator("li.bad form.gift-row button").first)
    assert buyer.main.locator("li.bad").count() == 0


def ordered(buyer: GiftBuyer, way: str) -> None:
    buyer.choose("pay_by", way)
    buyer.main.locator("form button.btn-buy").click()
    buyer.confirm("下单", "Order it")


def exported(buyer: GiftBuyer) -> str:
    with buyer.page.expect_download() as waits:
        buyer.main.get_by_role("link", name="CSV").click()
    return waits.value.path().read_text("utf-8-sig")


def test_a_buyer_packs_pays_in_advance_and_follows_every_parcel(visit, worker, tmp_path):
    offered(visit, "红绸礼盒")
    buyer = visit("union", width=PHONE, navigator=GiftBuyer)
    buyer.begins("预付答谢")
    buyer.puts_in("茶")
    buyer.uploads(tmp_path, [GOOD, BAD])
    mended(buyer, "138 1000 5678")
    buyer.goes_to_card()
    buyer.packs_in("红绸礼盒")
    buyer.signs("{称呼}：多谢您。", "校工会")
    assert re.search(r"礼品包装费\s+¥16.00", buyer.text)
    ordered(buyer, "bank_transfer")
    worker.does("place_gifts")
    buyer.open(buyer.path)
    assert "2 个订单等这一笔转账" in buyer.text
    assert buyer.main.locator("tbody tr").count() == 2
    reference, amount = buyer.to_transfer()

    finance = at_desk(visit, "admin")
    finance.open(f"/admin/transfers?q={reference}")
    (row,) = finance.main.locator("tbody tr").all()
    assert amount.lstrip("¥") in row.inner_text()
    finance.press(row.get_by_role("link", name="预付答谢"))
    assert finance.main.locator("tbody tr").count() == 2

    assert "陈女士" in exported(buyer)
    assert "周先生" in exported(buyer)


def test_above_a_limit_an_approver_looks_at_the_whole_gift_and_agrees(visit, worker, colleagues, tmp_path):  # noqa: F811
    owner = visit("union", width=PHONE, navigator=GiftBuyer)
    owner.open(f"{HERE}/settings")
    owner.main.locator("#limits-order").fill("50")
    owner.press(owner.button("保存限额", "Save the limits"))
    owner.begins("要审批的礼品")
    owner.puts_in("茶")
    owner.uploads(tmp_path, [GOOD])
    owner.writes("{称呼}：多谢您。", "校工会")
    ordered(owner, "on_account")
    waiting = owner.path
    assert waiting.endswith("/pay")

    approver = visit("buyer2", width=PHONE)
    approver.open(f"{HERE}/approvals")
    approver.open(waiting)
    approver.button("整单同意", "Approve all of it").click()
    approver.confirm("整单同意", "Approve all of it")
    worker.does("place_gifts")
    owner.open(waiting.removesuffix("/pay"))
    assert owner.main.locator("tbody tr").count() == 1
    assert "陈女士" in exported(owner)
    owner.open(f"{HERE}/settings")
    owner.main.locator("#limits-order").fill("")
    owner.press(owner.button("保存限额", "Save the limits"))
