"""Whether what somebody buys counts for their department: asked once, off until they agree, taken back at any time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.consents import give_consent
from shop.accounts.models import Consent, User

UNIT_PURCHASES: Final = "unit_purchases"  # the name of what is agreed to, beside terms and privacy
VERSION: Final = "1"  # of the sentence that asks; another sentence asks for another consent


def answer_counting(session: Session, user_id: int, agrees: bool, *, now: datetime) -> None:
    """Write down what somebody said; saying the same again changes nothing. Orders placed before keep what they say.

    Locks the account.
    """
    user = session.scalars(sa.select(User).where(User.id == user_id).with_for_update()).one()
    if user.counts_for_unit is agrees:
        return
    if agrees:
        give_consent(session, UNIT_PURCHASES, VERSION, user_id=user_id, now=now)
    else:
        session.execute(
            sa.update(Consent)
            .where(
                Consent.user_id == user_id,
                Consent.document == UNIT_PURCHASES,
                Consent.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
    user.counts_for_unit = agrees
