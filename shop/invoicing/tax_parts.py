"""An amount by what it is taxed at: of a sale, and of what goes back. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shop.kit.money import share, split

WHOLE_BP = 10_000


class TaxKey(NamedTuple):
    """Who sells, and at which rate in basis points; what is exempt has none."""

    seller_id: int
    tax_rate_bp: int
    tax_exempt: bool


Taxed = dict[TaxKey, int]


def sale_parts(lines: Iterable[tuple[TaxKey, int]], freight_fen: int) -> Taxed:
    """Lines in fen by key. Freight is part of the price of what it carries: shared by what that costs."""
    goods: Taxed = defaultdict(int)
    for key, fen in lines:
        goods[key] += fen
    keys = sorted(goods)
    freight = split(freight_fen, [goods[key] for key in keys])
    return {key: goods[key] + part for key, part in zip(keys, freight, strict=True)}


def refund_parts(standing: Mapping[TaxKey, int], lines: Iterable[tuple[TaxKey, int]], rest_fen: int) -> Taxed:
    """What a refund takes from each key, never more than stands there.

    `lines` went back for goods; the rest, and what the goods' own key cannot give any more, comes from what is left of
    all in proportion. A refund of more than stands takes all of it.
    """
    left = dict(standing)
    taken: Taxed = defaultdict(int)
    for key, fen in lines:
        part = min(fen, max(left.get(key, 0), 0))
        taken[key] += part
        left[key] = left.get(key, 0) - part
        rest_fen += fen - part
    keys = sorted(key for key, fen in left.items() if fen > 0)
    rest_fen = min(rest_fen, sum(left[key] for key in keys))
    for key, part in zip(keys, split(rest_fen, [left[key] for key in keys]), strict=True):
        taken[key] += part
    return {key: fen for key, fen in taken.items() if fen}


def tax_in(fen: int, tax_rate_bp: int) -> int:
    """The tax that an amount contains."""
    return share(fen, tax_rate_bp, WHOLE_BP + tax_rate_bp)
