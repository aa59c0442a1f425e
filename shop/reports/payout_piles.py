"""Payouts that wait for finance, for the dashboard: runs nobody has finished, and households nobody can pay."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Payout, PayoutRun, PayoutStatus
from shop.ledger.unpayable import first_unpayable
from shop.reports.piles import Item, Pile, Waiting
from shop.storage.paging import read_first

MOST_SHOWN = 5
SECOND, UNPAID = "second", "unpaid"


def waiting_runs(session: Session, now: datetime) -> Waiting:
    """Runs that a second person has to approve, and approved ones of which something is not paid. One statement."""
    unpaid = sa.and_(Payout.run_id == PayoutRun.id, Payout.status != PayoutStatus.PAID)
    runs = (
        sa.select(
            *(PayoutRun.id, PayoutRun.number, PayoutRun.created_at, PayoutRun.approved_at),
            sa.cast(sa.func.sum(Payout.amount_fen), sa.BigInteger).label("fen"),
        )
        .join(Payout, unpaid)
        .where(PayoutRun.discarded_at.is_(None))
        .group_by(PayoutRun.id)
        .subquery()
    )
    statement = sa.select(runs).order_by(runs.c.approved_at.is_not(None), runs.c.id)
    found = read_first(session, statement, most=MOST_SHOWN, adding=runs.c.fen)
    items = [
        Item(
            number,
            number,
            number,
            kind=SECOND if approved_at is None else UNPAID,
            amount_fen=fen,
            since=approved_at or created_at,
        )
        for _, number, created_at, approved_at, fen in found.items
    ]
    return Waiting(Pile.PAYOUTS, found.total, items, found.added)


def waiting_payees(session: Session, now: datetime) -> Waiting:
    """Households that are owed money and have no payee, those that are owed most first. One statement."""
    found = first_unpayable(session, most=MOST_SHOWN)
    items = [
        Item(
            str(row.household_id),
            f"{row.village_zh} · {row.alias_zh}",
            f"{row.village_en} · {row.alias_en}",
            amount_fen=row.owed_fen,
        )
        for row in found.items
    ]
    return Waiting(Pile.PAYEES, found.total, items, found.added)
