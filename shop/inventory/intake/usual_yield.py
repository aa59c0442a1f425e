"""How much of a raw good usually becomes goods."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.intake.models import RawGood
from shop.inventory.intake.pooling import yield_bp
from shop.inventory.intake.processing_models import Processing

ENOUGH: Final = 3  # processings that make experience; before, it is what was written down with the raw good


def usual_yields(
    session: Session, raw_good_ids: Collection[int], *, without: int | None = None
) -> dict[int, int]:
    """Basis points by raw good, over all processings that stand but `without` one. One statement."""
    counted = sa.and_(
        Processing.raw_good_id == RawGood.id,
        Processing.undone_at.is_(None),
        sa.true() if without is None else Processing.id != without,
    )
    rows = session.execute(
        sa.select(
            RawGood.id,
            RawGood.usual_yield_bp,
            sa.func.count(Processing.id),
            sa.func.sum(Processing.out_g),
            sa.func.sum(Processing.in_g),
        )
        .outerjoin(Processing, counted)
        .where(RawGood.id.in_(raw_good_ids))
        .group_by(RawGood.id, RawGood.usual_yield_bp)
    )
    return {
        good: yield_bp(int(out), int(into)) if count >= ENOUGH else said
        for good, said, count, out, into in rows
    }
