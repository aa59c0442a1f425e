"""Bars that a courier's scanner reads, beside those that another encoder draws."""

from __future__ import annotations

import re

import pytest

from shop.web.barcode import barcode

PUBLISHED = {
    "75123456789012": "1101001110011000010010101100111001000101100011100010110110000101001101111011010110011100111101011"
    "101100011101011",
    "JD012-1-1-": "110100100001011011100010110001000100111011001001110011011001110010100110111001001110011010011011100"
    "1001110011010011011100100101111001100011101011",
}


def modules(svg: str) -> str:
    """The drawing as black (1) and white (0) modules, without the white that a scanner wants at both ends."""
    row = ["0"] * int(re.search(r'viewBox="0 0 (\d+) 1"', svg).group(1))
    for at, width in re.findall(r"M(\d+) 0h(\d+)v1", svg):
        row[int(at) : int(at) + int(width)] = "1" * int(width)
    assert row[:10] == row[-10:] == ["0"] * 10
    return "".join(row[10:-10])


@pytest.mark.parametrize("text", PUBLISHED)
def test_a_number_has_the_bars_of_the_standard(text):
    assert modules(barcode(text, "x")) == PUBLISHED[text]


def test_letters_then_pairs_of_digits_are_the_shortest_and_what_has_no_bars_is_refused():
    bars = modules(barcode("SF1234567890123", '"<b>'))
    assert len(bars) == 11 * (1 + 3 + 1 + 6 + 1) + 13  # start, S F 1, to pairs, six pairs, check symbol; stop
    assert "&#34;&lt;b&gt;" in barcode("SF1", '"<b>')
    for unprintable in ("", "单号", "a\n"):
        with pytest.raises(ValueError, match="ASCII"):
            barcode(unprintable, "x")
