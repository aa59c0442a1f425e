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
    campaign_days,
    campaign_orders,
    campaigns,
    canteens,
    catalogue,
    claims,
    counts,
    coupons,
    disputes,
    gifts,
    households,
    hub,
    intakes,
    invoices,
    months,
    movements,
    orders,
    organisations,
    outside,
    pairs,
    payments,
    payouts,
    people,
    prices,
    proposals,
    purchases,
    quotations,
    receipts,
    returns,
    reviews,
    shelves,
    stock,
    stories,
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
    *outside.RULES,
    *shelves.RULES,
    *coupons.RULES,
    *quotations.RULES,
    *canteens.RULES,
    *gifts.RULES,
    *campaigns.RULES,
    *campaign_orders.RULES,
    *campaign_days.RULES,
    *payments.RULES,
    *terms.RULES,
    *organisations.RULES,
    *disputes.RULES,
    *receipts.RULES,
    *suspense.RULES,
    *returns.RULES,
    *reviews.RULES,
    *stories.RULES,
    *books.RULES,
    *bearers.RULES,
    *claims.RULES,
    *months.RULES,
    *payouts.RULES,
    *advances.RULES,
    *movements.RULES,
    *households.RULES,
    *pairs.RULES,
    *purchases.RULES,
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
