"""The team enters what a chat group ordered: by hand, on a phone too, and as a table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Variant
from shop.extensions import unit_of_work
from shop.kit.clock import shanghai_date, utc_now
from tests.browser.looking import DESKTOP, PHONE


@pytest.fixture
def sku(worker_app) -> str:
    """Of a pack that there is plenty of."""
    with worker_app.app_context():
        tea = sa.select(Variant.sku).where(Variant.active).order_by(Variant.id).limit(1)
        return unit_of_work().run(lambda session: session.scalar(tea))


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_an_order_of_a_chat_group_is_entered_and_found(width, language, visit, sku):
    clerk = visit("admin", width=width, language=language)
    clerk.open("/admin/outside-sources/new")
    fill = lambda name, text: clerk.main.locator(f"[name={name}]").fill(text)  # noqa: E731
    for name, text in (
        ("slug", f"group-{width}"), ("name_zh", "教工群"), ("name_en", "Staff group"), ("collector", "刘老师"),
        ("contact_phone", "137 0000 0000"),
    ):  # fmt: skip
        fill(name, text)
    clerk.press(clerk.button("保存", "Save"))

    clerk.open("/admin/outside/new")
    source = clerk.main.locator("[name=source_id] option").last.get_attribute("value")
    clerk.main.locator("[name=source_id]").select_option(source)
    fill("number", f"G-{width}")
    fill("goods-0-sku", sku)
    clerk.press(clerk.button("再加几行商品", "Room for more goods"))
    fill("goods-0-units", "1")
    with clerk.ears.expecting(400):
        clerk.press(clerk.button("录入", "Enter it"))
    assert clerk.says("请选自提点", "Please choose a pickup point") in clerk.text
    clerk.main.locator("[name=point_id]").select_option(index=1)
    clerk.press(clerk.button("录入", "Enter it"))
    assert f"G-{width}" in clerk.text
    number = re.search(r"\d{6}-\w{4}-\w{4}", clerk.path)[0]

    clerk.open(f"/admin/orders?q=G-{width}")
    assert number in clerk.text


def test_a_table_is_judged_put_right_and_entered(visit, sku, tmp_path: Path):
    clerk = visit("admin", width=DESKTOP, language="en")
    clerk.open("/admin/outside-sources/new")
    for name, text in (
        ("slug", "fair-table"), ("name_zh", "集市"), ("name_en", "Fair"), ("collector", "志愿者"),
        ("contact_phone", "137 0000 0001"),
    ):  # fmt: skip
        clerk.main.locator(f"[name={name}]").fill(text)
    clerk.press(clerk.button("", "Save"))
    clerk.open("/admin/outside/new")
    point = clerk.main.locator("[name=point_id] option").nth(1).inner_text()
    today = shanghai_date(utc_now()).isoformat()
    table = tmp_path / "orders.csv"
    head = "Order number there,Ordered on,Pickup point,SKU,Quantity,Paid how,Paid on\n"

    def send(units: str) -> None:
        table.write_text(head + f"T-1,{today},{point},{sku},{units},cash,{today}\n")
        clerk.open("/admin/outside/import")
        clerk.main.locator("[name=source_id]").select_option(label="Fair")
        clerk.main.locator("[name=file]").set_input_files(str(table))

    send("some")
    with clerk.ears.expecting(400):
        clerk.press(clerk.button("", "Look at it"))
    assert "Row 2" in clerk.text
    send("1")
    clerk.press(clerk.button("", "Look at it"))
    clerk.button("", "Enter them").first.click()
    clerk.confirm("", "Enter them")
    assert "All of it is entered." in clerk.text
