"""Every invariant of the shop, and the report that the `check` command prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from shop.check import books, households, stock, tasks
from shop.check.figures import ledger_figures, order_figures, stock_figures
from shop.check.rule import Violation

RULES = (*stock.RULES, *books.RULES, *households.RULES, *tasks.RULES)


def find_violations(session: Session) -> Iterator[Violation]:
    for rule in RULES:
        yield from rule.violations(session)


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
