"""Every invariant of the shop, and the report that the `check` command prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.check import (
    advances,
    bearers,
    books,
    catalogue,
    claims,
    counts,
    disputes,
    households,
    hub,
    intakes,
    invoices,
    months,
    movements,
    orders,
    pairs,
    payments,
    payouts,
    people,
    prices,
    proposals,
    receipts,
    returns,
    stock,
    suspense,
    tasks,
    terms,
    trace,
    trucks,
    waybills,
)
from shop.check.figures import ledger_figures, order_figures, stock_figures
from shop.check.rule import Violation
from shop.kit.clock import utc_now

RULES = (
    *stock.RULES,
    *counts.RULES,
    *intakes.RULES,
    *orders.RULES,
    *payments.RULES,
    *terms.RULES,
    *disputes.RULES,
    *receipts.RULES,
    *suspense.RULES,
    *returns.RULES,
    *books.RULES,
    *bearers.RULES,
    *claims.RULES,
    *months.RULES,
    *payouts.RULES,
    *advances.RULES,
    *movements.RULES,
    *households.RULES,
    *pairs.RULES,
    *invoices.RULES,
    *tasks.RULES,
    *hub.RULES,
    *proposals.RULES,
    *trucks.RULES,
    *waybills.RULES,
    *trace.RULES,
    *catalogue.RULES,
    *prices.RULES,
    *people.RULES,
)


def find_violations(session: Session, *, now: datetime | None = None) -> Iterator[Violation]:
    for rule in RULES:
        yield from rule.violations(session, now or utc_now())


def full_report(session: Session) -> dict[str, Any]:
    """The document of `check --json`."""
    violations = [asdict(violation) for violation in find_violations(session)]
    return {
        "ok": not violations,
        "violations": violations,
        "stock": stock_figures(session),
        "ledger": ledger_figures(session),
        "orders": order_figures(session),
    }
