"""Rows of a roster as somebody sends it: what each column is called, and every mistake in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from shop.accounts.campus.config import STAFF_WORDS, STUDENT_WORDS
from shop.accounts.campus.models import CampusKind
from shop.accounts.contacts import normalise_mobile
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, plain_number, tidy
from shop.storage.spreadsheets import Cell, Limits, read_rows

LIMITS: Final = Limits(rows=20_000, columns=20)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_NUMBER: Final = re.compile(r"[A-Z0-9._-]{2,40}")
NEEDED: Final = msg("Please fill this in.")


@dataclass(frozen=True)
class Heading:
    name: str
    chinese: str
    english: str
    example: str
    needed: bool = False
    other_names: tuple[str, ...] = ()


HEADINGS: Final = (
    Heading("number", "工号或学号", "Staff or student number", "# 20260001", needed=True, other_names=("工号", "学号")),
    Heading("name", "姓名", "Name", "王小梅", needed=True),
    Heading("phone", "手机号", "Mobile number", "13800000000", needed=True, other_names=("手机", "电话")),
    Heading("unit", "单位", "Unit", "茶学院", other_names=("部门", "学院")),
    Heading("kind", "身份", "Staff or student", "教职工", other_names=("类别",)),
    Heading("leaves_on", "离校日", "Leaves on", "2030-07-01"),
)  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """`row` as the file counts it, `column` a heading's name; the sentence is a message id."""

    row: int
    column: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One row that is right."""

    row: int
    number: str
    name: str
    phone: str
    unit_code: str
    kind: CampusKind
    leaves_on: date | None


class _Wrong(Exception):
    def __init__(self, column: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.column, self.message, self.facts = column, message, facts


def normalise_number(typed: str) -> str:
    """A staff or student number in the one form in which it is stored and compared."""
    return re.sub(r"\s", "", half_width(tidy(typed))).upper()[:40]


def same_name(left: str, right: str) -> bool:
    """Whether two people wrote one name: spaces and case do not matter."""
    return _bare(left) == _bare(right) != ""


def read_roster(content: bytes) -> tuple[list[Entry], list[Mistake]]:
    """Every row that is right and every mistake. Raises InvalidInput for a file that cannot be read at all."""
    rows = read_rows(content, LIMITS)
    places = _places(rows[0][1] if rows else ())
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for number, cells in rows[1:]:
        if str(next((cell for cell in cells if cell), "")).startswith("#"):
            continue
        entry, wrong = _read(number, cells, places)
        mistakes += wrong
        if entry is not None:
            entries.append(entry)
    if not entries and not mistakes:
        mistakes.append(Mistake(1, "", msg("The table has no rows.")))
    return entries, sorted([*mistakes, *_doubles(entries)], key=lambda one: one.row)


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


def _read(row: int, cells: Sequence[Cell], places: Mapping[str, int]) -> tuple[Entry | None, list[Mistake]]:
    mistakes: list[Mistake] = []

    def attempt(read: Any) -> Any:
        try:
            return read(lambda name: _cell(cells, places, name))
        except _Wrong as wrong:
            mistakes.append(Mistake(row, wrong.column, wrong.message, wrong.facts))
            return None

    number, name, phone = attempt(_number), attempt(_name), attempt(_phone)
    kind, leaves_on = attempt(_kind), attempt(_leaves_on)
    unit = tidy(str(_cell(cells, places, "unit") or ""))[:120]
    if mistakes:
        return None, mistakes
    return Entry(row, number, name, phone, unit, kind, leaves_on), []


def _cell(cells: Sequence[Cell], places: Mapping[str, int], name: str) -> Cell:
    place = places.get(name)
    return cells[place] if place is not None and place < len(cells) else None


def _number(cell: Any) -> str:
    number = normalise_number(str(cell("number") or ""))
    if not number:
        raise _Wrong("number", NEEDED)
    if not _NUMBER.fullmatch(number):
        raise _Wrong("number", msg("A number has 2 to 40 letters and digits."))
    return number


def _name(cell: Any) -> str:
    name = tidy(str(cell("name") or ""))
    if not name:
        raise _Wrong("name", NEEDED)
    if len(name) > 80:
        raise _Wrong("name", msg("At most 80 characters."))
    return name


def _phone(cell: Any) -> str:
    said = str(cell("phone") or "")
    if not said.strip():
        raise _Wrong("phone", NEEDED)
    try:
        return normalise_mobile(said)
    except InvalidInput as error:
        raise _Wrong("phone", error.message) from None


def _kind(cell: Any) -> CampusKind:
    said = tidy(str(cell("kind") or "")).casefold()
    if not said:
        return CampusKind.STAFF
    if said in {word.casefold() for word in STAFF_WORDS}:
        return CampusKind.STAFF
    if said in {word.casefold() for word in STUDENT_WORDS}:
        return CampusKind.STUDENT
    if said in {"other", "其他", "其它"}:
        return CampusKind.OTHER
    raise _Wrong("kind", msg("Please write staff, student or other."))


def _leaves_on(cell: Any) -> date | None:
    said = cell("leaves_on")
    if said is None or isinstance(said, date):
        return said
    typed = tidy(plain_number(str(said)))
    if not typed:
        return None
    match = _DAY.fullmatch(typed.partition(" ")[0])
    try:
        return date(*map(int, match.groups())) if match else date.fromisoformat(typed)
    except ValueError:
        raise _Wrong("leaves_on", msg("A day is written like 2026-11-30.")) from None


def _doubles(entries: Iterable[Entry]) -> list[Mistake]:
    first: dict[str, int] = {}
    found = []
    for entry in entries:
        if entry.number in first:
            found.append(
                Mistake(
                    entry.row,
                    "number",
                    msg("The same number stands in row %(row)s."),
                    {"row": first[entry.number]},
                )
            )
        first.setdefault(entry.number, entry.row)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[\s·•.]", "", half_width(tidy(name))).casefold()
