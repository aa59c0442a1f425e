"""How a receipt stands: what of it is still to find its place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.ordering.reasons import Reason
from shop.payments.statements.models import BankMatch, LineStatus, StatementLine


def proposed_fen() -> sa.ColumnElement[Any]:
    """SQL, of StatementLine: what of it is put to payments and waits for the second person."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(BankMatch.amount_fen), 0))
        .where(BankMatch.line_id == StatementLine.id, BankMatch.confirmed_at.is_(None))
        .correlate(StatementLine)
        .scalar_subquery()
    )


def kept_fen() -> sa.ColumnElement[Any]:
    """SQL, of StatementLine: what pays nothing and is here: not what was sent back, or is not for us to book."""
    here = [Reason.REST_KEPT.value, Reason.REST_GOING_BACK.value]
    is_gone = sa.and_(StatementLine.status == LineStatus.SET_ASIDE, StatementLine.reason.not_in(here))
    return sa.case((is_gone, 0), else_=StatementLine.amount_fen - StatementLine.matched_fen)


def suspense_fen() -> sa.ColumnElement[Any]:
    """SQL, of StatementLine: so much of it belongs in suspense now."""
    return kept_fen() + proposed_fen()
