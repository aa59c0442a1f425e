"""Prices for a time: a pack is lowered while one runs, to exactly that, and nobody decides what they proposed."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import PriceState, TimedPrice, Variant
from shop.check.rule import rule

_running = sa.and_(TimedPrice.variant_id == Variant.id, TimedPrice.state == PriceState.RUNNING)
_as_it_runs = sa.and_(Variant.price_fen == TimedPrice.price_fen, Variant.price_until == TimedPrice.ends_at)

RULES = (
    rule(
        "price: a pack is lowered as long and as far as a price for a time says",
        sa.select(Variant.sku, Variant.price_fen, Variant.former_fen, TimedPrice.price_fen.label("said"))
        .outerjoin(TimedPrice, _running)
        .where(
            sa.or_(
                Variant.former_fen.is_not(None) != TimedPrice.id.is_not(None),
                sa.and_(TimedPrice.id.is_not(None), ~_as_it_runs),
                Variant.former_fen <= Variant.price_fen,
            )
        ),
        "variant {sku}",
        "costs {price_fen} fen, before {former_fen}, for a time {said}",
    ),
    rule(
        "price: nobody decides what they proposed",
        sa.select(TimedPrice.id, TimedPrice.decided_by_id.label("person")).where(
            TimedPrice.proposed.is_(True),
            TimedPrice.decided_at.is_not(None),
            TimedPrice.decided_by_id == TimedPrice.proposed_by_id,
        ),
        "timed price {id}",
        "person {person} spoke twice",
    ),
)
