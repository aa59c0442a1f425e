"""Letters to organisations about what they owe."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.payments.events import DebtsReminded
from shop.payments.terms.models import DebtReminder
from shop.payments.terms.reminding import people_to_remind


def tell_debts_due(session: Session, event: DebtsReminded) -> None:
    """To everybody who owns or buys for it; what is owed is read when the letter is written."""
    reminder = session.get_one(DebtReminder, event.reminder_id)
    for user_id in people_to_remind(session, reminder.organisation_id):
        enqueue_message(
            session,
            Message.DEBTS_DUE,
            user_id=user_id,
            organisation_id=reminder.organisation_id,
            dedupe_key=f"reminder {reminder.id} {user_id}",
            now=reminder.sent_at,
        )
