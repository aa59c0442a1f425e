"""Closed months of the books stay as they were closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.check.rule import Rule
from shop.ledger.models import ClosedMonth
from shop.ledger.months import month_figures


def _closed_months_have_changed(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    for closed in session.scalars(sa.select(ClosedMonth).order_by(ClosedMonth.month)):
        stands = month_figures(session, closed.month)
        if (stands.entries, stands.turnover_fen) != (closed.entries, closed.turnover_fen):
            was = f"closed with {closed.entries} entries of {closed.turnover_fen} fen"
            detail = f"{was}, has {stands.entries} of {stands.turnover_fen} fen"
            yield f"month {closed.month:%Y-%m}", detail


RULES = (Rule("month: closed, it stays as it was", _closed_months_have_changed),)
