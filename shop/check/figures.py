"""The figures that `check --json` prints beside the violations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.inventory.models import Lot
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Order


@dataclass(frozen=True)
class VariantStock:
    sku: str
    declared: int
    available: int
    held: int
    committed: int
    shipped: int
    withdrawn: int


def stock_figures(session: Session) -> list[dict[str, Any]]:
    states = (Lot.declared, Lot.available, Lot.held, Lot.committed, Lot.shipped, Lot.withdrawn)
    rows = session.execute(
        sa.select(Variant.sku, *(sa.func.sum(state) for state in states))
        .join(Lot, Lot.variant_id == Variant.id)
        .group_by(Variant.sku)
        .order_by(Variant.sku)
    )
    return [asdict(VariantStock(sku, *(int(units) for units in counted))) for sku, *counted in rows]


def ledger_figures(session: Session) -> dict[str, int]:
    entries = session.scalar(sa.select(sa.func.count(JournalEntry.id)))
    balance = session.scalar(sa.select(sa.func.sum(Posting.amount_fen)))
    return {"entries": int(entries or 0), "balance_fen": int(balance or 0)}


def order_figures(session: Session) -> dict[str, int]:
    """Amounts of confirmed orders in fen; the receivable is what the ledger still waits for. What was given up of it is
    neither.
    """
    count, paid, refunded = session.execute(
        sa.select(
            sa.func.count(Order.id),
            sa.func.sum(sa.case((Order.confirmed_at.is_not(None), Order.total_fen), else_=0)),
            sa.func.sum(Order.refunded_fen),
        )
    ).one()
    balances = dict(
        session.execute(
            sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
            .where(Posting.account.in_((Account.RECEIVABLES, Account.WRITE_OFFS)))
            .group_by(Posting.account)
        ).all()
    )
    receivable = int(balances.get(Account.RECEIVABLES) or 0)
    given_up = int(balances.get(Account.WRITE_OFFS) or 0)
    return {
        "count": int(count),
        "paid_fen": int(paid or 0) - receivable - given_up,
        "receivable_fen": receivable,
        "refunded_fen": int(refunded or 0),
    }
