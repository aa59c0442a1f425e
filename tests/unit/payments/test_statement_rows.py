"""What banks write is read: headings below titles, days and amounts in many forms; what cannot be is said in words."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest

from shop.kit.errors import InvalidInput
from shop.payments.statements.columns import Field, find_layout, guess_places
from shop.payments.statements.importing import LIMITS
from shop.payments.statements.names import codes_in, payer_key
from shop.payments.statements.rows import Receipt, RowMistake, read_row
from shop.storage.spreadsheets import MOST_BYTES, read_rows
from tests.factories.statements import HEADINGS, OLD_EXCEL, as_csv, as_xlsx, rows_of

TODAY = date(2026, 11, 28)
ONE = ("2026-11-20", "S1", "25,960.00", "某某大学机械学院工会", "货款")
PLACES = {Field.DATE: 0, Field.AMOUNT: 1, Field.PAYER: 2, Field.REMARK: 3}


def receipts_in(content: bytes) -> list[Receipt | RowMistake]:
    layout = find_layout(read_rows(content, LIMITS))
    found = [read_row(number, cells, layout.places, today=TODAY) for number, cells in layout.body]
    return [one for one in found if one is not None]


def read(day: object, amount: object, *more: object) -> Receipt | RowMistake | None:
    return read_row(7, [day, amount, *more], PLACES, today=TODAY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("titles", [True, False])
def test_a_csv_is_read_in_either_encoding_with_titles_or_without(encoding, separator, titles):
    content = as_csv(rows_of([ONE], titles=titles), encoding=encoding, separator=separator)
    (found,) = receipts_in(content)
    assert (found.booked_on, found.amount_fen, found.payer) == (date(2026, 11, 20), 2596000, ONE[3])
    assert (found.serial, found.remark, found.payer_account) == ("S1", "货款", "1234")


def test_an_xlsx_is_read_with_its_own_days_and_numbers():
    rows = rows_of([(date(2026, 11, 20), "S1", 0.1 + 0.2, "甲", "x")])
    (found,) = receipts_in(as_xlsx(rows))
    assert (found.booked_on, found.amount_fen) == (date(2026, 11, 20), 30)


def test_an_xls_is_read_and_what_went_out_or_adds_up_is_no_receipt():
    first, second = receipts_in(OLD_EXCEL.read_bytes())
    assert (first.booked_on, first.amount_fen, first.serial) == (date(2026, 11, 20), 2596010, "S1")
    assert (second.amount_fen, second.payer, second.remark) == (470000, "某某科技有限公司", "PL · 年终礼品")


def test_the_titles_say_which_account_it_is():
    assert find_layout(read_rows(as_csv(rows_of([ONE])), LIMITS)).account == "0088"
    assert find_layout(read_rows(OLD_EXCEL.read_bytes(), LIMITS)).account == "0088"
    assert find_layout(read_rows(as_csv(rows_of([ONE], titles=False)), LIMITS)).account == ""


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (
            ("记账日期", "收入金额（元）", "付款人名称", "附言"),
            {"date": 0, "amount": 1, "payer": 2, "remark": 3},
        ),
        (
            ("摘要", "发生日期", "借贷标志", "金额", "余额"),
            {"remark": 0, "date": 1, "direction": 2, "amount": 3},
        ),
        (("交易日期", "记账日期", "贷方发生额", "借方发生额"), {"date": 0, "amount": 2}),
        (("交易日", "金额", "用途", "备注"), {"date": 0, "amount": 1, "purpose": 2, "remark": 3}),
    ],
)
def test_columns_are_known_by_what_banks_call_them(headings, expected):
    found = {field.value: place for field, place in guess_places(headings).items()}
    assert {name: found.get(name) for name in expected} == expected


def test_headings_that_nobody_knows_stand_above_the_first_day_and_amount():
    rows = [("某银行",), ("何时", "几多", "谁"), ("20261120", "12.50", "甲")]
    layout = find_layout(read_rows(as_csv(rows), LIMITS))
    assert (list(layout.headings), layout.places) == (["何时", "几多", "谁"], {})
    with pytest.raises(InvalidInput):
        find_layout(read_rows(as_csv(rows[2:]), LIMITS))


@pytest.mark.parametrize(
    "typed",
    ["2026-11-20", "2026/11/20", "2026.11.20", "20261120", "2026年11月20日", "２０２６-１１-２０", "2026-11-20 09:20:31",
     "20261120 092031", "20261120092031", '="20261120"', date(2026, 11, 20)],
)  # fmt: skip
def test_a_day_is_read_in_each_form_that_banks_use(typed):
    found = read(typed, "1.00")
    assert isinstance(found, Receipt), found
    assert found.booked_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    "typed",
    ["2026-11-20 09:20:31", "20261120 092031", "20261120092031", "2026年11月20日 09:20:31",
     datetime(2026, 11, 20, 9, 20, 31)],  # noqa: DTZ001  # as a spreadsheet has it
)  # fmt: skip
def test_the_time_is_kept_where_the_file_has_it(typed):
    assert read(typed, "1.00").booked_at == datetime(2026, 11, 20, 1, 20, 31, tzinfo=UTC)


def test_the_time_may_stand_in_a_column_of_its_own():
    rows = [("交易日期", "交易时间", "贷方金额"), ("20261120", "09:20", "1.00"), ("20261120", "", "2.00")]
    first, second = receipts_in(as_csv(rows))
    assert first.booked_at == datetime(2026, 11, 20, 1, 20, tzinfo=UTC)
    assert second.booked_at is None


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("25,960.00", 2596000), ("25960", 2596000), ("２５，９６０．００", 2596000), ("¥25,960.0", 2596000),
     ("+25960.00", 2596000), (" 25 960.00 ", 2596000), ("25960.000", 2596000), ("0.01", 1), ("25,960元", 2596000)],
)  # fmt: skip
def test_an_amount_is_read_in_each_form_that_banks_use(typed, fen):
    found = read("20261120", typed)
    assert isinstance(found, Receipt), found
    assert found.amount_fen == fen


@pytest.mark.parametrize("typed", ["", "-", "0.00", "0", None])
def test_a_row_without_money_that_came_is_no_receipt(typed):
    assert read("20261120", typed) is None


@pytest.mark.parametrize(
    ("day", "amount", "column", "words"),
    [
        ("20261120", "-50.00", Field.AMOUNT, "negative"),
        ("20261120", "=1+1", Field.AMOUNT, "no amount"),
        ("20261120", "1.234", Field.AMOUNT, "no amount"),
        ("20261120", "1e5", Field.AMOUNT, "no amount"),
        ("20261120", "1,23.00", Field.AMOUNT, "no amount"),
        ("20261120", "NaN", Field.AMOUNT, "no amount"),
        ("20261120", "9" * 400, Field.AMOUNT, "no amount"),
        ("20261120", "99999999999.00", Field.AMOUNT, "more than any transfer"),
        ("20261331", "1.00", Field.DATE, "no day"),
        ("20270101", "1.00", Field.DATE, "cannot be the day"),
        ("1999-01-01", "1.00", Field.DATE, "cannot be the day"),
        ("", "1.00", Field.DATE, "no day"),
        ("昨天", "1.00", Field.DATE, "no day"),
    ],
)
def test_a_row_that_cannot_be_is_a_mistake_in_words(day, amount, column, words):
    found = read(day, amount)
    assert isinstance(found, RowMistake), found
    assert (found.row, found.about) == (7, column)
    assert words in found.message % found.facts


def test_a_column_of_directions_is_obeyed():
    places = {**PLACES, Field.DIRECTION: 4}
    rows = {
        word: read_row(1, ["20261120", "5", "", "", word], places, today=TODAY)
        for word in ("贷", "收入", "借", "支出", "?")
    }
    assert [isinstance(rows[word], Receipt) for word in ("贷", "收入")] == [True, True]
    assert rows["借"] is rows["支出"] is None
    assert isinstance(rows["?"], RowMistake)


def test_a_receipt_without_a_day_is_never_taken_for_a_sum():
    assert read("合计", "1.00") is None
    assert isinstance(read("", "1.00", "某打印公司", "合计货款"), RowMistake)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0" + b"\0" * 600,
     b"<html><table><tr><td>1</td></tr></table></html>", as_csv([("a", "b"), ("1", "2")]), as_csv([HEADINGS[:2]]),
     b"%PDF-1.7\n1 0 obj", b"x" * (MOST_BYTES + 1), OLD_EXCEL.read_bytes()[:900]],
)  # fmt: skip
def test_what_is_no_statement_is_refused_in_words(content):
    with pytest.raises(InvalidInput) as refused:
        find_layout(read_rows(content, LIMITS))
    assert refused.value.field == "file"
    assert "%(" not in str(refused.value)


def test_a_formula_is_not_calculated_and_an_entity_not_read():
    book, buffer = openpyxl.Workbook(), BytesIO()
    book.active.append(HEADINGS)
    book.active.append(["20261120", "S1", "", "=2596000/100", "", "甲", "", "x"])
    book.save(buffer)
    assert receipts_in(buffer.getvalue()) == [], "a formula that nobody has computed has no value"


def test_a_bomb_costs_nothing():
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 80_000_000)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(InvalidInput):
        read_rows(buffer.getvalue(), LIMITS)
    assert time.process_time() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_an_old_workbook_that_claims_the_farthest_cell_costs_nothing():
    """Readers that fill a rectangle ask for 137 GB here."""
    content = OLD_EXCEL.read_bytes()
    place = content.find(struct.pack("<HHHH", 0x00FD, 10, 7, 0))  # the text of the sum, in row 7
    assert place > 0
    far = content[:place] + struct.pack("<HHHH", 0x00FD, 10, 65535, 65535) + content[place + 8 :]
    tracemalloc.start()
    began = time.process_time()
    with suppress(InvalidInput):
        assert len(receipts_in(far)) <= 3
    assert time.process_time() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


def test_too_many_rows_are_refused_with_the_limit():
    rows = [HEADINGS, *[("20261120", str(n), "", "1.00") for n in range(LIMITS.rows + 1)]]
    with pytest.raises(InvalidInput) as refused:
        read_rows(as_csv(rows), LIMITS)
    assert "5000" in str(refused.value)


def test_a_reference_is_found_however_the_bank_has_treated_it():
    for remark in (
        "付 7KQ2M9XD4AB0 货款",
        "7kq2-m9xd-4ab0",
        "货款7KQ2 M9XD 4ABO",
        "ORDER7KQ2M9XD4AB0X",
        "７ＫＱ２Ｍ９ＸＤ４ＡＢ０",
    ):
        assert "7KQ2M9XD4AB0" in codes_in(remark)[0], remark
    assert "261122-7KQ2-M9XD" in codes_in("订单 261122 7KQ2M9XD")[1]
    assert codes_in("年终礼品") == (frozenset(), frozenset())
    assert len(codes_in("A1B2" * 75)[0]) <= 40


def test_a_payer_is_known_however_it_is_written():
    assert payer_key("某某大学（工会） ") == payer_key("某某大学(工会)")
    assert payer_key("ACME Co., Ltd") == payer_key("acme co ltd")
