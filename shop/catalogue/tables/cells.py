"""What stands in a cell of a table, and what is read of it. What is written is read back as the same value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shop.accounts.editing.rules import NEEDED, NOT_A_CHOICE, Wrong
from shop.kit.money import plain_yuan, typed_yuan
from shop.kit.text import msg, plain_number, safe_cell, tidy, typed_number
from shop.kit.typed_amounts import WrongNumber, read_fen, read_whole_number

YES: Final = frozenset({"是", "yes", "y", "true", "1"})
NO: Final = frozenset({"否", "no", "n", "false", "0"})
EVERY_MONTH: Final = 4095
NOT_YES_OR_NO: Final = msg("Please write 是 or 否 (yes or no).")
NOT_MONTHS: Final = msg("Please write the months as numbers from 1 to 12 with spaces between, or nothing.")
NOT_PER_CENT: Final = msg("Please enter per cent, such as 7.5.")
NO_SUCH: Final = msg("There is nothing with the short name “%(name)s”.")
NOT_CONTENTS: Final = msg("Please write what the box holds as SKU and how many, such as XG-250 2; MJ-50 1.")
_APART: Final = re.compile(r"[\s,，、;；]+")
_PART: Final = re.compile(r"(\S+?)\s*[\s×*:：]\s*(\S+)")


@dataclass
class Known:
    """The ids of rows by their short names, by the name of the field that points at them."""

    ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def short_name(self, column: str, row_id: int) -> str:
        return next((slug for slug, known in self.ids[column].items() if known == row_id), "")


class Unknown(Wrong):
    """A short name that nothing has."""

    def __init__(self, name: str) -> None:
        super().__init__(NO_SUCH)
        self.facts = {"name": name[:60]}


Say = Callable[[Any, Known], str]
Read = Callable[[str, Known], Any]


@dataclass(frozen=True)
class Cell:
    """`read` raises Wrong. Empty text is read too: what may be empty is the field's own rule to say."""

    say: Say
    read: Read


def guarded(text: str) -> str:
    """As a program for tables may open it: with an apostrophe before what it would take for a formula.

    What begins with apostrophes before such a text gets one more, so that `unguarded` always gives the text back.
    """
    return f"'{text}" if _is_formula(text.lstrip("'")) else text


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def _is_formula(text: str) -> bool:
    return str(safe_cell(text)).startswith("'") and not text.startswith("'")


def text_cell() -> Cell:
    """The field's rule tidies it and judges its length."""
    return Cell(lambda value, _known: str(value or ""), lambda text, _known: text)


def whole_cell() -> Cell:
    return Cell(lambda value, _known: "" if value is None else str(value), _read_whole)


def yuan_cell() -> Cell:
    """Yuan in the table, whole fen here."""
    return Cell(lambda value, _known: plain_yuan(value), _read_yuan)


def percent_cell() -> Cell:
    """Per cent in the table, basis points here."""
    return Cell(lambda value, _known: plain_yuan(value).removesuffix(".00"), _read_percent)


def flag_cell() -> Cell:
    return Cell(lambda value, _known: "是" if value else "否", _read_flag)


def months_cell() -> Cell:
    """Numbers of months; nothing for all twelve."""
    return Cell(_say_months, _read_months)


def choice_cell(codes: Collection[str]) -> Cell:
    def read(text: str, _known: Known) -> str:
        code = tidy(text).lower()
        if not code:
            raise Wrong(NEEDED)
        if code not in codes:
            raise Wrong(NOT_A_CHOICE)
        return code

    return Cell(lambda value, _known: str(value or ""), read)


def link_cell(column: str) -> Cell:
    """Another row by its short name; nothing for none."""

    def say(value: int | None, known: Known) -> str:
        return "" if value is None else known.short_name(column, value)

    def read(text: str, known: Known) -> int | None:
        name = tidy(text)
        if not name:
            return None
        found = known.ids[column].get(name, known.ids[column].get(name.lower()))
        if found is None:
            raise Unknown(name)
        return found

    return Cell(say, read)


def contents_cell() -> Cell:
    """What a gift box holds: `XG-250 2; MJ-50 1`."""
    return Cell(
        lambda value, _known: "; ".join(f"{sku} {units}" for sku, units in sorted((value or {}).items())),
        _read_contents,
    )


def _read_whole(text: str, _known: Known) -> int | None:
    if not tidy(text):
        return None
    try:
        return read_whole_number(text)
    except WrongNumber as error:
        raise Wrong(error.message) from error


def _read_yuan(text: str, _known: Known) -> int | None:
    if not tidy(text):
        return None
    try:
        return read_fen(text)
    except WrongNumber as error:
        raise Wrong(error.message) from error


def _read_percent(text: str, _known: Known) -> int | None:
    typed = plain_number(text).removesuffix("%").strip()
    if not typed:
        return None
    try:
        return typed_yuan(typed)
    except ValueError:
        raise Wrong(NOT_PER_CENT) from None


def _read_flag(text: str, _known: Known) -> bool:
    said = tidy(text).lower()
    if not said:
        raise Wrong(NEEDED)
    if said not in YES | NO:
        raise Wrong(NOT_YES_OR_NO)
    return said in YES


def _say_months(mask: int, _known: Known) -> str:
    if mask == EVERY_MONTH:
        return ""
    return " ".join(str(month) for month in range(1, 13) if mask >> (month - 1) & 1) or "-"


def _read_months(text: str, _known: Known) -> int:
    if tidy(text) == "-":
        return 0
    mask = 0
    for part in filter(None, _APART.split(tidy(text))):
        try:
            month = typed_number(part)
        except ValueError:
            month = 0
        if not 1 <= month <= 12:
            raise Wrong(NOT_MONTHS)
        mask |= 1 << (month - 1)
    return mask or EVERY_MONTH


def _read_contents(text: str, _known: Known) -> dict[str, int]:
    contents: dict[str, int] = {}
    for part in filter(None, (tidy(piece) for piece in re.split(r"[;；,，、\n]", text))):
        match = _PART.fullmatch(part)
        try:
            units = typed_number(match[2]) if match else 0
        except ValueError:
            units = 0
        if match is None or units < 1:
            raise Wrong(NOT_CONTENTS)
        sku = match[1].upper()
        contents[sku] = contents.get(sku, 0) + units
    return contents
