"""Reading pasted lines of parcels and numbers."""

from __future__ import annotations

import pytest

from shop.fulfilment.shipping import Consignment
from shop.fulfilment.shipping_list import MOST_LINES, leave_out, read_lines


def test_a_line_is_a_parcel_and_a_number_and_perhaps_another_carrier():
    text = "abc123  SF1234567890123\n\nDEF456\t圆通，YT1234567890123\n  ghi789;jt;jt1234567890123 "
    assert [line.consignment for line in read_lines(text, carrier="sf")] == [
        Consignment("ABC123", "sf", "SF1234567890123"),
        Consignment("DEF456", "yto", "YT1234567890123"),
        Consignment("GH1789", "jt", "JT1234567890123"),
    ]


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("ABC123", "A line is a parcel code and a tracking number."),
        ("A B C D", "A line is a parcel code and a tracking number."),
        ("ABC123 pigeon 12345678901234", "This carrier is not known."),
        ("ABC123 SF12", "This carrier gives no such number."),
    ],
)
def test_a_line_that_cannot_go_says_why(typed, mistake):
    (line,) = read_lines(typed, carrier="sf")
    assert (line.consignment, line.mistake) == (None, mistake)


def test_a_parcel_is_not_shipped_twice_in_one_list():
    lines = read_lines("ABC SF1234567890123\nabc SF1234567890124", carrier="sf")
    assert {line.mistake for line in lines} == {"This parcel stands here twice."}


def test_a_list_has_an_end():
    lines = read_lines("ABC SF1234567890123\n" * (MOST_LINES + 50), carrier="sf")
    assert lines[-1].mistake == "At most 200 lines at once."
    assert len(lines) == MOST_LINES + 1


def test_lines_without_a_number_stay_here_and_the_others_keep_their_place():
    text = "AAAA SF1234567890123\nBBBB \n\nCCCC 顺丰\nDDDD zto 75912345678901"
    numbered, codes = leave_out(text)
    assert codes == ["BBBB", "CCCC"]
    assert [(line.number, line.mistake) for line in read_lines(numbered, carrier="sf")] == [(1, ""), (5, "")]


def test_where_no_line_has_a_number_none_is_left_out():
    assert leave_out("AAAA\nBBBB ") == ("AAAA\nBBBB ", [])
