"""A keeper sells from the point's shelf on a phone, undoes a sale, and counts the cash."""

from __future__ import annotations

import pytest

from tests.browser.looking import DESKTOP, PHONE


@pytest.mark.parametrize(("width", "language", "name"), [(PHONE, "zh", "point"), (DESKTOP, "en", "point2")])
def test_a_keeper_sells_over_the_counter_and_undoes_it(width, language, name, visit, world):
    keeper, own = visit(name, width=width, language=language), world.records["shelves"][name]
    keeper.open("/point/shelf")
    assert keeper.path == f"/point/shelf/{own['shelf_id']}", "the only shelf is opened at once"
    keeper.main.get_by_role("button", name=keeper.says("加一", "Plus")).first.click()
    assert "¥" in keeper.main.locator("[data-total]").inner_text()
    keeper.press(keeper.button("算总价", "To the total"))
    keeper.press(keeper.button("校园卡", "Campus card"))
    assert keeper.says("已卖出", "Sold: receipt") in keeper.text
    assert keeper.path.startswith("/point/sales/")

    keeper.main.get_by_text(keeper.says("撤销这笔", "Undo this sale")).click()
    keeper.main.locator("[name=reason]").fill("买家不要了")
    keeper.press(keeper.button("撤销，钱已退还", "Undo it, the money is given back"))
    assert keeper.says("已撤销", "Undone.") in keeper.text

    keeper.open(f"/point/shelf/{own['shelf_id']}/day")
    assert keeper.says("今天卖出", "Sold today") in keeper.text


def test_a_second_person_counts_the_cash_and_is_not_told_the_first_sum(visit, world):
    keeper, own = visit("point", width=PHONE, language="zh"), world.records["shelves"]["point"]
    keeper.open(f"/point/shelf/{own['shelf_id']}/day")
    keeper.main.locator("[name=counted]").fill("1")
    with keeper.ears.expecting(400):
        keeper.press(keeper.button("收下现金", "Take the cash over"))
    assert "和第一个人点的数不一样" in keeper.text
    expected = keeper.main.locator("#box b").inner_text().lstrip("¥")
    keeper.main.locator("[name=counted]").fill(expected.replace(",", ""))
    keeper.press(keeper.button("收下现金", "Take the cash over"))
    assert "已移交" in keeper.text
