"""One cell as people and programs read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shop.kit.clock import in_shanghai
from shop.kit.money import plain_yuan
from shop.kit.text import msg, safe_cell
from shop.reports.definition import Column, Unit

Translate = Callable[[str], str]

STATUS_UNITS = frozenset({Unit.ORDER_STATUS, Unit.DELIVERY, Unit.PAYMENT_METHOD, Unit.TASK_STATUS})

# The words of statuses in files; pages have their own tags with icons.
WORDS = {
    "awaiting_payment": msg("Awaiting payment"),
    "confirmed": msg("Confirmed"),
    "shipped": msg("Shipped"),
    "completed": msg("Completed"),
    "cancelled": msg("Cancelled"),
    "pickup": msg("Campus pickup"),
    "courier": msg("Courier"),
    "sandbox": msg("Demo payment"),
    "stripe": msg("Stripe"),
    "bank_transfer": msg("Bank transfer"),
    "open": msg("Open"),
    "accepted": msg("Accepted"),
    "ready": msg("Ready"),
    "packed": msg("Packed"),
    "declined": msg("Declined"),
    "reassigned": msg("Reassigned"),
}


def heading(column: Column, translate: Translate) -> str:
    """The column's title with its unit, for files where a bare number would say nothing."""
    title = translate(column.title)
    if column.unit is Unit.FEN:
        return f"{title} ({translate(msg('CNY'))})"
    if column.unit is Unit.GRAMS:
        return f"{title} (g)"
    return title


def as_text(column: Column, value: Any, translate: Translate) -> str:
    """For CSV: amounts in yuan with two decimals, moments on Shanghai's clock, no formulas."""
    if value is None:
        return ""
    match column.unit:
        case Unit.FEN:
            return plain_yuan(int(value))
        case Unit.SHARE:
            return f"{Decimal(int(value)) / 100:.2f}%"
        case Unit.DAY:
            return as_day(value).isoformat()
        case Unit.MOMENT:
            return f"{in_shanghai(value):%Y-%m-%d %H:%M}"
        case Unit.COUNT | Unit.GRAMS:
            return str(int(value))
        case unit if unit in STATUS_UNITS:
            return translate(WORDS.get(str(value), str(value)))
        case _:
            return str(safe_cell(str(value)))


def as_day(value: Any) -> date:
    """SQLite's date functions answer text, PostgreSQL's a date."""
    if isinstance(value, datetime):
        return in_shanghai(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))
