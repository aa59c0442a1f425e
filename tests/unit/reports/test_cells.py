from datetime import UTC, date, datetime

import pytest

from shop.reports.cells import as_cell, as_text
from shop.reports.definition import Column, Unit


def text(unit, value):
    return as_text(Column("key", "Title", unit), value, translate=lambda word: word)


def test_amounts_are_yuan_with_two_decimals():
    assert text(Unit.FEN, 123456) == "1234.56"
    assert text(Unit.FEN, -5) == "-0.05"


def test_moments_are_on_shanghais_clock():
    assert text(Unit.MOMENT, datetime(2026, 3, 1, 17, 30, tzinfo=UTC)) == "2026-03-02 01:30"


def test_days_read_the_same_from_both_databases():
    assert text(Unit.DAY, "2026-03-02") == text(Unit.DAY, date(2026, 3, 2)) == "2026-03-02"


@pytest.mark.parametrize("unit", [Unit.TEXT, Unit.REASON])
def test_what_people_wrote_is_no_formula_in_a_file_and_stays_as_it_is_where_people_read_it(unit):
    column = Column("key", "Title", unit)
    assert as_cell(column, "=1+1", translate=str) == "'=1+1"
    assert as_text(column, "=1+1", translate=str) == "=1+1"


def test_a_number_below_nothing_stays_a_number_in_a_file():
    assert as_cell(Column("key", "Title", Unit.FEN), -5, translate=str) == "-0.05"


def test_what_is_missing_is_empty():
    assert text(Unit.FEN, None) == ""
