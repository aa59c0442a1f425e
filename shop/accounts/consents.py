"""Who agreed to which version of which text."""

from __future__ import annotations

from datetime import datetime

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
