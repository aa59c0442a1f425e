"""The coarse stock that public pages know: sold out, few left, available."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.index_models import ProductListing
from shop.catalogue.models import Product, StockState, Variant
from shop.catalogue.version import bump_version

_VARIANT: Final = Variant.__table__.c
_KNOWN: Final = sa.select(
    *(_VARIANT.id, _VARIANT.product_id, _VARIANT.low_stock_at, _VARIANT.stock_state)
).where(_VARIANT.id.in_(sa.bindparam("variant_ids", expanding=True)))
_BEST_FIRST: Final = (StockState.AVAILABLE, StockState.FEW_LEFT, StockState.SOLD_OUT)


def state_of(units: int, low_stock_at: int) -> StockState:
    if units <= 0:
        return StockState.SOLD_OUT
    return StockState.FEW_LEFT if units <= low_stock_at else StockState.AVAILABLE


def note_stock(session: Session, buyable: Mapping[int, int]) -> set[int]:
    """Note how many units of each variant can be bought now; return the variants whose state crossed a line.

    Writes, and bumps the catalogue version, only when a state crosses; so it is called last, after the stock
    has moved, and costs one query otherwise.
    """
    variants = session.execute(_KNOWN, {"variant_ids": list(buyable)}).all()
    crossed: dict[StockState, set[int]] = {}
    for variant in variants:
        state = state_of(buyable[variant.id], variant.low_stock_at)
        if state is not variant.stock_state:
            crossed.setdefault(state, set()).add(variant.id)
    for state, ids in crossed.items():
        session.execute(sa.update(Variant).where(Variant.id.in_(ids)).values(stock_state=state))
    changed = set[int]().union(*crossed.values())
    if changed:
        note_product_states(session, {row.product_id for row in variants if row.id in changed})
        bump_version(session)
    return changed


def note_product_states(session: Session, product_ids: Collection[int]) -> None:
    """Give each product the best state of its active variants, in its own row and in the public lists."""
    states: dict[int, set[StockState]] = {product_id: set() for product_id in product_ids}
    for product_id, state in session.execute(
        sa.select(Variant.product_id, Variant.stock_state)
        .where(Variant.product_id.in_(product_ids), Variant.active)
        .distinct()
    ):
        states[product_id].add(state)
    by_state: dict[StockState, set[int]] = {}
    for product_id, found in states.items():
        best = next((state for state in _BEST_FIRST if state in found), StockState.SOLD_OUT)
        by_state.setdefault(best, set()).add(product_id)
    for state, ids in by_state.items():
        session.execute(
            sa.update(Product)
            .where(Product.id.in_(ids), Product.stock_state != state)
            .values(stock_state=state)
        )
        in_stock = state is not StockState.SOLD_OUT
        session.execute(
            sa.update(ProductListing)
            .where(ProductListing.product_id.in_(ids), ProductListing.in_stock != in_stock)
            .values(in_stock=in_stock)
        )
