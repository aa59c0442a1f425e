"""Payouts that wait for finance, for the dashboard: runs nobody has finished, advances to repay, bank movements to
confirm, cash without a signed receipt, and households nobody can pay.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.advance.listing import AdvanceFigures, figure_columns
from shop.ledger.models import Payout, PayoutRun, PayoutStatus
from shop.ledger.movements.listing import waiting_columns
from shop.ledger.payouts.unpayable import first_unpayable
from shop.ledger.payouts.unproven import first_unproven
from shop.reports.piles import Item, Pile, Waiting
from shop.storage.paging import read_first

SECOND, UNPAID, REPAYABLE = "second", "unpaid", "repayable"
MOVED = "movements"


def waiting_runs(session: Session, now: datetime, most: int) -> Waiting:
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
    found = read_first(session, statement, most=most, adding=runs.c.fen)
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


def waiting_payees(session: Session, now: datetime, most: int) -> Waiting:
    """Households that are owed money and have no payee, those that are owed most first. One statement."""
    found = first_unpayable(session, most=most)
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


def waiting_loans_and_movements(session: Session, now: datetime, most: int) -> tuple[Waiting, Waiting]:
    """Both in one statement: what the bank did beside payouts, and a second person has to agree to."""
    *loans, count, fen, since = session.execute(sa.select(*figure_columns(), *waiting_columns())).one()
    moved = (
        [Item("", "其他收付", "Bank movements", kind=SECOND, amount_fen=fen, since=since, key=MOVED)]
        if count
        else []
    )
    return _advances(AdvanceFigures(*loans)), Waiting(Pile.MOVEMENTS, count, moved, fen)


def _advances(figures: AdvanceFigures) -> Waiting:
    """Repayments that a second person has to agree to, and what can go back to the lender."""
    found = (
        (SECOND, figures.proposed_fen, figures.waiting_since),
        (REPAYABLE, figures.repayable_fen, None),
    )
    items = [
        Item("", "垫付款", "Advance account", kind=kind, amount_fen=fen, since=since, key=kind)
        for kind, fen, since in found
        if fen
    ]
    count = figures.waiting + (1 if figures.repayable_fen else 0)
    return Waiting(Pile.ADVANCES, count, items, figures.proposed_fen + figures.repayable_fen)


def waiting_proofs(session: Session, now: datetime, most: int) -> Waiting:
    """Cash that was paid days ago and for which no signed receipt lies there. One statement."""
    found = first_unproven(session, now=now, most=most)
    items = [
        Item(
            f"{row.run_number}/{row.payout_id}",
            f"{row.village_zh} · {row.alias_zh}",
            f"{row.village_en} · {row.alias_en}",
            detail_zh=row.run_number,
            detail_en=row.run_number,
            amount_fen=row.amount_fen,
            since=row.paid_at,
        )
        for row in found.items
    ]
    return Waiting(Pile.PROOFS, found.total, items, found.added)
