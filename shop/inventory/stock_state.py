"""Bringing the coarse stock of the catalogue up to date, whatever moved or expired."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.catalogue.refreshing import CHUNK
from shop.inventory.stock import note_moved_stock


def refresh_stock_state(
    session: Session, variant_ids: Collection[int] | None = None, *, now: datetime
) -> None:
    """Compare the state of these variants, or of all, with their lots: after a bulk load, and by the clock.

    Two sales from different lots of one variant do not see each other, and a lot expires without a sale.
    """
    ids = sorted(session.scalars(sa.select(Variant.id)) if variant_ids is None else set(variant_ids))
    for start in range(0, len(ids), CHUNK):
        note_moved_stock(session, ids[start : start + CHUNK], now=now)
