"""Tables that people fill in from a template: which columns they have, and what is wrong in a row, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.storage.spreadsheets import Cell

NO_COLUMN: Final = msg("The column “%(column)s” is missing in the first row. Please use the template.")


@dataclass(frozen=True)
class Heading:
    """A column by its name here and in both languages; `example` stands in the template."""

    name: str
    chinese: str
    english: str
    example: str
    needed: bool = False


@dataclass(frozen=True)
class Mistake:
    """`row` as the file counts it, `column` the name of a heading; the sentence is a message id."""

    row: int
    column: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Wrong(Exception):
    """What a cell says cannot be; the sentence is a message id."""

    def __init__(self, column: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.column, self.message, self.facts = column, message, facts

    def in_row(self, row: int) -> Mistake:
        return Mistake(row, self.column, self.message, self.facts)


def find_columns(first_row: Sequence[Cell], headings: Sequence[Heading]) -> dict[str, int]:
    """Where each column stands, by its name in either language. Raises InvalidInput for one that is needed."""
    said = {tidy(str(cell)).casefold(): place for place, cell in enumerate(first_row) if cell}
    places = {}
    for heading in headings:
        spellings = (heading.chinese, heading.english.casefold(), heading.name)
        place = next((said[spelling] for spelling in spellings if spelling in said), None)
        if place is not None:
            places[heading.name] = place
        elif heading.needed:
            raise InvalidInput(NO_COLUMN, field="file", column=f"{heading.chinese} / {heading.english}")
    return places


def cell_at(cells: Sequence[Cell], places: Mapping[str, int], name: str) -> Cell:
    """What stands in a column of a row; None where the row is shorter, or the table has no such column."""
    place = places.get(name)
    return cells[place] if place is not None and place < len(cells) else None
