"""Code 128 as SVG without inline style: the bars under which couriers' scanners read a tracking number.

The symbols are those of ISO/IEC 15417: each is six widths, of bars and gaps in turn; set B has letters and digits, set C
digits by twos.
"""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

_WIDTHS: Final = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221"
    "223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321"
    "112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131"
    "311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114"
    "122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232"
)
_SYMBOLS: Final = [_WIDTHS[at : at + 6] for at in range(0, len(_WIDTHS), 6)]
_STOP: Final = "2331112"
_TO_C, _TO_B, _START_B, _START_C = 99, 100, 104, 105
_QUIET: Final = 10  # modules of white that a scanner wants at both ends
_CHUNKS: Final = re.compile(r"(?:[0-9]{2}){2,}(?![0-9])|.", re.DOTALL)
_PRINTABLE: Final = re.compile(r"[ -~]+")


def barcode(text: str, label: str) -> Markup:
    """`text` of printable ASCII, as wide as its place; `label` says what it is to somebody who cannot see it."""
    bars, at = [], _QUIET
    for place, width in enumerate(_widths(text)):
        if place % 2 == 0:
            bars.append(f"M{at} 0h{width}v1h-{width}z")
        at += width
    return Markup(
        '<svg class="strip" viewBox="0 0 {wide} 1" preserveAspectRatio="none" role="img" aria-label="{label}"'
        ' shape-rendering="crispEdges"><path fill="#000" d="{bars}"/></svg>'
    ).format(wide=at + _QUIET, label=label, bars="".join(bars))


def _widths(text: str) -> list[int]:
    values = _values(text)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return [int(width) for value in (*values, check) for width in _SYMBOLS[value]] + [
        int(width) for width in _STOP
    ]


def _values(text: str) -> list[int]:
    """The symbols' numbers, from the start to before the check symbol. Raises ValueError for what it cannot say."""
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("only printable ASCII has bars")
    values: list[int] = []
    in_pairs = False
    for chunk in _CHUNKS.findall(text):
        wants_pairs = len(chunk) > 1
        if not values:
            values.append(_START_C if wants_pairs else _START_B)
        elif wants_pairs != in_pairs:
            values.append(_TO_C if wants_pairs else _TO_B)
        in_pairs = wants_pairs
        if wants_pairs:
            values += [int(chunk[at : at + 2]) for at in range(0, len(chunk), 2)]
        else:
            values.append(ord(chunk) - 32)
    return values
