"""Refunds that no machine sends: a person does, and says so."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from shop.ordering.outside.models import OUTSIDE
from shop.payments.models import Payment
from shop.payments.providers.config import BY_BANK

_COLLECTED: Final = f"{OUTSIDE}:"


def is_collected_elsewhere(provider: str) -> bool:
    return provider.startswith(_COLLECTED)


def goes_by_hand(provider: str) -> bool:
    """From our bank, or from the hands of who collected it."""
    return provider in BY_BANK or is_collected_elsewhere(provider)


def paid_by_hand() -> sa.ColumnElement[bool]:
    """SQL: the same of a payment."""
    return sa.or_(Payment.provider.in_(BY_BANK), Payment.provider.startswith(_COLLECTED, autoescape=True))
