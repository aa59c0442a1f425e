"""Rows of a table of members: what each column is called, and every mistake in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shop.accounts.campus.roster_table import NEEDED, Heading, Mistake, normalise_number
from shop.accounts.contacts import normalise_email, normalise_mobile
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.storage.spreadsheets import Cell, Limits, read_rows

LIMITS: Final = Limits(rows=20_000, columns=20)
_NUMBER: Final = re.compile(r"[A-Z0-9._-]{2,40}")

HEADINGS: Final = (
    Heading("number", "工号", "Staff number", "# 20260001", needed=True, other_names=("职工号", "会员号", "工号或学号")),
    Heading("name", "姓名", "Name", "王小梅", needed=True),
    Heading("unit", "分工会", "Sub-union", "机械学院分工会", other_names=("单位", "部门", "学院")),
    Heading("phone", "手机号", "Mobile number", "13800000000", other_names=("手机", "电话")),
    Heading("email", "邮箱", "E-mail", "wang@example.edu.cn", other_names=("电子邮箱", "邮件")),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One row that is right; `phone` in E.164, `unit` as typed."""

    row: int
    number: str
    name: str
    unit: str
    phone: str | None = None
    email: str | None = None


@dataclass
class _Row:
    """Reads the cells of one row and remembers what is wrong with them."""

    number: int
    cells: Mapping[str, Cell]
    mistakes: list[Mistake] = field(default_factory=list)

    def text(self, name: str) -> str:
        return tidy(str(self.cells.get(name) or ""))

    def wrong(self, name: str, message: str, **facts: Any) -> None:
        self.mistakes.append(Mistake(self.number, name, message, facts))

    def contact(self, name: str, read: Callable[[str], str]) -> str | None:
        said = self.text(name)
        if not said:
            return None
        try:
            return read(said)
        except InvalidInput as error:
            self.wrong(name, error.message)
            return None


def read_members(content: bytes) -> tuple[list[Entry], list[Mistake]]:
    """Every row that is right and every mistake. Raises InvalidInput for a file that cannot be read at all."""
    rows = read_rows(content, LIMITS)
    places = _places(rows[0][1] if rows else ())
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for number, cells in rows[1:]:
        if str(next((cell for cell in cells if cell), "")).startswith("#"):
            continue
        row = _Row(number, {name: cells[place] for name, place in places.items() if place < len(cells)})
        entry = read_entry(row)
        mistakes += row.mistakes
        if entry is not None:
            entries.append(entry)
    if not entries and not mistakes:
        mistakes.append(Mistake(1, "", msg("The table has no rows.")))
    return entries, sorted([*mistakes, *_doubles(entries)], key=lambda one: one.row)


def typed_entry(typed: Mapping[str, str]) -> Entry:
    """One member typed into a form. Raises InvalidInput by field."""
    row = _Row(1, typed)
    entry = read_entry(row)
    if entry is None:
        raise InvalidInput(errors={mistake.column: mistake.message for mistake in row.mistakes})
    return entry


def read_entry(row: _Row) -> Entry | None:
    number, name, unit = normalise_number(row.text("number")), row.text("name"), row.text("unit")
    if not number:
        row.wrong("number", NEEDED)
    elif not _NUMBER.fullmatch(number):
        row.wrong("number", msg("A number has 2 to 40 letters and digits."))
    for column, said in (("name", name), ("unit", unit)):
        if len(said) > 80:
            row.wrong(column, msg("At most 80 characters."))
    if not name:
        row.wrong("name", NEEDED)
    phone, email = row.contact("phone", normalise_mobile), row.contact("email", normalise_email)
    return None if row.mistakes else Entry(row.number, number, name, unit, phone, email)


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


def _doubles(entries: Sequence[Entry]) -> list[Mistake]:
    """A staff number is one person: a second row with it would be a second allowance."""
    first: dict[str, int] = {}
    found = []
    for entry in entries:
        if entry.number in first:
            sentence = msg("Row %(first)s has this number already.")
            found.append(Mistake(entry.row, "number", sentence, {"first": first[entry.number]}))
        else:
            first[entry.number] = entry.row
    return found
