"""What a bank calls its columns: where the headings stand, what each column is, and how the same bank is known again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.storage.spreadsheets import Cell, Row

HEADINGS_WITHIN: Final = 30  # rows: above them stand titles, the account, the period
ACCOUNT_DIGITS: Final = 4

NO_HEADINGS: Final = msg(
    "No row names the columns. One of the first rows must say where date and amount stand, such as 交易日期 and 贷方金额."
)


class Field(StrEnum):
    """What a column may say."""

    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    DIRECTION = "direction"
    PAYER = "payer"
    PAYER_ACCOUNT = "payer_account"
    REMARK = "remark"
    PURPOSE = "purpose"
    SERIAL = "serial"


NEEDED: Final = (Field.DATE, Field.AMOUNT)

# The better names first: a statement has a column 余额, and often both 交易日期 and 记账日期.
_NAMES: Final[Mapping[Field, tuple[str, ...]]] = {
    Field.DATE: (
        *(
            "交易日期",
            "交易日",
            "交易时间",
            "记账日期",
            "记账日",
            "入账日期",
            "入账时间",
            "会计日期",
            "日期",
            "发生日期",
        ),
        *("transactiondate", "bookingdate", "postingdate", "valuedate", "date"),
    ),
    Field.TIME: ("交易时间", "入账时间", "记账时间", "时间", "transactiontime", "time"),
    Field.AMOUNT: (
        *(
            "贷方金额",
            "贷方发生额",
            "收入金额",
            "收款金额",
            "贷方",
            "收入",
            "入账金额",
            "存入金额",
            "转入金额",
        ),
        *("交易金额", "发生额", "金额", "credit", "creditamount", "amount"),
    ),
    Field.DIRECTION: (
        "借贷标志",
        "借贷方向",
        "借贷",
        "收支标志",
        "收支方向",
        "收支类型",
        "收支",
        "direction",
        "drcr",
    ),
    Field.PAYER: (
        *(
            "对方户名",
            "付款人名称",
            "付款人户名",
            "对方账户名称",
            "对方名称",
            "对方单位名称",
            "对方单位",
            "付款方名称",
            "付款方户名",
        ),
        *("付款方", "付款人", "对手户名", "交易对手名称", "交易对手", "payer", "payername", "counterparty"),
    ),
    Field.PAYER_ACCOUNT: (
        *(
            "对方账号",
            "付款人账号",
            "付款方账号",
            "对方账户",
            "对手账号",
            "对方帐号",
            "付款人帐号",
            "交易对手账号",
        ),
        *("payeraccount", "counterpartyaccount"),
    ),
    Field.REMARK: (
        "附言",
        "摘要",
        "备注",
        "交易摘要",
        "用途",
        "交易附言",
        "remark",
        "remarks",
        "memo",
        "reference",
    ),
    Field.PURPOSE: ("用途", "备注", "摘要", "交易用途", "附言", "purpose", "description"),
    Field.SERIAL: (
        *(
            "交易流水号",
            "流水号",
            "核心流水号",
            "银行流水号",
            "交易流水",
            "交易编号",
            "凭证号",
            "凭证号码",
            "流水",
            "serial",
        ),
        *("serialnumber", "transactionid", "transactionnumber"),
    ),
}
_IN_BRACKETS: Final = re.compile(r"[(\[【].*?[)\]】]")
_A_DAY: Final = re.compile(r"20\d\d[-/.年]?\d{1,2}[-/.月]?\d{1,2}")
_AN_AMOUNT: Final = re.compile(r"[¥￥]?\d[\d,]*\.\d{1,2}")
_ACCOUNT: Final = re.compile(r"(?:账号|帐号|账户|卡号|account)\D{0,12}?([\d\s*-]{8,40})", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """A table with its headings found: `places` is a guess that a person confirms."""

    headings: Sequence[str]
    head_row: int  # as the file counts it
    body: Sequence[Row]
    places: Mapping[Field, int]
    account: str  # the last digits of ours, if the titles say them

    @property
    def signature(self) -> str:
        """The same bank's next file has the same."""
        return hashlib.sha256("\n".join(map(_plain, self.headings)).encode()).hexdigest()


def find_layout(rows: Sequence[Row]) -> Layout:
    """The row that names most columns is the one with the headings; where none names date and amount, the row above
    the first that has a day and an amount. Raises InvalidInput for `file`.
    """
    best, most = -1, 0
    for place, (_number, cells) in enumerate(rows[:HEADINGS_WITHIN]):
        guess = guess_places([_said(cell) for cell in cells])
        if all(field in guess for field in NEEDED) and len(guess) > most:
            best, most = place, len(guess)
    if best < 0:
        best = _above_the_first(rows[:HEADINGS_WITHIN])
    head_row, cells = rows[best]
    headings = [_said(cell) for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    return Layout(headings, head_row, rows[best + 1 :], guess_places(headings), _account_in(rows[:best]))


def guess_places(headings: Sequence[str]) -> dict[Field, int]:
    """Where each field stands, by its best name; no column is two things."""
    names = [_plain(heading) for heading in headings]
    places: dict[Field, int] = {}
    for field, known in _NAMES.items():
        for name in known:
            place = next((n for n, one in enumerate(names) if one == name and n not in places.values()), None)
            if place is not None:
                places[field] = place
                break
    return places


def account_digits(text: str) -> str:
    """The last digits by which people know an account; empty when there are too few."""
    digits = "".join(one for one in unicodedata.normalize("NFKC", text) if one in "0123456789")
    return digits[-ACCOUNT_DIGITS:] if len(digits) >= ACCOUNT_DIGITS else ""


def _above_the_first(rows: Sequence[Row]) -> int:
    """The place of a row of words above one with a day and an amount: a bank that we have not met yet."""
    for place, (_number, cells) in enumerate(rows):
        has_day = any(isinstance(cell, date) or _A_DAY.match(_said(cell)) for cell in cells)
        if has_day and any(_AN_AMOUNT.fullmatch(_said(cell)) for cell in cells):
            above = [_said(cell) for cell in rows[place - 1][1]] if place else []
            if sum(bool(cell) for cell in above) >= len(NEEDED):
                return place - 1
            break
    raise InvalidInput(NO_HEADINGS, field="file")


def _account_in(titles: Sequence[Row]) -> str:
    for _number, cells in titles:
        found = _ACCOUNT.search(" ".join(_said(cell) for cell in cells))
        if found and (digits := account_digits(found[1])):
            return digits
    return ""


def _plain(heading: str) -> str:
    """Without units and brackets, blanks and case: 贷方金额（元） is 贷方金额."""
    text = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", heading))
    return re.sub(r"[\s:_./-]+", "", text).casefold()


def _said(cell: Cell) -> str:
    return tidy(str(cell)) if cell is not None else ""
