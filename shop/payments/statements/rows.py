"""One row of a statement: a receipt, nothing of ours (money that went out, a sum at the foot), or a mistake in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from shop.kit.clock import shanghai_moment
from shop.kit.money import parse_yuan
from shop.kit.text import msg, tidy
from shop.payments.statements.columns import Field, account_digits
from shop.storage.spreadsheets import Cell

MOST_FEN: Final = 100_000_000_000  # a thousand million yuan: more is no transfer to a village shop
OLDEST: Final = date(2015, 1, 1)
LONGEST: Final = {Field.PAYER: 200, Field.REMARK: 300, Field.SERIAL: 80}

_DAYS: Final = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})(?:[ T]?[\d:.]{4,12})?"),
)
_TIMES: Final = (
    re.compile(r"(?:.*[ T日])?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?"),
    re.compile(r"(?:\d{8}[ T]?)?(\d{2})(\d{2})(\d{2})"),
)
_AS_TEXT: Final = re.compile(r'="([^"]*)"')  # how some banks keep Excel from taking a number for one
_FOOT: Final = re.compile(
    r"(合计|总计|小计|本页|共计|累计|期初|期末|承前|过次|打印|制表|以下空白|total)", re.IGNORECASE
)
_OUT: Final = frozenset({"借", "借方", "支", "支出", "付", "付款", "转出", "d", "dr", "debit", "out"})
_IN: Final = frozenset({"贷", "贷方", "收", "收入", "收款", "转入", "来账", "c", "cr", "credit", "in"})

NO_DAY: Final = msg("“%(typed)s” is no day. A day is written like 2026-11-30.")
STRANGE_DAY: Final = msg("“%(typed)s” cannot be the day of a receipt.")
NO_AMOUNT: Final = msg("“%(typed)s” is no amount. An amount is written like 25,960.00.")
NEGATIVE: Final = msg(
    "“%(typed)s” is negative: the bank took a receipt back, or the column also holds payments out."
)
TOO_MUCH: Final = msg("“%(typed)s” is more than any transfer.")
NO_DIRECTION: Final = msg("“%(typed)s” says neither that money came nor that it went.")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came, as one row says it."""

    row: int
    booked_on: date
    amount_fen: int
    payer: str
    payer_account: str
    remark: str
    serial: str
    booked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RowMistake:
    """`row` as the file counts it; the sentence is a message id."""

    row: int
    about: Field
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class _Wrong(Exception):
    def __init__(self, about: Field, message: str, typed: str) -> None:
        super().__init__(message)
        self.about, self.message, self.typed = about, message, typed


def read_row(
    number: int, cells: Sequence[Cell], places: Mapping[Field, int], *, today: date
) -> Receipt | RowMistake | None:
    """None for a row that is no receipt: money that went out, or a sum."""

    def said(about: Field) -> str:
        place = places.get(about)
        cell = cells[place] if place is not None and place < len(cells) else None
        return _text(cell)

    try:
        if _is_foot(cells, said(Field.DATE)) or not _came_in(said(Field.DIRECTION)):
            return None
        amount_fen = _amount(said(Field.AMOUNT))
        if not amount_fen:
            return None
        booked_on = _day(said(Field.DATE), today)
    except _Wrong as wrong:
        return RowMistake(number, wrong.about, wrong.message, {"typed": wrong.typed[:60]})
    return Receipt(
        row=number,
        booked_on=booked_on,
        amount_fen=amount_fen,
        payer=said(Field.PAYER)[: LONGEST[Field.PAYER]],
        payer_account=account_digits(said(Field.PAYER_ACCOUNT)),
        remark=_joined(said(Field.REMARK), said(Field.PURPOSE))[: LONGEST[Field.REMARK]],
        serial=said(Field.SERIAL)[: LONGEST[Field.SERIAL]],
        booked_at=_moment(booked_on, said(Field.TIME), said(Field.DATE)),
    )


def _text(cell: Cell) -> str:
    text = tidy(cell.isoformat() if isinstance(cell, date) else str(cell)) if cell is not None else ""
    found = _AS_TEXT.fullmatch(text)
    return tidy(found[1]) if found else text


def _plain(text: str) -> str:
    """Full-width digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def _is_foot(cells: Sequence[Cell], day: str) -> bool:
    """A row without a day that begins like a sum; whatever else has no day is a mistake, and nothing is lost unseen."""
    first = next((_text(cell) for cell in cells if cell), "")
    return not _plain(day)[:1].isdigit() and bool(_FOOT.match(first))


def _came_in(direction: str) -> bool:
    """Without such a column every amount is one that came."""
    word = _plain(direction).casefold()
    if word in _OUT:
        return False
    if word and word not in _IN:
        raise _Wrong(Field.DIRECTION, NO_DIRECTION, direction)
    return True


def _amount(typed: str) -> int:
    """Fen; 0 for an empty cell, as stands beside money that went out."""
    text = _plain(typed).replace(" ", "").removeprefix("CNY").removeprefix("RMB").removesuffix("元")
    text = text.removeprefix("+").replace("−", "-").replace("、", ",")
    if text in {"", "-", "--", "/"}:
        return 0
    if not re.fullmatch(r"-?[¥￥]?-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", text):
        raise _Wrong(Field.AMOUNT, NO_AMOUNT, typed)
    is_negative, text = "-" in text, text.replace("-", "").lstrip("¥￥")
    whole, _point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    try:
        fen = parse_yuan(f"{whole}.{decimals}" if decimals else whole)
    except ValueError:
        raise _Wrong(Field.AMOUNT, NO_AMOUNT, typed) from None
    if is_negative and fen:
        raise _Wrong(Field.AMOUNT, NEGATIVE, typed)
    if fen > MOST_FEN:
        raise _Wrong(Field.AMOUNT, TOO_MUCH, typed)
    return fen


def _day(typed: str, today: date) -> date:
    text = _plain(typed)
    found = next((match for pattern in _DAYS if (match := pattern.fullmatch(text))), None)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _Wrong(Field.DATE, NO_DAY, typed)
    if not OLDEST <= day <= today + timedelta(days=1):
        raise _Wrong(Field.DATE, STRANGE_DAY, typed)
    return day


def _moment(day: date, *typed: str) -> datetime | None:
    """When it was, in Shanghai: by the first text that ends in a time. Midnight to the second is a day without one."""
    for text in typed:
        found = next((match for pattern in _TIMES if (match := pattern.fullmatch(_plain(text)))), None)
        hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        if hours < 24 and minutes < 60 and seconds < 60 and (hours, minutes, seconds) != (0, 0, 0):
            return shanghai_moment(day, time(hours, minutes, seconds))
    return None


def _joined(remark: str, purpose: str) -> str:
    """Both, unless one says it all."""
    if not purpose or purpose in remark:
        return remark
    return purpose if remark in purpose else f"{remark} · {purpose}"
