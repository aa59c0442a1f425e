"""Whether lots are called back at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.inventory.models import Lot
from shop.inventory.trace_models import LotRecall, RecallState

MOST_SHOWN: Final = 5


def recalled() -> sa.ColumnElement[bool]:
    """SQL: the lot is called back."""
    active = sa.select(LotRecall.id).where(LotRecall.lot_id == Lot.id, LotRecall.state == RecallState.ACTIVE)
    return active.correlate(Lot).exists()


def is_recalled(session: Session, lot_id: int) -> bool:
    return active_recall(session, lot_id) is not None


def active_recall(session: Session, lot_id: int) -> LotRecall | None:
    """The recall under which the lot stands. One statement."""
    return session.scalar(
        sa.select(LotRecall).where(LotRecall.lot_id == lot_id, LotRecall.state == RecallState.ACTIVE)
    )


@dataclass(frozen=True, slots=True)
class RecalledLot:
    lot_id: int
    lot_code: str
    recalled_at: datetime | None
    reason_zh: str
    reason_en: str


def recalls_of_product(session: Session, product_id: int) -> Sequence[RecalledLot]:
    """Lots of the product that are called back and may still be in somebody's kitchen, the newest first. One statement."""
    rows = session.execute(
        sa.select(Lot.id, Lot.code, LotRecall.recalled_at, LotRecall.reason_zh, LotRecall.reason_en)
        .join(LotRecall, LotRecall.lot_id == Lot.id)
        .join(Variant, Variant.id == Lot.variant_id)
        .where(Variant.product_id == product_id, LotRecall.state == RecallState.ACTIVE)
        .order_by(LotRecall.recalled_at.desc(), Lot.id)
        .limit(MOST_SHOWN)
    )
    return [RecalledLot(*row) for row in rows]
