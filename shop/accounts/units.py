"""Departments and schools that purchases are counted for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, line, slug
from shop.accounts.models import Unit
from shop.storage.paging import Page, read_page

UNIT = Sheet(
    "unit",
    {"slug": slug(), "name_zh": line(80, needed=True), "name_en": line(120, needed=True)},
    unique=("slug", "name_zh"),
)


def page_of_units(session: Session, *, page: int = 1) -> Page[Unit]:
    return read_page(session, sa.select(Unit).order_by(Unit.name_zh, Unit.id), number=page, scalars=True)


def get_unit(session: Session, record_id: int) -> Unit:
    """Raises NotFound."""
    return get_row(session, Unit, record_id)


def save_unit(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises NotFound, InvalidInput."""
    unit: Unit = save_row(session, Unit, UNIT, record_id, values, actor_id=actor_id, now=now).row
    return unit.id
