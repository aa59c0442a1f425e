"""The statement as a file: in a form's layout, saying of itself what it is, and known again by its digest."""

from __future__ import annotations

import csv
import hashlib
import io

import openpyxl
import pytest

from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.payments.models import RefundBearer
from shop.purchases.layouts import (
    FIXED,
    KEYS,
    SERIAL,
    LayoutColumn,
    all_layouts,
    create_layout,
    write_version,
)
from shop.purchases.models import Funding
from shop.purchases.scope import Scope
from shop.reports.definition import Span
from shop.reports.statement import COLUMNS
from shop.reports.statement_file import Asked, digest_rows, write_statement
from tests.factories.counting_trade import CountingTrade, open_counting_trade

FORM = (
    LayoutColumn(SERIAL, "序号"),
    LayoutColumn("net_fen", "金额（元）"),
    LayoutColumn("product", "产品名称"),
    LayoutColumn(FIXED, "填报单位", "某某大学"),
)


@pytest.fixture
def trade(session, unit_of_work) -> CountingTrade:
    trade = open_counting_trade(session, unit_of_work)
    for goods in ({"tea": 2, "eggs": 1}, {"tea": 23}):
        trade.sell_on_terms(goods, courier=True)
    return trade


def same(word: str) -> str:
    return word


def question(trade, layout=None, scope: Scope | None = None) -> Asked:
    span = Span(shanghai_date(trade.began), shanghai_date(trade.now))
    return Asked(span, scope or Scope(), "zh", layout)


def make(trade, *columns: LayoutColumn, slug: str = "form"):
    return trade.run(
        lambda session: create_layout(
            session, slug, f"表 {slug}", columns or FORM, actor_id=trade.admin_id, now=trade.now
        )
    )


def write(trade, asked: Asked, kind: str):
    file = io.BytesIO()
    written = trade.run(lambda session: write_statement(session, file, kind, asked, same, now=trade.now))
    return written, file.getvalue()


def test_a_csv_in_a_forms_layout_has_its_columns_and_a_digest_that_anybody_can_work_out(trade):
    written, content = write(trade, question(trade, make(trade)), "csv")
    text = content.decode("utf-8-sig")
    heading, *lines = text.split("\r\n\r\n")[0].splitlines()
    assert heading == "序号,金额（元）,产品名称,填报单位"
    rows = list(csv.reader(lines))
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert {row[3] for row in rows} == {"某某大学"}
    assert written.rows == len(rows)
    assert hashlib.sha256("".join(f"{line}\r\n" for line in lines).encode()).hexdigest() == written.digest
    assert sum(round(float(row[1]) * 100) for row in rows) == written.net_fen
    about = text.split("\r\n\r\n")[1]
    for said in (written.digest, "表 form", "832", "# Difference,0.00", "All purchases that count"):
        assert said in about


def test_a_workbook_says_the_same_on_a_sheet_of_its_own(trade):
    written, content = write(trade, question(trade, make(trade)), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    table, about = book.worksheets
    assert [cell.value for cell in table[1]] == [one.heading for one in FORM]
    assert table.cell(table.max_row, 2).value == written.net_fen / 100
    said = {row[0].value: row[1].value for row in about.iter_rows()}
    assert said["Digest of the rows (SHA-256)"] == written.digest
    assert said["Difference"] == "0.00"


def test_the_same_question_has_the_same_digest_until_something_changes(trade):
    asked = question(trade)
    before, _ = write(trade, asked, "csv")
    assert trade.run(lambda session: digest_rows(session, asked, same)) == before
    order_id = trade.sell_on_terms({"honey": 1})
    after = trade.run(lambda session: digest_rows(session, question(trade), same))
    assert (after.digest != before.digest, after.rows > before.rows) == (True, True)
    trade.settle(order_id)
    trade.deliver(order_id)
    trade.refund(order_id, bearer=RefundBearer.SHOP)
    assert trade.run(lambda session: digest_rows(session, question(trade), same)) == before


def test_every_layout_has_the_same_rows_and_an_empty_scope_has_none(trade):
    whole, _ = write(trade, question(trade), "csv")
    narrow, _ = write(trade, question(trade, make(trade)), "csv")
    assert (whole.rows, whole.net_fen) == (narrow.rows, narrow.net_fen)
    empty, content = write(trade, question(trade, scope=Scope(funding=Funding.CANTEEN)), "xlsx")
    assert (empty.rows, empty.net_fen) == (0, 0)
    assert content


def test_a_version_of_a_layout_stays_and_saying_the_same_writes_none(trade):
    first = make(trade)
    again = trade.run(
        lambda session: write_version(session, "form", FORM, actor_id=trade.admin_id, now=trade.now)
    )
    assert again.version == first.version == 1
    changed = trade.run(
        lambda session: write_version(session, "form", FORM[:2], actor_id=trade.admin_id, now=trade.now)
    )
    assert (changed.version, len(changed.columns)) == (2, 2)
    assert [one.version for one in trade.run(all_layouts)] == [2]


@pytest.mark.parametrize(
    "columns",
    [
        [],
        [LayoutColumn("net_fen", "")],
        [LayoutColumn("buyer_name", "姓名")],
        [LayoutColumn("net_fen", "金额"), LayoutColumn("paid_fen", "金额")],
    ],
)
def test_a_layout_that_cannot_be_is_refused(trade, columns):
    with pytest.raises(InvalidInput):
        trade.run(lambda session: create_layout(session, "x", "某表", columns, actor_id=None, now=trade.now))


def test_a_layout_may_have_every_column_of_the_statement():
    assert tuple(column.key for column in COLUMNS) == KEYS
