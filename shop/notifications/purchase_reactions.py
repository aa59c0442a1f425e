"""Letters to who buys for a department that is behind its target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.kit.clock import shanghai_date
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.purchases.board import Year, progress_of
from shop.purchases.events import UnitBehind
from shop.purchases.models import UnitReminder
from shop.purchases.reminding import people_of_unit


def tell_unit_behind(session: Session, event: UnitBehind) -> None:
    """To everybody who owns or buys for one of its organisations, once each; figures are read when it is written."""
    reminder = session.get_one(UnitReminder, event.reminder_id)
    for user_id, organisation_id in people_of_unit(session, reminder.unit_id, only_owners=event.only_owners):
        enqueue_message(
            session,
            Message.UNIT_BEHIND,
            user_id=user_id,
            organisation_id=organisation_id,
            facts={"unit_id": reminder.unit_id, "year": reminder.year},
            dedupe_key=f"unit reminder {reminder.id} {user_id}",
            now=reminder.sent_at,
        )


def unit_facts(session: Session, payload: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    """None when the department has bought enough meanwhile."""
    told = payload["facts"]
    year = Year(told["year"], shanghai_date(now))
    progress = progress_of(session, year, told["unit_id"])
    organisation = session.get(Organisation, payload["organisation_id"])
    if progress is None or organisation is None or not progress.is_behind:
        return None
    return {"progress": progress, "organisation": organisation}
