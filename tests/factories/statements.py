"""Bank statements as banks write them: titles above, Chinese headings, sums at the foot."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl

HEADINGS = ("交易日期", "交易流水号", "借方金额", "贷方金额", "余额", "对方户名", "对方账号", "摘要")
TITLES = (
    ("中国农业银行账户明细清单",),
    ("账号：6217 0000 1111 2222 333 0088", "户名：某某大学"),
    ("起止日期：20261101-20261130",),
    (),
)
# Written once by xlwt: titles, a heading row, two receipts with real days and numbers, money that went out, a sum.
OLD_EXCEL = Path(__file__).with_name("statement.xls")

Receipt = tuple[str, str, str, str, str]  # day, serial, amount, payer, remark


def rows_of(receipts: Sequence[Receipt], *, titles: bool = True) -> list[tuple[object, ...]]:
    """A whole table; each receipt is (day, serial, amount, payer, remark)."""
    body = [
        (day, serial, "", amount, "9,999.00", payer, "6222000000001234", remark)
        for day, serial, amount, payer, remark in receipts
    ]
    out = ("20261120", "OUT1", "88.00", "", "9,911.00", "某快递公司", "6222000000009999", "运费")
    return [*(TITLES if titles else ()), HEADINGS, *body, out, ("合计", "", "88.00", "1,234.00")]


def as_csv(rows: Sequence[Sequence[object]], *, encoding: str = "utf-8-sig", separator: str = ",") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator).writerows(rows)
    return buffer.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[object]]) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([_cell(one) for one in row])
    book.save(buffer)
    return buffer.getvalue()


def _cell(value: object) -> object:
    return value if isinstance(value, (int, float, date)) else str(value)
