"""By what the rows of a report can be filtered, as people type it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from shop.exports.choices import Filter, Rule
from shop.kit.errors import InvalidInput
from shop.kit.money import typed_yuan
from shop.kit.text import like_pattern, msg, typed_number
from shop.reports.cells import WORDS
from shop.reports.definition import Column, Unit

_WRITTEN: Final = (Rule.HAS, Rule.IS)
_NUMBERS: Final = (Rule.LEAST, Rule.MOST)
# What is counted or weighed is compared; what is written is found by a part of it; a state is one of its words.
# Days are chosen by the report's range.
RULES: Final[Mapping[Unit, tuple[Rule, ...]]] = {
    **dict.fromkeys(WORDS, (Rule.IS,)),
    **dict.fromkeys((Unit.TEXT, Unit.ORDER, Unit.REASON, Unit.ENTRY_TEXT), _WRITTEN),
    **dict.fromkeys((Unit.COUNT, Unit.FEN, Unit.YUAN, Unit.GRAMS, Unit.SHARE), _NUMBERS),
}
RULE_WORDS: Final = {
    Rule.IS: msg("is"),
    Rule.HAS: msg("contains"),
    Rule.LEAST: msg("at least"),
    Rule.MOST: msg("at most"),
}
_AMOUNTS: Final = (Unit.FEN, Unit.YUAN)


def condition(column: Column, cell: Any, wanted: Filter) -> sa.ColumnElement[bool]:
    """What a cell of this column has to be. Raises InvalidInput for a rule or a value that the column cannot have."""
    if wanted.rule not in RULES.get(column.unit, ()):
        raise InvalidInput(msg("This column cannot be compared like that."), field="where")
    if wanted.rule in _NUMBERS:
        number = _number(column.unit, wanted.value)
        return cell >= number if wanted.rule is Rule.LEAST else cell <= number  # type: ignore[no-any-return]
    if wanted.rule is Rule.HAS:
        pattern = f"%{like_pattern(wanted.value.lower())}%"
        return sa.func.lower(sa.cast(cell, sa.Text)).like(pattern, escape="\\")
    return sa.cast(cell, sa.Text) == wanted.value


def _number(unit: Unit, typed: str) -> int:
    try:
        return _READ.get(unit, typed_number)(typed)
    except ValueError as error:
        said = msg("Write an amount like 12.50.") if unit in _AMOUNTS else msg("Write a whole number.")
        raise InvalidInput(said, field="where") from error


# A share of 12.5 % is 1250 basis points, as an amount of 12.50 is 1250 fen.
_READ: Final[Mapping[Unit, Callable[[str], int]]] = {
    **dict.fromkeys(_AMOUNTS, typed_yuan),
    Unit.SHARE: lambda typed: typed_yuan(typed.rstrip("%％ ")),
}
