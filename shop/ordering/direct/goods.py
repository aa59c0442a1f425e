"""The lines of an order without a basket: what each pack is today, at the price that was agreed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.direct.wish import Item
from shop.ordering.errors import EmptyBasket, NotForSale
from shop.ordering.lines import Line, asked_lines


def direct_lines(session: Session, items: Sequence[Item], *, now: datetime) -> list[Line]:
    """One line for each item. One statement.

    Raises EmptyBasket, NotForSale, NotFound for no such variant, or InvalidInput where one stands there twice or a
    number makes no sense.
    """
    if not items:
        raise EmptyBasket()
    if len({item.variant_id for item in items}) < len(items):
        raise InvalidInput(msg("The same goods stand in the list twice."), field="items")
    if any(
        item.quantity < 1 or (item.unit_price_fen is not None and item.unit_price_fen < 1) for item in items
    ):
        raise InvalidInput(msg("Quantities and prices are at least one."), field="items")
    lines = asked_lines(session, {item.variant_id: item.quantity for item in items}, now=now)
    gone = next((line for line in lines if not line.for_sale), None)
    if gone is not None:
        raise NotForSale(sku=gone.sku)
    return [_agreed(line, item) for line, item in zip(lines, items, strict=True)]


def _agreed(line: Line, item: Item) -> Line:
    """With the agreed price: what the shop asks of others, or asked before, is no concern of it."""
    if item.unit_price_fen is None:
        return line
    return replace(line, unit_price_fen=item.unit_price_fen, former_fen=None, price_until=None)
