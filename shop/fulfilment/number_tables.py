"""A carrier's table that comes back with tracking numbers, as the lines that somebody would have typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from shop.delivery.carriers import CARRIERS
from shop.fulfilment.shipping_list import MOST_LINES
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg
from shop.storage.spreadsheets import Cell, Limits, read_rows

_LIMITS: Final = Limits(rows=MOST_LINES, columns=60, old_excel=True)
_TITLES: Final = 10  # rows above the headings that are looked through
# Carriers name the columns differently; the first of these that a table has is meant.
_PARCEL: Final = (
    "客户订单号",
    "用户订单号",
    "商家订单号",
    "订单号",
    "订单编号",
    "包裹编号",
    "parcel",
    "order",
)
_NUMBER: Final = (
    "运单号",
    "运单号码",
    "快递单号",
    "物流单号",
    "面单号",
    "tracking number",
    "tracking",
    "waybill",
)
_CARRIER: Final = ("快递公司", "物流公司", "承运商", "carrier")
_BLANKS: Final = re.compile(r"[\s*（()）:：]+")

NO_COLUMNS: Final = msg(
    "This table has no column for the parcel code (订单号) or none for the tracking number (运单号)."
)
NO_NUMBERS: Final = msg("No row of this table has a tracking number yet.")


def lines_of_table(content: bytes) -> str:
    """Lines for `shipping_list.read_lines`, of the rows that have a number. Raises InvalidInput for the field `file`."""
    rows = [[_text(cell) for cell in cells] for _, cells in read_rows(content, _LIMITS)]
    start, parcel, number, carrier = _columns(rows)
    lines = [
        " ".join(part for part in (_at(row, parcel), _carrier(_at(row, carrier)), _at(row, number)) if part)
        for row in rows[start:]
        if _at(row, number)
    ]
    if not lines:
        raise InvalidInput(NO_NUMBERS, field="file")
    return "\n".join(lines)


def _columns(rows: Sequence[Sequence[str]]) -> tuple[int, int, int, int | None]:
    """Where the rows begin, and in which columns the three things stand."""
    for place, row in enumerate(rows[:_TITLES], 1):
        named = {_BLANKS.sub("", cell).casefold(): column for column, cell in reversed(list(enumerate(row)))}
        found = [next(_places(named, names), None) for names in (_PARCEL, _NUMBER, _CARRIER)]
        if found[0] is not None and found[1] is not None:
            return place, found[0], found[1], found[2]
    raise InvalidInput(NO_COLUMNS, field="file")


def _places(named: dict[str, int], names: Sequence[str]) -> Iterator[int]:
    return (named[key] for name in names if (key := _BLANKS.sub("", name).casefold()) in named)


def _carrier(said: str) -> str:
    """A carrier as `read_lines` knows it: 顺丰速运 is 顺丰. Empty where the column says nothing we know."""
    for one in CARRIERS.values():
        if said.casefold() in (one.code, one.name_en.casefold()) or said.startswith(one.name_zh):
            return one.code
    return ""


def _at(row: Sequence[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _text(cell: Cell) -> str:
    return re.sub(r"\s+", "", half_width(str(cell))) if cell is not None else ""
