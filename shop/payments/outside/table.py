"""The rows of a table of orders from elsewhere: what each column is called, and what a cell may say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy
from shop.kit.typed_amounts import WrongNumber, read_fen, read_whole_number
from shop.ordering.outside.models import PaidHow
from shop.storage.spreadsheets import Cell, Limits, read_rows

LIMITS: Final = Limits(rows=3_000, columns=30)
NEEDED: Final = msg("Please fill this in.")
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PAID: Final = {
    PaidHow.CASH: ("现金", "cash"),
    PaidHow.TRANSFER: ("转账", "微信", "微信转账", "支付宝", "红包", "transfer"),
    PaidHow.CARD: ("校园卡", "刷卡", "card"),
    PaidHow.PLATFORM: ("平台", "平台代收", "platform"),
    PaidHow.NOT_YET: ("未付", "未付款", "not yet", "unpaid"),
}
PAID_WORDS: Final = {word: how for how, words in _PAID.items() for word in words}


@dataclass(frozen=True)
class Heading:
    name: str
    chinese: str
    english: str
    example: str
    needed: bool = False
    other_names: tuple[str, ...] = ()


HEADINGS: Final = (
    Heading("number", "订单号", "Order number there", "# 20261130-01", needed=True, other_names=("外部单号", "接龙号")),
    Heading("ordered_on", "下单日期", "Ordered on", "2026-11-28", needed=True, other_names=("日期",)),
    Heading("name", "收货人", "Recipient", "王小梅", other_names=("姓名", "买家")),
    Heading("phone", "手机号", "Mobile number", "13800000000", other_names=("手机", "电话")),
    Heading("organisation", "购买单位", "Organisation", "", other_names=("单位",)),
    Heading("point", "自提点", "Pickup point", "图书馆北门"),
    Heading("truck", "车次", "Truck", ""),
    Heading("province", "省", "Province", ""),
    Heading("city", "市", "City", ""),
    Heading("district", "区县", "District", ""),
    Heading("street", "详细地址", "Street and number", "", other_names=("地址",)),
    Heading("sku", "货号", "SKU", "TEA-50", needed=True, other_names=("商品编码",)),
    Heading("quantity", "数量", "Quantity", "2", needed=True, other_names=("件数",)),
    Heading("price", "单价", "Unit price", "68.00", other_names=("价格",)),
    Heading("sum", "实付合计", "Paid in all", "136.00", other_names=("实付", "合计")),
    Heading("paid_how", "付款方式", "Paid how", "转账", needed=True, other_names=("付款",)),
    Heading("paid_on", "付款日期", "Paid on", "2026-11-28"),
    Heading("fee", "平台扣费", "Kept by the platform", "", other_names=("扣费", "佣金")),
    Heading("note", "备注", "Note for packing", "", other_names=("留言",)),
)  # fmt: skip
# What stands once for an order, in its first row.
OF_ORDER: Final = tuple(
    one.name for one in HEADINGS if one.name not in {"number", "sku", "quantity", "price"}
)


@dataclass(frozen=True)
class Mistake:
    """`row` as the file counts it, `column` a heading's name or empty; the sentence is a message id."""

    row: int
    column: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Wrong(Exception):
    def __init__(self, column: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.column, self.message, self.facts = column, message, facts


@dataclass(frozen=True)
class RawRow:
    """One row as it is typed: tidy text by the heading's name."""

    row: int
    said: Mapping[str, str]


def read_table(content: bytes) -> list[RawRow]:
    """The rows below the headings, without examples, which begin with #. Raises InvalidInput for the field `file`."""
    rows = read_rows(content, LIMITS)
    places = _places(rows[0][1] if rows else ())
    found = [RawRow(number, _said(cells, places)) for number, cells in rows[1:] if not _is_example(cells)]
    if not found:
        raise InvalidInput(msg("The table has no rows."), field="file")
    return found


def amount(said: Mapping[str, str], column: str) -> int | None:
    """Fen, or None for an empty cell. Raises Wrong."""
    if not said[column]:
        return None
    try:
        return read_fen(said[column].lstrip("¥￥").removesuffix("元"))
    except WrongNumber as wrong:
        raise Wrong(column, wrong.message) from None


def units(said: Mapping[str, str]) -> int:
    """Raises Wrong."""
    try:
        wanted = read_whole_number(said["quantity"])
    except WrongNumber as wrong:
        raise Wrong("quantity", wrong.message) from None
    if not 1 <= wanted <= 10_000:
        raise Wrong("quantity", msg("Please enter a whole number from 1 to %(most)s."), most=10_000)
    return wanted


def day(said: Mapping[str, str], column: str) -> date | None:
    """None for an empty cell. Raises Wrong."""
    typed = half_width(said[column]).partition(" ")[0]
    if not typed:
        return None
    match = _DAY.fullmatch(typed)
    try:
        return date(*map(int, match.groups())) if match else date.fromisoformat(typed)
    except ValueError:
        raise Wrong(column, msg("A day is written like 2026-11-30.")) from None


def paid_how(said: Mapping[str, str]) -> PaidHow:
    """Raises Wrong."""
    how = PAID_WORDS.get(said["paid_how"].casefold())
    if how is None:
        raise Wrong("paid_how", msg("Please write cash, transfer, card, platform or not yet."))
    return how


def _said(cells: Sequence[Cell], places: Mapping[str, int]) -> dict[str, str]:
    said = dict.fromkeys((one.name for one in HEADINGS), "")
    for name, place in places.items():
        cell = cells[place] if place < len(cells) else None
        said[name] = tidy(cell.isoformat() if isinstance(cell, date) else str(cell or ""))
    return said


def _is_example(cells: Sequence[Cell]) -> bool:
    return str(next((cell for cell in cells if cell), "")).startswith("#")


def _places(first_row: Sequence[Cell]) -> dict[str, int]:
    said = {tidy(str(cell)).casefold(): place for place, cell in enumerate(first_row) if cell}
    places = {}
    for heading in HEADINGS:
        spellings = (heading.chinese, heading.english.casefold(), heading.name, *heading.other_names)
        place = next((said[spelling] for spelling in spellings if spelling in said), None)
        if place is not None:
            places[heading.name] = place
        elif heading.needed:
            raise InvalidInput(
                msg("The column “%(column)s” is missing in the first row. Please use the template."),
                field="file",
                column=f"{heading.chinese} / {heading.english}",
            )
    return places
