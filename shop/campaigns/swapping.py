"""The rule for a short harvest, as agreed beforehand: what goes instead of goods that there are too few of. Pure.

A swap is by value: as many units of the substitute as the price of the line buys. What is left of it, less than one
unit, is not charged and stays with the union.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop.campaigns.member_models import ChosenBy
from shop.campaigns.reading import Good, Offer


@dataclass(frozen=True, slots=True)
class Taken:
    """One line of one member's choice; without a point it goes home."""

    member_id: int
    pickup_point_id: int | None
    chosen_by: ChosenBy
    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Swap:
    """A line that is replaced as a whole. Without a substitute it falls away and its money is not charged.

    `instead`: units of the substitute; `returned_fen`: of the line's price, what they do not use.
    """

    member_id: int
    pickup_point_id: int | None
    variant_id: int
    quantity: int
    substitute_id: int | None
    instead: int
    returned_fen: int


def swaps_for(offer: Offer, taken: Sequence[Taken], own: Mapping[int, int]) -> list[Swap]:
    """For every good that is short: lines from the front of `taken`, whole ones, until the rest can be had.

    `own`: units that members bought themselves. They are theirs already, so the union gets what they leave.
    """
    found: list[Swap] = []
    for variant_id, good in offer.goods.items():
        if good.row.short_at is None:
            continue
        lines = [one for one in taken if one.variant_id == variant_id]
        left = max(good.row.short_at - own.get(variant_id, 0), 0)
        found += _swaps_of(offer, good, lines, sum(one.quantity for one in lines) - left)
    return found


def worth_of(good: Good, substitute: Good | None, quantity: int) -> tuple[int, int]:
    """How many units of the substitute the price of so many of the good buys, and what is left of it in fen."""
    if substitute is None:
        return 0, good.price_fen * quantity
    return divmod(good.price_fen * quantity, substitute.price_fen)


def _swaps_of(offer: Offer, good: Good, lines: Sequence[Taken], excess: int) -> list[Swap]:
    found, substitute_id = [], good.row.substitute_id
    substitute = offer.goods[substitute_id] if substitute_id is not None else None
    for line in lines:
        if excess <= 0:
            break
        worth = worth_of(good, substitute, line.quantity)
        found.append(
            Swap(line.member_id, line.pickup_point_id, line.variant_id, line.quantity, substitute_id, *worth)
        )
        excess -= line.quantity
    return found
