"""The calendar's own days: terms, holidays, courier stops, weekend days worked in exchange."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, choice, day, line
from shop.delivery.models import CalendarKind, CalendarSpan
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.expressions import nearest_first
from shop.storage.paging import Page, read_page

LONGEST_DAYS: Final = 366
SPAN: Final = Sheet(
    "calendar_span",
    {
        "kind": choice(CalendarKind),
        "name_zh": line(60, needed=True),
        "name_en": line(80, needed=True),
        "first_day": day(needed=True),
        "last_day": day(needed=True),
    },
    unique=(),
)
KINDS: Final = {
    CalendarKind.HOLIDAY: msg("Public holiday"),
    CalendarKind.COURIER_STOP: msg("Couriers rest"),
    CalendarKind.TERM: msg("Term"),
    CalendarKind.VACATION: msg("Vacation"),
    CalendarKind.WORKDAY: msg("Weekend day worked in exchange"),
}


def list_spans(session: Session, *, today: date, kind: str = "", page: int = 1) -> Page[CalendarSpan]:
    """Those that are not over, the nearest first; then those before, the latest first."""
    to_come = CalendarSpan.last_day >= today
    order = nearest_first(to_come, CalendarSpan.first_day)
    statement = sa.select(CalendarSpan).order_by(*order, CalendarSpan.id.desc())
    if kind in set(CalendarKind):
        statement = statement.where(CalendarSpan.kind == CalendarKind(kind))
    return read_page(session, statement, number=page, scalars=True)


def get_span(session: Session, record_id: int) -> CalendarSpan:
    """Raises NotFound."""
    return get_row(session, CalendarSpan, record_id)


def save_span(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises NotFound; InvalidInput also for a last day before the first, or more than a year."""
    first, last = values["first_day"], values["last_day"]
    if last < first:
        raise InvalidInput(msg("The last day lies before the first."), field="last_day")
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidInput(msg("At most one year at a time."), field="last_day")
    saved = save_row(session, CalendarSpan, SPAN, record_id, values, actor_id=actor_id, now=now)
    span: CalendarSpan = saved.row
    return span.id


def remove_span(session: Session, span_id: int, *, actor_id: int | None, now: datetime) -> None:
    """Raises NotFound."""
    span = get_span(session, span_id)
    facts = {
        "kind": span.kind,
        "name_zh": span.name_zh,
        "first_day": span.first_day.isoformat(),
        "last_day": span.last_day.isoformat(),
    }
    session.delete(span)
    session.flush()
    audit(session, actor_id, "calendar_span.removed", "calendar_span", span_id, facts, now=now)
