"""A change of a lot that came too late from a phone without a network: noted in the audit trail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.models import Lot


def note_unused(
    session: Session, lot_id: int, pressed: str, *, user_id: int, made_at: datetime, now: datetime
) -> None:
    """`pressed` is what the trail would have called it; `made_at` is what the phone says."""
    code = session.scalar(sa.select(Lot.code).where(Lot.id == lot_id))
    if code is not None:
        facts = {"pressed": pressed, "made_at": made_at.isoformat(timespec="seconds")}
        audit(session, user_id, "lot.press_unused", "lot", code, facts, now=now)
