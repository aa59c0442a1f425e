"""Payouts that wait for finance, for the dashboard: runs nobody has finished, and households nobody can pay."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Payout, PayoutRun, PayoutStatus
from shop.ledger.unpayable import first_unpayable
from shop.reports.piles import Item, Pile, Waiting

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
    in_all = sa.cast(sa.func.sum(runs.c.fen).over(), sa.BigInteger)
    rows = session.execute(
        sa.select(runs, sa.func.count().over(), in_all)
        .order_by(runs.c.approved_at.is_not(None), runs.c.id)
        .limit(MOST_SHOWN)
    ).all()
    items = [
        Item(
            row.number,
            row.number,
            row.number,
            kind=SECOND if row.approved_at is None else UNPAID,
            amount_fen=row.fen,
            since=row.approved_at or row.created_at,
        )
        for row in rows
    ]
    count, fen = rows[0][-2:] if rows else (0, 0)
    return Waiting(Pile.PAYOUTS, int(count), items, int(fen))


def waiting_payees(session: Session, now: datetime) -> Waiting:
    """Households that are owed money and have no payee, those that are owed most first. One statement."""
    rows, count, fen = first_unpayable(session, most=MOST_SHOWN)
    items = [
        Item(
            str(row.household_id),
            f"{row.village_zh} · {row.alias_zh}",
            f"{row.village_en} · {row.alias_en}",
            amount_fen=row.owed_fen,
        )
        for row in rows
    ]
    return Waiting(Pile.PAYEES, count, items, fen)
