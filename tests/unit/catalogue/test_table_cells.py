"""Cells of master data: whatever is stored, the file that is written says the same when it is read."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shop.accounts.editing.rules import Wrong
from shop.catalogue.families import FAMILIES
from shop.catalogue.tables.cells import (
    EVERY_MONTH,
    Known,
    contents_cell,
    flag_cell,
    guarded,
    link_cell,
    months_cell,
    percent_cell,
    unguarded,
    whole_cell,
    yuan_cell,
)
from shop.catalogue.tables.planning import LIMITS
from shop.kit.text import safe_cell, tidy_lines
from shop.storage.spreadsheets import read_rows
from shop.web.admin.goods_base import FAMILIES as DRAWN
from shop.web.tables import table_file

HOSTILE = st.text(st.sampled_from("=+-@＝＋－＠'\"|,;\t\n 茶é\u3000x_1"), max_size=30)
STORED = st.one_of(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60), HOSTILE).map(
    tidy_lines
)
HEADINGS = ["短名", "中文名", "英文名"]


@given(st.one_of(HOSTILE, st.text(max_size=30)).map(tidy_lines))
@example("'")
@example("''=1")
@example("=1+1")
def test_an_apostrophe_that_was_added_is_taken_off_and_no_other(text):
    assert unguarded(guarded(text)) == text
    assert safe_cell(guarded(text)) == guarded(text)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(STORED, STORED), min_size=1, max_size=6))
def test_a_file_reads_as_it_was_written(kind, rows):
    said = [[f"key-{place}", *row] for place, row in enumerate(rows)]
    written = table_file(
        [HEADINGS, *([guarded(cell) for cell in row] for row in said)], kind, name="t", title="t", safe=True
    )
    read = [
        [tidy_lines(unguarded(str(cell or ""))) for cell in cells][:3]
        for _, cells in read_rows(written.data, LIMITS)[1:]
    ]
    assert [[*row, "", ""][:3] for row in read] == said


@given(st.integers(0, 100_000_000))
def test_prices_are_exact_to_the_fen(fen):
    cell = yuan_cell()
    assert cell.read(cell.say(fen, Known()), Known()) == fen


@given(st.one_of(st.none(), st.integers(0, 999_999_999)))
def test_grams_and_other_whole_numbers_come_back(number):
    cell = whole_cell()
    assert cell.read(cell.say(number, Known()), Known()) == number


@given(st.integers(0, EVERY_MONTH))
def test_months_come_back(mask):
    cell = months_cell()
    assert cell.read(cell.say(mask, Known()), Known()) == mask


@given(st.sampled_from([0, 100, 300, 500, 600, 900, 1300, 950]))
def test_per_cent_come_back(points):
    cell = percent_cell()
    assert cell.read(cell.say(points, Known()), Known()) == points


@given(
    st.dictionaries(st.from_regex(r"[A-Z0-9]+(-[A-Z0-9]+)*", fullmatch=True), st.integers(1, 20), max_size=4)
)
def test_contents_of_a_box_come_back(contents):
    cell = contents_cell()
    assert cell.read(cell.say(contents, Known()), Known()) == contents


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (yuan_cell(), "1.234"), (yuan_cell(), "1e3"), (yuan_cell(), "-1"), (yuan_cell(), "9" * 30), (whole_cell(), "1.5"),
        (whole_cell(), "²"), (months_cell(), "13"), (months_cell(), "March"), (percent_cell(), "nine"),
        (flag_cell(), "maybe"), (flag_cell(), ""), (contents_cell(), "TEA"), (contents_cell(), "TEA 0"),
        (contents_cell(), "TEA 99999999999"), (link_cell("seller_id"), "nobody"),
    ],
)  # fmt: skip
def test_what_a_cell_cannot_say_is_refused(cell, text):
    with pytest.raises(Wrong):
        cell.read(text, Known({"seller_id": {}}))


@pytest.mark.parametrize("said", ["是", "Yes", "TRUE", "1", " y "])
def test_yes_in_both_languages(said):
    assert flag_cell().read(said, Known()) is True


def test_every_drawing_is_known_to_tables():
    assert set(DRAWN) == FAMILIES
