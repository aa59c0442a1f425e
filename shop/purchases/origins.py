"""What counties are in the state's lists, as the team keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, line
from shop.purchases.models import OriginStatus
from shop.storage.paging import Page, read_page

ORIGIN: Final = Sheet(
    "origin_status",
    {
        "county_zh": line(40, needed=True),
        "status_zh": line(40, needed=True),
        "status_en": line(80, needed=True),
    },
    unique=("county_zh",),
)


def find_origins(session: Session, *, page: int = 1) -> Page[OriginStatus]:
    ordered = sa.select(OriginStatus).order_by(OriginStatus.county_zh, OriginStatus.id)
    return read_page(session, ordered, number=page, scalars=True)


def get_origin(session: Session, record_id: int) -> OriginStatus:
    """Raises NotFound."""
    return get_row(session, OriginStatus, record_id)


def save_origin(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises NotFound, InvalidInput."""
    saved = save_row(session, OriginStatus, ORIGIN, record_id, values, actor_id=actor_id, now=now)
    row: OriginStatus = saved.row
    return row.id
