"""The table of the public platform's orders: what each column is called, and every mistake of a row in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from shop.kit.clock import calendar_day
from shop.kit.money import typed_yuan
from shop.kit.text import msg, plain_number, tidy, typed_number
from shop.purchases.models import Funding
from shop.storage.spreadsheets import Cell, Limits, Row
from shop.storage.table_columns import Heading, Mistake, Wrong, cell_at, find_columns

LIMITS: Final = Limits(rows=5000, columns=20)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?.*")
_FUNDING: Final = {
    "工会": Funding.UNION, "union": Funding.UNION, "食堂": Funding.CANTEEN, "canteen": Funding.CANTEEN,
    "行政": Funding.ADMINISTRATION, "administration": Funding.ADMINISTRATION, "个人": Funding.PERSONAL,
    "personal": Funding.PERSONAL, "其他": Funding.OTHER, "other": Funding.OTHER,
}  # fmt: skip


HEADINGS: Final = (
    Heading("order_number", "订单号", "Order number", "# 832202611200001", needed=True),
    Heading("bought_on", "下单日期", "Day", "2026-11-20", needed=True),
    Heading("unit", "单位", "Department", "机械学院", needed=True),
    Heading("funding", "资金来源", "Paid from", "工会"),
    Heading("supplier", "供应商", "Supplier", "某某农产品专业合作社", needed=True),
    Heading("county", "产地县", "County of origin", "平利县"),
    Heading("category", "品类", "Category", "粮油"),
    Heading("product", "商品", "Product", "富硒大米 5 千克", needed=True),
    Heading("quantity", "数量", "Units", "20"),
    Heading("amount", "金额", "Amount", "1360.00", needed=True),
)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """An item as the table says it; `row` as the file counts it."""

    row: int
    order_number: str
    bought_on: date
    unit_id: int
    funding: Funding
    supplier: str
    county: str
    category: str
    product: str
    quantity: int
    amount_fen: int


def column_places(first_row: Sequence[Cell]) -> dict[str, int]:
    """Where each column stands, by its name in either language. Raises InvalidInput for one that is needed."""
    return find_columns(first_row, HEADINGS)


def read_row(
    row: Row, places: Mapping[str, int], units: Mapping[str, int], today: date
) -> ReadRow | list[Mistake]:
    """Every mistake of a row, in the order of the columns. `units` by every name that a table may call them."""
    number, cells = row
    readers: dict[str, Callable[[Cell], Any]] = {
        "order_number": partial(_text, "order_number", most=64, needed=True),
        "bought_on": partial(_day, today=today),
        "unit": partial(_unit, units=units),
        "funding": _funding,
        "supplier": partial(_text, "supplier", most=120, needed=True),
        "county": partial(_text, "county", most=40),
        "category": partial(_text, "category", most=40),
        "product": partial(_text, "product", most=120, needed=True),
        "quantity": _quantity,
        "amount": _amount,
    }
    said: dict[str, Any] = {}
    mistakes = []
    for name, read in readers.items():
        try:
            said[name] = read(cell_at(cells, places, name))
        except Wrong as wrong:
            mistakes.append(wrong.in_row(number))
    if mistakes:
        return mistakes
    said["unit_id"], said["amount_fen"] = said.pop("unit"), said.pop("amount")
    return ReadRow(number, **said)


def _text(column: str, cell: Cell, *, most: int, needed: bool = False) -> str:
    text = tidy(str(cell or ""))
    if needed and not text:
        raise Wrong(column, msg("This is missing."))
    if len(text) > most:
        raise Wrong(column, msg("This text is too long."))
    return text


def _day(cell: Cell, today: date) -> date:
    matched = None if isinstance(cell, date) else _DAY.fullmatch(tidy(str(cell or "")))
    day = cell if isinstance(cell, date) else None
    if matched:
        day = calendar_day("{}-{:0>2}-{:0>2}".format(*matched.groups()))
    if day is None:
        raise Wrong("bought_on", msg("“%(text)s” is no day."), text=str(cell or "")[:40])
    if day > today:
        raise Wrong("bought_on", msg("This day has not come yet."))
    return day


def _unit(cell: Cell, units: Mapping[str, int]) -> int:
    name = tidy(str(cell or ""))
    if name.casefold() not in units:
        raise Wrong("unit", msg("“%(text)s” is no department of ours."), text=name[:40])
    return units[name.casefold()]


def _funding(cell: Cell) -> Funding:
    typed = tidy(str(cell or "")).casefold().removesuffix("经费").removesuffix("资金")
    if not typed:
        return Funding.OTHER
    if typed not in _FUNDING:
        raise Wrong("funding", msg("Please write 工会, 食堂, 行政, 个人 or 其他."))
    return _FUNDING[typed]


def _quantity(cell: Cell) -> int:
    if cell in (None, ""):
        return 1
    try:
        quantity = typed_number(str(cell))
    except ValueError:
        quantity = 0
    if not 0 < quantity < 10**7:
        raise Wrong("quantity", msg("“%(text)s” is no number of units."), text=str(cell)[:40])
    return quantity


def _amount(cell: Cell) -> int:
    typed = plain_number(str(cell or "")).removesuffix("元").strip()
    try:
        fen = typed_yuan(typed)
    except ValueError:
        fen = 0
    if not 0 < fen < 10**12:
        raise Wrong("amount", msg("“%(text)s” is no amount."), text=str(cell or "")[:40])
    return fen
