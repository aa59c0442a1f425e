"""What is different between two versions of an offer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shop.quotations.models import QuotationLine, QuotationVersion


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    QUANTITY = "quantity"
    PRICE = "price"
    FREIGHT = "freight"
    DISCOUNT = "discount"


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` and `after` are units, or fen for prices; `line` is none for what is of the whole."""

    change: Change
    line: QuotationLine | None
    before: int
    after: int


def differences(before: QuotationVersion, after: QuotationVersion) -> Sequence[Difference]:
    """Line by line in the order of the newer version, then what is gone, then freight and discount."""
    old = {one.variant_id: one for one in before.lines}
    new = {one.variant_id: one for one in after.lines}
    found: list[Difference] = []
    for variant_id, line in new.items():
        was = old.get(variant_id)
        if was is None:
            found.append(Difference(Change.ADDED, line, 0, line.quantity))
            continue
        if was.quantity != line.quantity:
            found.append(Difference(Change.QUANTITY, line, was.quantity, line.quantity))
        if was.unit_price_fen != line.unit_price_fen:
            found.append(Difference(Change.PRICE, line, was.unit_price_fen, line.unit_price_fen))
    found += [
        Difference(Change.REMOVED, line, line.quantity, 0)
        for variant_id, line in old.items()
        if variant_id not in new
    ]
    if before.freight_fen != after.freight_fen:
        found.append(Difference(Change.FREIGHT, None, before.freight_fen, after.freight_fen))
    if before.discount_fen != after.discount_fen:
        found.append(Difference(Change.DISCOUNT, None, before.discount_fen, after.discount_fen))
    return found
