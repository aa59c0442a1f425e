"""At the scale of a workshop: two households of a queue, a wrong weight, and a lot made of what came."""

from __future__ import annotations

import re

from tests.browser.looking import PHONE

A6_POINTS = (297.6, 419.5)  # 105 × 148 mm


def weigh(coordinator, household: str, jin: str) -> None:
    coordinator.page.get_by_label("农户").fill(household)
    coordinator.page.get_by_label("重量（斤）").fill(jin)
    coordinator.press(coordinator.main.get_by_role("button", name=re.compile("记下")))


def is_asked_again(coordinator) -> None:
    """The press is answered by a question."""
    with coordinator.ears.expecting(409):
        coordinator.press(coordinator.main.get_by_role("button", name=re.compile("记下|做成")))
    assert "再按一次" in coordinator.text


def test_a_queue_is_weighed_in_on_a_phone_and_becomes_a_lot(visit, world):
    coordinator = visit("coordinator", width=PHONE, language="zh")
    kept = world.records["workshops"]["a"]
    coordinator.open(f"/village/intake?workshop={kept['producer']}&grade={kept['grade']}")
    weigh(coordinator, str(kept["household"]), "12.5")
    assert "12.5 斤" in coordinator.text
    assert coordinator.page.get_by_label("送来的原料").input_value() == str(kept["grade"])
    coordinator.page.get_by_label("农户").fill(str(kept["household"]))
    coordinator.page.get_by_label("重量（斤）").fill("300")
    is_asked_again(coordinator)
    coordinator.page.get_by_label("重量（斤）").fill("30")
    coordinator.press(coordinator.button("斤数没错，记下", ""))
    assert "30 斤" in coordinator.text
    coordinator.press(coordinator.link("写错了？冲销", ""))
    coordinator.page.get_by_label("原因").fill("看错秤")
    coordinator.page.get_by_label(re.compile("正确的斤数")).fill("3")
    coordinator.button("写冲销单", "").click()
    coordinator.confirm("写冲销单", "")
    assert "已冲销" in coordinator.text

    coordinator.press(coordinator.link("打印这张单", ""))
    paper = coordinator.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert all(abs(float(found) - wanted) < 2 for found, wanted in zip(box.groups(), A6_POINTS, strict=True))

    coordinator.open(f"/village/processing/new?workshop={kept['producer']}&grade={kept['grade']}")
    for ticked in coordinator.page.locator("input[name=use]").all()[:-1]:
        ticked.uncheck()
    coordinator.page.get_by_label("件数").fill("3")
    is_asked_again(coordinator)
    coordinator.press(coordinator.main.get_by_role("button", name=re.compile("做成")))
    assert "100.00 %" in coordinator.text
