"""Under which names providers' payouts come: learned from the lines that were said to be such, forgotten with them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.movements.models import PayoutPayer


def providers_of(session: Session, payer_keys: Collection[str]) -> dict[str, str]:
    """By payer's key: whose payouts have come under this name before. One statement."""
    wanted = sa.select(PayoutPayer.payer_key, PayoutPayer.provider)
    rows = session.execute(wanted.where(PayoutPayer.payer_key.in_(sorted(set(payer_keys)))))
    return {key: provider for key, provider in rows}  # noqa: C416  rows are no pairs to mypy


def learn_payer(session: Session, payer_key: str, provider: str, *, now: datetime) -> None:
    """The movements' name is locked: nobody learns the same name meanwhile."""
    if not payer_key:
        return
    known = session.scalar(sa.select(PayoutPayer).where(PayoutPayer.payer_key == payer_key))
    if known is None:
        session.add(PayoutPayer(payer_key=payer_key, provider=provider, last_at=now))
    else:
        known.provider, known.last_at = provider, now
    session.flush()


def forget_payer(session: Session, payer_key: str) -> None:
    """What came under this name was no payout after all."""
    session.execute(sa.delete(PayoutPayer).where(PayoutPayer.payer_key == payer_key))
