"""Who agreed to which version of which text."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Consent


def give_consent(
    session: Session,
    document: str,
    version: str,
    *,
    now: datetime,
    user_id: int | None = None,
    order_number: str | None = None,
) -> None:
    """Of an account, or of a guest with one order. The face asks without a ticked box."""
    if user_id is None and order_number is None:
        raise ValueError("consent is somebody's")
    session.add(
        Consent(user_id=user_id, order_number=order_number, document=document, version=version, at=now)
    )


def has_consented(session: Session, user_id: int, document: str, version: str) -> bool:
    """Agreed to this very version, and not taken it back."""
    statement = sa.select(Consent.id).where(
        Consent.user_id == user_id,
        Consent.document == document,
        Consent.version == version,
        Consent.withdrawn_at.is_(None),
    )
    return session.scalar(statement.limit(1)) is not None
