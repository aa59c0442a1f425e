"""Views of reports over HTTP: saved, shared, begun with, deleted; and never a row outside the reader's own scope."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.exports.models import DefaultView, ReportView
from shop.extensions import db
from tests.factories.counting import counted_statements
from tests.whole_shop import WholeShop

ADMIN, VILLAGE = "/admin", "/village"
TWO = {"place-number": "2", "place-paid_fen": "1"}
VILLAGES = {"place-village": "1", "place-weighed_g": "2", "group-0": "village"}


def views(shop: WholeShop, name: str) -> list[ReportView]:
    found = sa.select(ReportView).where(ReportView.name == name).order_by(ReportView.id)
    return list(shop.read(lambda session: session.scalars(found).all()))


def save(shop: WholeShop, person: str, face: str, report: str, name: str, **typed: Any) -> int:
    """The number of the view."""
    form = {"do": "save", "name": name, **typed}
    answer = shop.send(person, "POST", f"{face}/reports/{report}/columns", form)
    assert answer.status_code == 303, answer.text
    return int(re.search(r"view=([0-9]+)", answer.location)[1])


def lines(shop: WholeShop, person: str, address: str, **query: Any) -> list[list[str]]:
    asked = urlencode({"format": "csv", "lang": "zh", **query})
    answer = shop.send(person, "GET", f"{address}{'&' if '?' in address else '?'}{asked}")
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def status(shop: WholeShop, person: str, address: str) -> int:
    return shop.send(person, "GET", address).status_code


def test_columns_are_shown_without_saving_and_the_address_can_be_kept(any_shop: WholeShop):
    form = {"do": "show", "down": "1", "sort": "paid_fen", **TWO}
    answer = any_shop.send("admin", "POST", "/admin/reports/orders/columns", form)
    assert "columns=paid_fen,number" in answer.location.replace("%2C", ",")
    head, *rows = lines(any_shop, "admin", answer.location)
    assert head == ["实付 (CNY)", "订单号"]
    assert [float(row[0]) for row in rows] == sorted((float(row[0]) for row in rows), reverse=True)
    page = any_shop.send("admin", "GET", answer.location).text
    assert rows[0][1] in page
    assert "format=csv&amp;columns" in page or "columns=paid_fen" in page
    assert not views(any_shop, "")


def test_a_view_is_saved_once_however_often_it_is_sent(any_shop: WholeShop):
    first = save(any_shop, "admin", ADMIN, "orders", "两列", **TWO)
    assert save(any_shop, "admin", ADMIN, "orders", "两列", **TWO) == first
    other = any_shop.send(
        "admin", "POST", "/admin/reports/orders/columns", {"do": "save", "name": "两列", "place-number": "1"}
    )
    assert other.status_code == 400
    assert 'value="两列"' in other.text
    assert len(views(any_shop, "两列")) == 1
    trail = sa.select(AuditEntry.action).where(
        AuditEntry.subject_type == "report_view", AuditEntry.subject_id == str(first)
    )
    assert any_shop.read(lambda session: session.scalars(trail).all()) == ["report_view.saved"]


def test_a_view_comes_in_every_format_as_it_stands(any_shop: WholeShop):
    view = save(any_shop, "admin", ADMIN, "orders", "各种格式", sort="paid_fen", **TWO)
    here = f"/admin/reports/orders?view={view}"
    _, *rows = lines(any_shop, "admin", here)
    told = json.loads(any_shop.send("admin", "GET", f"{here}&format=json").data)
    assert [one["key"] for one in told["columns"]] == ["paid_fen", "number"]
    assert told["rows"] == [[round(float(paid) * 100), number] for paid, number in rows]
    assert any_shop.send("admin", "GET", f"{here}&format=xlsx").data.startswith(b"PK")
    assert any_shop.send("admin", "GET", f"{here}&rows=all").status_code == 200
    noted = sa.select(AuditEntry.facts).where(AuditEntry.action == "report.exported")
    facts = any_shop.read(lambda session: session.scalars(noted.order_by(AuditEntry.id.desc())).first())
    assert (facts["view"], facts["format"]) == ("各种格式", "xlsx")


def test_what_is_typed_wrong_is_said_and_kept(any_shop: WholeShop):
    for wrong, said in (
        ({}, "请至少选择一列"),
        ({"place-number": "x"}, "位置要填数字"),
        ({**TWO, "key-0": "paid_fen", "rule-0": "least", "value-0": "很多"}, "12.50"),
        ({**TWO, "key-0": "paid_fen", "rule-0": "has", "value-0": "1"}, "不能这样比较"),
        ({**TWO, "key-0": "status", "rule-0": "is", "value-0": "没有这种"}, "没有这种"),
        (TWO, "请给视图起一个名称"),
    ):
        answer = any_shop.send(
            "admin", "POST", "/admin/reports/orders/columns?lang=zh", {"do": "save", "name": "", **wrong}
        )
        assert answer.status_code == 400
        assert said in answer.text, (said, answer.text)
    typed = {**TWO, "name": "留着", "key-0": "status", "rule-0": "is", "value-0": "没有这种", "do": "save"}
    page = any_shop.send("admin", "POST", "/admin/reports/orders/columns", typed).text
    assert 'value="没有这种"' in page
    assert 'value="留着"' in page
    assert not views(any_shop, "留着")


def test_a_state_is_chosen_by_the_word_that_people_read(any_shop: WholeShop):
    form = {"do": "show", "key-0": "status", "rule-0": "is", "value-0": "已完成", **TWO}
    answer = any_shop.send("admin", "POST", "/admin/reports/orders/columns?lang=zh", form)
    assert "status:is:completed" in answer.location.replace("%3A", ":")


def test_nobody_opens_names_or_deletes_the_view_of_another(any_shop: WholeShop):
    view = save(any_shop, "admin", ADMIN, "orders", "只给自己", **TWO)
    for person in ("admin2", "clerk"):
        assert status(any_shop, person, f"/admin/report-views/{view}") == 404
        assert status(any_shop, person, f"/admin/reports/orders?view={view}") == 404
        for pressed in ("save", "delete", "begin"):
            sent = {"do": pressed, "name": "抢来"}
            assert any_shop.send(person, "POST", f"/admin/report-views/{view}", sent).status_code == 404
    assert status(any_shop, "coordinator", f"/village/report-views/{view}") == 404
    assert status(any_shop, "buyer", f"/admin/report-views/{view}") == 404
    assert [one.id for one in views(any_shop, "只给自己")] == [view]


def test_a_shared_view_is_everybodys_to_open_and_only_its_owners_to_change(any_shop: WholeShop):
    view = save(any_shop, "admin", ADMIN, "orders", "大家看", shared_with="admin", **TWO)
    assert status(any_shop, "clerk", f"/admin/reports/orders?view={view}") == 200
    assert "大家看" in any_shop.send("clerk", "GET", "/admin/report-views").text
    assert any_shop.send("clerk", "POST", f"/admin/report-views/{view}", {"do": "delete"}).status_code == 404
    assert any_shop.send("clerk", "POST", f"/admin/report-views/{view}", {"do": "begin"}).status_code == 303
    assert len(lines(any_shop, "clerk", "/admin/reports/orders")[0]) > 2  # a file is what its address says
    page = any_shop.send("clerk", "GET", "/admin/reports/orders").text
    assert 'scope="col"' in page
    assert page.count('scope="col"') == 2
    mine = {"do": "save", "name": "大家看", "shared_with": ""}
    assert any_shop.send("admin", "POST", f"/admin/report-views/{view}", mine).status_code == 303
    assert status(any_shop, "clerk", f"/admin/reports/orders?view={view}") == 404
    assert any_shop.send("clerk", "GET", "/admin/reports/orders").text.count('scope="col"') > 2


def test_a_view_of_a_money_report_is_nobodys_without_the_finance_permission(any_shop: WholeShop):
    typed = {"place-account": "1"}
    refused = any_shop.send(
        "admin", "POST", "/admin/reports/trial-balance/columns",
        {"do": "save", "name": "余额", "shared_with": "admin", **typed},
    )  # fmt: skip
    assert refused.status_code == 403
    view = save(any_shop, "admin", ADMIN, "trial-balance", "余额", shared_with="finance", **typed)
    assert status(any_shop, "admin2", f"/admin/reports/trial-balance?view={view}") == 200
    assert status(any_shop, "clerk", f"/admin/reports/trial-balance?view={view}") == 404
    assert status(any_shop, "clerk", f"/admin/report-views/{view}") == 404
    assert status(any_shop, "clerk", "/admin/reports/trial-balance/columns") == 404
    assert "余额" not in any_shop.send("clerk", "GET", "/admin/report-views").text


def test_coordinators_see_own_villages_in_a_view_that_the_shop_shares(any_shop: WholeShop):
    view = save(any_shop, "admin", ADMIN, "intake", "各村", shared_with="coordinator", **VILLAGES)
    own = {}
    for person in ("coordinator", "coordinator2"):
        whole = lines(any_shop, person, "/village/reports/intake")
        shown = lines(any_shop, person, "/village/reports/intake", view=view)
        place = whole[0].index("村")
        own[person] = {row[place] for row in whole[1:]}
        assert {row[0] for row in shown[1:]} == own[person]
        assert status(any_shop, person, f"/village/reports/intake?view={view}") == 200
    assert own["coordinator"] != own["coordinator2"]
    everywhere = {row[0] for row in lines(any_shop, "admin", "/admin/reports/intake", view=view)[1:]}
    assert everywhere >= own["coordinator"] | own["coordinator2"]


def test_a_coordinator_keeps_views_of_own_reports_and_shares_none(any_shop: WholeShop):
    view = save(any_shop, "coordinator", VILLAGE, "intake", "我村", **VILLAGES)
    refused = {"do": "save", "name": "大家", "shared_with": "coordinator", **VILLAGES}
    assert any_shop.send("coordinator", "POST", "/village/reports/intake/columns", refused).status_code == 403
    assert status(any_shop, "coordinator", "/village/reports/orders/columns") == 404
    assert status(any_shop, "coordinator2", f"/village/reports/intake?view={view}") == 404
    assert status(any_shop, "coordinator", f"/village/report-views/{view}") == 200


def test_a_filter_narrows_and_never_widens_what_a_coordinator_reads(any_shop: WholeShop):
    whole = lines(any_shop, "coordinator", "/village/reports/lot-balance")[1:]
    for typed in ("%", "_", "' OR 1=1 --", "村"):
        found = lines(any_shop, "coordinator", "/village/reports/lot-balance", where1=f"village:has:{typed}")[
            1:
        ]
        assert all(row in whole for row in found)


def test_a_deleted_view_is_gone_with_what_began_with_it(any_shop: WholeShop):
    view = save(any_shop, "admin", ADMIN, "orders", "不要了", **TWO)
    for pressed in ("begin", "delete"):
        assert (
            any_shop.send("admin", "POST", f"/admin/report-views/{view}", {"do": pressed}).status_code == 303
        )
    assert any_shop.send("admin", "POST", f"/admin/report-views/{view}", {"do": "delete"}).status_code == 404
    begun = sa.select(DefaultView).where(DefaultView.view_id == view)
    assert any_shop.read(lambda session: session.scalars(begun).all()) == []
    assert status(any_shop, "admin", "/admin/reports/orders") == 200


def test_a_view_is_named_anew_but_not_like_another(any_shop: WholeShop):
    view = save(any_shop, "admin", ADMIN, "orders", "旧名", **TWO)
    save(any_shop, "admin", ADMIN, "orders", "别的", **TWO)
    here = f"/admin/report-views/{view}"
    assert any_shop.send("admin", "POST", here, {"do": "save", "name": "新名"}).status_code == 303
    taken = any_shop.send("admin", "POST", here, {"do": "save", "name": "别的"})
    assert taken.status_code == 400
    assert 'value="别的"' in taken.text
    assert views(any_shop, "新名")[0].id == view
    assert any_shop.send("admin", "POST", here, {"do": "save", "name": " "}).status_code == 400


@pytest.mark.parametrize("view", ["0", "99999999", "x", "1e3", "１"])
def test_an_address_with_no_view_is_no_page(any_shop: WholeShop, view: str):
    assert status(any_shop, "admin", f"/admin/reports/orders?view={view}") == 404


def test_views_cost_one_statement_however_many_there_are(any_shop: WholeShop):
    client = any_shop.browser("admin2")

    def cost() -> int:
        with any_shop.app.app_context(), counted_statements(db.engine) as statements:
            assert client.get("/admin/report-views").status_code == 200
        return len(statements)

    cost()
    few = cost()
    for number in range(12):
        save(any_shop, "admin2", ADMIN, "orders", f"第{number}个", **TWO)
    assert cost() == few
