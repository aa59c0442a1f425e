"""The farmer's phone, the coordinator's desk and phone, and the counter of a pickup point."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import DESKTOP, PHONE


def test_a_farmer_accepts_reports_ready_and_takes_a_slip_back(visit, world):
    farmer = visit("farmer2")
    task = world.orders["b"]["open"].tasks[0]
    farmer.open(f"/farm/tasks/{task}")
    assert "您得 76 元" in farmer.text
    assert not any(word in farmer.text for word in ("黄连乙", "139", "百灵鸟"))
    farmer.press(farmer.button("接下", ""))
    farmer.open(f"/farm/tasks/{task}")
    farmer.press(farmer.button("备好了", ""))
    farmer.open(f"/farm/tasks/{task}")
    farmer.press(farmer.button("点错了，撤回", ""))
    farmer.open(f"/farm/tasks/{task}")
    expect(farmer.button("备好了", "")).to_be_visible()


def test_a_farmer_declines_with_a_reason(visit, world):
    farmer = visit("farmer2")
    farmer.open(f"/farm/tasks/{world.orders['b']['accepted'].tasks[0]}")
    farmer.press(farmer.button("没有货", ""))
    farmer.press(farmer.button("对，整单给别家", ""))
    assert "知道了，村里来想办法" in farmer.text  # nobody else has these goods


def test_a_farmer_declares_a_lot_in_three_screens(visit):
    farmer = visit("farmer2")
    farmer.open("/farm/lots")
    farmer.press(farmer.link("报新货", ""))
    farmer.press(farmer.main.locator("a[href^='/farm/lots/new/']").first)
    for _ in range(3):
        farmer.button("多一份", "").click()
    farmer.press(farmer.button("就这些", ""))
    assert "对不对" in farmer.text
    farmer.press(farmer.button("报上去", ""))
    assert "正在卖的货" in farmer.text


@pytest.mark.parametrize(
    ("width", "language", "name", "side"), [(DESKTOP, "en", "coordinator", "a"), (PHONE, "zh", "coordinator2", "b")]
)  # fmt: skip
def test_a_coordinator_receives_packs_prints_and_ships(width, language, name, side, visit, world):
    coordinator = visit(name, width=width, language=language)
    order = world.orders[side]["ready"]
    coordinator.open("/village")
    coordinator.open(f"/village/packing/{order.number}")
    coordinator.press(coordinator.button("收货", "Receive"))
    coordinator.open(f"/village/packing/{order.number}")
    coordinator.press(coordinator.button("装成一个包裹", "Pack into one parcel"))
    found = re.search(r"/village/parcels/(\w{10})\b", coordinator.page.content())
    assert found
    code = found[1]

    coordinator.open(f"/village/parcels/labels?code={code}")
    label = coordinator.page.locator(".lb").first
    assert label.locator("svg").count()
    coordinator.page.emulate_media(media="print")
    expect(label).to_be_visible()
    expect(coordinator.button("打印", "Print")).to_be_hidden()
    coordinator.page.emulate_media(media="screen")

    coordinator.open(f"/village/parcels/{code}")
    number = f"SF{1_000_000_000_000 + width}"
    coordinator.page.get_by_label(coordinator.says("运单号", "Tracking number")).fill(number)
    coordinator.press(coordinator.button("已发出", "Shipped"))
    coordinator.open(f"/village/parcels/{code}")
    assert number in coordinator.page.content()


def test_a_truck_leaves_only_after_its_cut_off_and_a_second_look(visit, world):
    coordinator = visit("coordinator", width=DESKTOP, language="en")
    coordinator.open(f"/village/runs/{world.runs['loaded']}")
    assert "can leave after that" in coordinator.text
    coordinator.open(f"/village/runs/{world.runs['loaded']}/depart")
    assert "Nothing more can be loaded" in coordinator.text
    coordinator.press(coordinator.button("发车", "It leaves"))
    assert "takes orders until" in coordinator.text


@pytest.mark.parametrize(
    ("width", "language", "name", "side"), [(PHONE, "zh", "point", "a"), (DESKTOP, "en", "point2", "b")]
)
def test_a_keeper_hands_over_by_code_and_sees_no_telephone(width, language, name, side, visit, world):
    keeper, order = visit(name, width=width, language=language), world.orders[side]["here"]
    keeper.open("/point")
    box = keeper.page.get_by_role("textbox", name=keeper.says("取货码", "Pickup code"))
    box.fill("000000")
    with keeper.ears.expecting(404):
        keeper.press(keeper.button("查", "Look up"))
    box.fill(order.pickup_code)
    keeper.press(keeper.button("查", "Look up"))
    assert order.parcel in keeper.text
    assert "¥" not in keeper.text
    assert "7771" not in keeper.text
    keeper.press(keeper.button("交货", "Hand over"))
    assert not keeper.page.get_by_role("table").filter(has_text=order.parcel).count()
    assert keeper.says("刚刚交出的", "Just handed over") in keeper.text
