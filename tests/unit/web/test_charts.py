from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from shop.web import charts

AMOUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)


def hundredths(percentage: str) -> int:
    return int(percentage.removesuffix("%").replace(".", ""))


@given(AMOUNTS)
def test_the_parts_of_a_bar_meet_and_end_at_the_total(amounts):
    parts = charts.bar_segments([{"value": amount} for amount in amounts])
    edge = 0
    for part in parts:
        assert hundredths(part.x) == edge
        edge += hundredths(part.width)
    assert edge == 10000


def test_an_empty_bar_is_drawn_without_dividing_by_nothing():
    assert charts.bar_segments([{"value": 0}])[0].width == "0.00%"


def test_money_parts_come_from_a_split_or_from_a_list(in_language):
    @dataclass
    class Split:
        household: int
        freight: int

    in_language("en")
    from_split = charts.flow_segments(Split(household=5160, freight=1640))
    from_list = charts.flow_segments(
        [{"key": "household", "amount_fen": 5160}, {"label": "Freight", "tone": "f3", "amount_fen": 1640}]
    )
    assert from_split == from_list
    assert [part.tone for part in from_split] == ["f1", "f3"]


@given(st.integers(0, 10**12))
def test_an_axis_reaches_the_largest_value_in_four_whole_steps(largest):
    ceiling = charts._nice_ceiling(largest)
    assert ceiling >= max(largest, 1)
    assert ceiling % 4 == 0
    assert ceiling <= max(4, 2 * largest)


def test_a_crowded_axis_names_only_some_marks_and_always_the_last():
    chart = charts.bar_chart([{"label": str(number), "value": number} for number in range(60)])
    named = [mark for mark in chart.marks if mark.labelled]
    assert len(named) <= charts.MOST_LABELS
    assert named[-1].label == "59"


def test_charts_without_data_are_empty_and_do_not_fail():
    assert charts.bar_chart([]).marks == ()
    assert charts.line_chart([]).lines == ()
    assert charts.line_chart([{"label": "a", "points": []}]).lines[0].path == ""
    assert charts.lorenz_chart([{"label": "a", "points": []}]).lines[0].path == ""


def test_a_line_rises_with_its_values():
    (line,) = charts.line_chart(
        [{"label": "a", "points": [{"label": "x", "value": 1}, {"label": "y", "value": 4}]}]
    ).lines
    low, high = line.marks
    assert high.y < low.y
    assert line.path == f"M{low.x} {low.y}L{high.x} {high.y}"
