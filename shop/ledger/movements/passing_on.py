"""Who takes money for the shop and passes it on to its bank: payment providers, and sources of orders from elsewhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.ordering.outside.queries import is_source
from shop.payments.providers.config import PASSING_ON


def passes_on(session: Session, provider: str) -> bool:
    return provider in PASSING_ON or is_source(session, provider)
