"""Sources of orders from elsewhere, as the team keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_mobile
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, number, slug
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.outside.models import LONGEST_SLUG, OutsideSource, SourceKind
from shop.storage.paging import Page, read_page

MOST_FEE_BP: Final = 5_000
MOST_DAYS: Final = 60

SOURCE: Final = Sheet(
    "outside_source",
    {
        "slug": slug(),
        "kind": SourceKind,
        "name_zh": line(60, needed=True),
        "name_en": line(100, needed=True),
        "collector": line(60, needed=True),
        "contact_phone": str,
        "fee_bp": number(0, MOST_FEE_BP),
        "wait_days": number(1, MOST_DAYS),
        "active": flag(),
    },
    personal=frozenset({"collector", "contact_phone"}),
)


def list_sources(session: Session, *, page: int = 1) -> Page[OutsideSource]:
    """Those in use first."""
    statement = sa.select(OutsideSource).order_by(OutsideSource.active.desc(), OutsideSource.id)
    return read_page(session, statement, number=page, scalars=True)


def all_sources(session: Session, *, active: bool = False) -> Sequence[OutsideSource]:
    """For a choice: a shop has a handful of them."""
    statement = sa.select(OutsideSource).order_by(OutsideSource.active.desc(), OutsideSource.id)
    return session.scalars(statement.where(OutsideSource.active) if active else statement).all()


def get_source(session: Session, record_id: int) -> OutsideSource:
    """Raises NotFound."""
    return get_row(session, OutsideSource, record_id)


def save_source(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Its short name stays: the books know its money by it. Raises NotFound, InvalidInput."""
    given: dict[str, Any] = dict(values)
    if len(str(given.get("slug") or "")) > LONGEST_SLUG:
        raise InvalidInput(msg("At most 24 characters."), field="slug")
    typed = str(given.get("contact_phone") or "").strip()
    given["contact_phone"] = normalise_mobile(typed, field="contact_phone") if typed else ""
    saved = save_row(session, OutsideSource, SOURCE, record_id, given, actor_id=actor_id, now=now)
    row: OutsideSource = saved.row
    return row.id
