"""A view of a report shows its own rows and nothing else: chosen, put together and sorted, whole sums kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shop.exports.choices import Choices, Filter, Rule, choices_of, read_choices
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.reports.all_reports import REPORTS
from shop.reports.definition import Report, Span, Unit
from shop.reports.running import page_of_rows, stream_rows, totals
from shop.reports.viewing import has_views, offer_of, viewed

TODAY = shanghai_date(utc_now())
SPAN = Span(TODAY - timedelta(days=90), TODAY)
WITH_VIEWS = [name for name, report in REPORTS.items() if has_views(report)]


def rows_of(session: Session, report: Report) -> list[tuple]:
    return [tuple(row) for row in stream_rows(session, report, SPAN, "zh")]


@pytest.mark.parametrize("name", WITH_VIEWS)
def test_columns_turned_round_are_the_same_rows_in_the_same_order(demo_session, name):
    report = REPORTS[name]
    keys = tuple(one.key for one in reversed(report.shown))
    turned = viewed(report, Choices(columns=keys))
    assert [row[::-1] for row in rows_of(demo_session, turned)] == rows_of(demo_session, report)
    assert totals(demo_session, turned, SPAN, "zh") == totals(demo_session, report, SPAN, "zh")
    keyed = page_of_rows(demo_session, turned, SPAN, "zh", page=1, size=5, keyed=True)
    assert all(len(row) == len(turned.columns) for row in keyed)


@pytest.mark.parametrize("name", WITH_VIEWS)
def test_groups_add_up_to_what_the_report_adds_up_to(demo_session, name):
    report = REPORTS[name]
    whole, sums = totals(demo_session, report, SPAN, "zh")
    for one in offer_of(report).groups:
        grouped = viewed(report, Choices(group=(one.key,)))
        count, added = totals(demo_session, grouped, SPAN, "zh")
        assert added.pop("rows_in_group") == whole
        assert added == sums
        rows = rows_of(demo_session, grouped)
        assert len({row[0] for row in rows}) == len(rows) == count


@pytest.mark.parametrize("name", WITH_VIEWS)
def test_every_column_can_be_sorted_by_both_ways(demo_session, name):
    report = REPORTS[name]
    every = sorted(map(str, rows_of(demo_session, report)))
    for one in report.shown:
        for sort in (one.key, f"-{one.key}"):
            rows = rows_of(demo_session, viewed(report, Choices(sort=sort)))
            assert sorted(map(str, rows)) == every
            numbers = [row[report.position(one.key)] for row in rows]
            if one.unit in {Unit.FEN, Unit.COUNT, Unit.GRAMS}:
                known = [int(value) for value in numbers if value is not None]
                assert known == sorted(known, reverse=sort.startswith("-"))


@pytest.mark.parametrize("name", WITH_VIEWS)
def test_a_filter_keeps_the_rows_that_say_so(demo_session, name):
    report = REPORTS[name]
    whole = rows_of(demo_session, report)
    for one in offer_of(report).filters:
        place = report.position(one.key)
        value = next((row[place] for row in whole if row[place] is not None), None)
        if value is None:
            continue
        if one.unit in {Unit.FEN, Unit.YUAN, Unit.SHARE}:
            chosen = Filter(
                one.key, Rule.LEAST, f"{int(value) // 100}.{int(value) % 100:02}" if value >= 0 else "0"
            )
            kept = [row for row in whole if row[place] is not None and row[place] >= max(int(value), 0)]
        elif one.unit in {Unit.COUNT, Unit.GRAMS}:
            chosen = Filter(one.key, Rule.MOST, str(int(value)))
            kept = [row for row in whole if row[place] is not None and row[place] <= value]
        else:
            chosen = Filter(one.key, Rule.IS, str(value))
            kept = [row for row in whole if row[place] is not None and str(row[place]) == str(value)]
        assert rows_of(demo_session, viewed(report, Choices(filters=(chosen,)))) == kept, one.key


def test_a_part_of_a_word_finds_it_and_signs_of_a_pattern_are_no_pattern(demo_session):
    report = REPORTS["sales-by-product"]
    names = [row[0] for row in rows_of(demo_session, report)]
    part = names[0][:2]

    def found(typed: str) -> list[str]:
        return [
            row[0]
            for row in rows_of(
                demo_session, viewed(report, Choices(filters=(Filter("product", Rule.HAS, typed),)))
            )
        ]

    assert found(part) == [name for name in names if part in name]
    assert found("%") == found("_") == []


@pytest.mark.parametrize(
    "wrong",
    [
        Choices(columns=("nothing",)),
        Choices(filters=(Filter("nothing", Rule.IS, "1"),)),
        Choices(filters=(Filter("paid_fen", Rule.HAS, "1"),)),
        Choices(filters=(Filter("paid_fen", Rule.LEAST, "many"),)),
        Choices(filters=(Filter("orders", Rule.MOST, "1.5"),)),
    ],
)
def test_what_does_not_fit_a_report_is_refused(wrong):
    with pytest.raises(InvalidInput):
        viewed(REPORTS["sales-by-day"], wrong)


def test_choices_come_back_from_an_address_and_from_where_they_were_saved():
    chosen = Choices(("a", "b"), ("a",), "-b", (Filter("a", Rule.HAS, "x:y"), Filter("b", Rule.LEAST, "1")))
    assert read_choices(chosen.arguments()) == chosen == choices_of(chosen.kept())
    assert read_choices({"where1": "a:like:1", "where2": "a::", "columns": ",,"}) == Choices()
