"""What a value has to be, and judging the values of a form by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from shop.accounts.contacts import written_phone
from shop.kit.bank_accounts import read_account
from shop.kit.errors import InvalidInput
from shop.kit.tax_numbers import is_tax_number
from shop.kit.tax_rates import RATES_BP
from shop.kit.text import half_width, msg, tidy, tidy_lines

Values = Mapping[str, Any]
Judge = Callable[[Any], Any]

NEEDED: Final = msg("Please fill this in.")
TOO_LONG: Final = msg("This text is too long.")
NOT_IN_RANGE: Final = msg("Please enter a whole number in the range stated.")
NOT_A_SLUG: Final = msg("Please use lower-case letters, digits and hyphens.")
NOT_A_SKU: Final = msg("Please use capital letters, digits and hyphens.")
NOT_A_DAY: Final = msg("Please enter a day.")
NOT_A_CHOICE: Final = msg("Please choose one from the list.")
NOT_A_TAX_NUMBER: Final = msg("Please check the number: 18 characters, the last is a check digit.")
NOT_A_TAX_RATE: Final = msg("There is no such rate of value-added tax: please enter 0, 1, 3, 5, 6, 9 or 13.")
NOT_A_TAX_CODE: Final = msg(
    "Please enter all 19 digits of the tax classification code; a shorter one is filled up with zeros at its end."
)
NOT_AN_ACCOUNT: Final = msg(
    "Please enter the account number: 8 to 32 digits, with spaces or hyphens between them if you like."
)
NOT_TYPED_TWICE: Final = msg(
    "The account number changes: please type it once more, the same. Buyers transfer their money there."
)
HALF_AN_ACCOUNT: Final = msg("Please fill in the whole account, or none of it.")

_SLUG: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_SKU: Final = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_TAX_CODE: Final = re.compile(r"[1-6][0-9]{18}")


class Wrong(Exception):
    """A value that cannot be; `message` is a message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def line(most: int, *, needed: bool = False) -> Judge:
    """One line of text, tidied."""
    return lambda value: _text(tidy(str(value or "")), most, needed)


def lines(most: int, *, needed: bool = False) -> Judge:
    """Text that may have lines, tidied."""
    return lambda value: _text(tidy_lines(str(value or "")), most, needed)


def number(least: int, most: int, *, needed: bool = True) -> Judge:
    """A whole number; None where it may be left out."""

    def judge(value: Any) -> int | None:
        if value is None and not needed:
            return None
        if value is None:
            raise Wrong(NEEDED)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(NOT_IN_RANGE)
        return value

    return judge


def tax_rate() -> Judge:
    """Basis points of one of the rates that there are."""

    def judge(value: Any) -> int:
        if value is None:
            raise Wrong(NEEDED)
        if value not in RATES_BP:
            raise Wrong(NOT_A_TAX_RATE)
        return int(value)

    return judge


def bank_account() -> Judge:
    """The digits of an account's number, or none."""
    return lambda value: account_number(str(value or ""))


def account_number(typed: str) -> str:
    """Raises Wrong for what is no number of an account; nothing is none."""
    if not tidy(typed):
        return ""
    try:
        return read_account(typed)
    except ValueError as error:
        raise Wrong(NOT_AN_ACCOUNT) from error


def refuse_typed_once(field: str, number: str, again: str | None) -> None:
    """Raises InvalidInput at the second field unless the number stands there as well; None: no person typed it."""
    if again is None or not number:
        return
    try:
        same = read_account(again) == number
    except ValueError:
        same = False
    if not same:
        raise InvalidInput(errors={f"{field}_again": NOT_TYPED_TWICE})


def flag() -> Judge:
    return bool


def slug() -> Judge:
    return lambda value: _matching(tidy(str(value or "")), _SLUG, 64, NOT_A_SLUG)


def sku() -> Judge:
    return lambda value: _matching(tidy(str(value or "")).upper(), _SKU, 40, NOT_A_SKU)


def tax_number() -> Judge:
    def judge(value: Any) -> str:
        typed = tidy(str(value or "")).upper()
        if not is_tax_number(typed):
            raise Wrong(NOT_A_TAX_NUMBER)
        return typed

    return judge


def tax_code() -> Judge:
    """商品和服务税收分类编码: 19 digits, of which the first names one of six parts (1 goods … 6 what is no sale).

    Invoices carry no shorter code. Empty until the seller's accountant has said which.
    """

    def judge(value: Any) -> str:
        typed = tidy(half_width(str(value or ""))).replace(" ", "")
        if typed and not _TAX_CODE.fullmatch(typed):
            raise Wrong(NOT_A_TAX_CODE)
        return typed

    return judge


def phone() -> Judge:
    """A number that can be dialled, as it was written, or nothing; its column holds 20 characters."""

    def judge(value: Any) -> str:
        typed = _text(tidy(str(value or "")), 20, needed=False)
        try:
            return written_phone(typed) if typed else ""
        except InvalidInput as error:
            raise Wrong(error.message) from error

    return judge


def refuse_half(account: Values) -> None:
    """Raises InvalidInput at what is missing when a part of an account is there and another is not."""
    missing = [name for name, value in account.items() if not value]
    if 0 < len(missing) < len(account):
        raise InvalidInput(errors=dict.fromkeys(missing, HALF_AN_ACCOUNT))


def day(*, needed: bool = False) -> Judge:
    def judge(value: Any) -> date | None:
        if value is None and needed:
            raise Wrong(NEEDED)
        if value is not None and not isinstance(value, date):
            raise Wrong(NOT_A_DAY)
        return value

    return judge


def choice(kind: type[StrEnum]) -> Judge:
    def judge(value: Any) -> StrEnum:
        if value not in set(kind):
            raise Wrong(NOT_A_CHOICE)
        return kind(value)

    return judge


def link(*, needed: bool = True) -> Judge:
    """The id of another row; that it exists is the database's to say."""
    return number(1, 2**53, needed=needed)


def judge_values(values: Values, rules: Mapping[str, Judge], *, complete: bool) -> dict[str, Any]:
    """The values as they are to be written. Raises InvalidInput naming every field that cannot be right.

    Fields without a rule are left out; `complete` judges those that are missing too, for something new.
    """
    judged: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, judge in rules.items():
        if name not in values and not complete:
            continue
        try:
            judged[name] = judge(values.get(name))
        except Wrong as wrong:
            errors[name] = wrong.message
    if errors:
        raise InvalidInput(errors=errors)
    return judged


def _text(text: str, most: int, needed: bool) -> str:
    if needed and not text:
        raise Wrong(NEEDED)
    if len(text) > most:
        raise Wrong(TOO_LONG)
    return text


def _matching(text: str, pattern: re.Pattern[str], most: int, message: str) -> str:
    if not text:
        raise Wrong(NEEDED)
    if len(text) > most or not pattern.fullmatch(text):
        raise Wrong(message)
    return text
