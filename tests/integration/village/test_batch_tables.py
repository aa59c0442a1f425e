"""Forty parcels by file: the carrier's table is fetched, comes back with numbers, and everything leaves at once."""

from __future__ import annotations

import csv
import io
from functools import partial

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from tests.factories.counting import counted_statements


@pytest.fixture
def packed(unit_of_work, county, place, task_of, parcel_of):
    """A parcel of honey that stands packed in the first village."""

    def _packed(**facts):
        order_id = place({county.honey: 1}, **facts)
        task = task_of(order_id)
        unit_of_work.run(partial(receive, task_ids=[task.id], by=WORKER, now=utc_now()))
        unit_of_work.run(
            partial(
                pack_parcel,
                order_id=order_id,
                packing_place_id=task.packing_place_id,
                by=WORKER,
                now=utc_now(),
            )
        )
        return parcel_of(order_id)

    return _packed


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def sent_back(coordinator, content: bytes, press, name="back.csv"):
    return press(coordinator, "/village/parcels/ship/table", file=(io.BytesIO(content), name), carrier="sf")


def test_the_table_says_what_a_courier_must_know_and_nothing_else(coordinator, packed, press):
    parcel = packed()
    [row] = rows_of(press(coordinator, "/village/parcels/table", carrier="zto", kind="csv"))
    assert row["订单号"] == parcel.code
    assert row["收件人手机"].startswith("1")
    assert len(row["收件人手机"]) == 11
    assert float(row["重量(kg)"]) == parcel.weight_g / 1000
    assert row["物品名称"]
    text = " ".join(row.values())
    assert "¥" not in text
    assert "元" not in text
    [sf] = rows_of(press(coordinator, "/village/parcels/table", carrier="sf", kind="csv"))
    assert sf["用户订单号"] == parcel.code
    assert sf["收方详细地址"].startswith(row["省"])


def test_only_own_parcels_that_wait_for_a_courier_are_in_it(coordinator, stranger, packed, press):
    packed(pickup=True)
    mine = packed()
    assert [
        row["订单号"]
        for row in rows_of(press(coordinator, "/village/parcels/table", carrier="zto", kind="csv"))
    ] == [mine.code]
    nothing = press(stranger, "/village/parcels/table", carrier="zto", kind="csv", code=mine.code)
    assert nothing.status_code == 303
    assert press(coordinator, "/village/parcels/table", carrier="nobody").status_code == 404
    assert press(coordinator, "/village/parcels/table", carrier="sf", kind="exe").status_code == 404


def test_who_took_addresses_out_of_the_shop_stands_in_the_trail(coordinator, packed, press, unit_of_work):
    packed()
    press(coordinator, "/village/parcels/table", carrier="zto", kind="xlsx")
    noted = sa.select(AuditEntry).where(AuditEntry.action == "parcels.table_fetched")
    [entry] = unit_of_work.run(lambda s: list(s.scalars(noted)))
    assert entry.actor_id is not None
    assert "parcels" in str(entry.facts)


def test_an_address_is_never_a_formula(coordinator, packed, press, unit_of_work):
    parcel = packed()
    evil = sa.update(Order).where(Order.id == parcel.order_id).values(recipient="=cmd|'/C calc'!A0")
    unit_of_work.run(lambda s: s.execute(evil))
    book = press(coordinator, "/village/parcels/table", carrier="zto", kind="xlsx").data
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value] == ["s"] * sum(
        1 for row in sheet.iter_rows() for cell in row if cell.value
    )
    [row] = rows_of(press(coordinator, "/village/parcels/table", carrier="zto", kind="csv"))
    assert row["收件人姓名"].startswith("'=")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_carriers_table_fills_the_lines_and_one_press_ships_them(
    coordinator, packed, parcel_of, press, encoding
):
    first, second = packed(), packed()
    table = (
        "批量下单结果,,,\n*客户订单号,收件人,快递公司,运单号码\n"
        f"{first.code},甲,顺丰速运,SF1234567890123\n{second.code.lower()},乙,圆通速递,YT1234567890123\nX,丙,顺丰,\n"
    )
    shown = sent_back(coordinator, table.encode(encoding), press)
    assert shown.status_code == 200
    assert "读出 2 行" in shown.text
    assert parcel_of(first.order_id).status is ParcelStatus.PACKED  # only looked at
    lines = f"{first.code} sf SF1234567890123\n{second.code.lower()} yto YT1234567890123"
    assert lines in shown.text
    assert press(coordinator, "/village/parcels/ship", carrier="sf", lines=lines).status_code == 303
    assert parcel_of(second.order_id).tracking_number == "YT1234567890123"


def test_a_line_that_still_lacks_its_number_stays_and_the_others_go(coordinator, packed, parcel_of, press):
    gone, stays = packed(), packed()
    shown = coordinator.get("/village/parcels/ship").text
    assert all(one.code in shown for one in (gone, stays)), "both stand there, to be completed"
    lines = f"{gone.code} SF1234567890123\n{stays.code} "
    sent = press(coordinator, "/village/parcels/ship", carrier="sf", lines=lines)
    assert sent.status_code == 303, sent.text
    assert f"没写单号，先不发：{stays.code}" in coordinator.get(sent.location).text
    assert parcel_of(gone.order_id).status is ParcelStatus.SHIPPED
    assert parcel_of(stays.order_id).status is ParcelStatus.PACKED
    alone = press(coordinator, "/village/parcels/ship", carrier="sf", lines=f"{stays.code} ")
    assert alone.status_code == 400, "nothing can go: the missing number is asked for"


def test_rows_that_cannot_go_are_named_before_anything_leaves(coordinator, packed, press):
    parcel = packed()
    table = f"订单号,运单号\n{parcel.code},12\nABSENT,SF1234567890123\n"
    shown = sent_back(coordinator, table.encode(), press).text
    assert f"{parcel.code} 12</code>: 这家快递没有这样的运单号。" in shown
    assert "ABSENT SF1234567890123</code>: 这里没有这个包裹。" in shown


def test_a_number_that_is_used_already_is_named_line_by_line(coordinator, packed, parcel_of, press):
    gone, one, other = packed(), packed(), packed()
    press(coordinator, "/village/parcels/ship", carrier="sf", lines=f"{gone.code} SF1234567890123")
    lines = f"{one.code} SF1234567890123\n{other.code} SF1234567890124"
    refused = press(coordinator, "/village/parcels/ship", carrier="sf", lines=lines).text
    assert f"{one.code} SF1234567890123</code>: 这个运单号已经用在另一个包裹上。" in refused
    same = f"{one.code} SF1234567890129\n{other.code} SF1234567890129"
    refused = press(coordinator, "/village/parcels/ship", carrier="sf", lines=same).text
    assert refused.count("这个运单号在这里出现了两次。") == 2
    assert parcel_of(other.order_id).status is ParcelStatus.PACKED


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "文件是空的"), ("订单号,金额\n1,2\n".encode(), "运单号"), ("订单号,运单号\nA,\n".encode(), "还没有"),
     (b"\x00\x01", "CSV"), (b"PK\x03\x04broken", "文件坏了")],
)  # fmt: skip
def test_a_file_that_says_nothing_is_refused_in_words(coordinator, press, content, said):
    refused = sent_back(coordinator, content, press)
    assert refused.status_code == 400
    assert said in refused.text


def test_more_parcels_cost_no_more_statements(coordinator, packed, press, engine):
    packed()

    def cost() -> int:
        with counted_statements(engine) as statements:
            press(coordinator, "/village/parcels/table", carrier="zto", kind="csv")
        return len(statements)

    cost()
    few = cost()
    for _ in range(4):
        packed()
    assert cost() == few
