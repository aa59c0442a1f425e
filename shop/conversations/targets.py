"""By when the team has to have answered: the settings and the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.conversations.hours import WorkingTime
from shop.conversations.models import Conversation, ConversationStatus
from shop.delivery.calendar import calendar_from
from shop.kit.clock import shanghai_date


@dataclass(frozen=True)
class Targets:
    working: WorkingTime
    answer_hours: int
    resolve_hours: int

    def answer_due(self, now: datetime) -> datetime:
        return self.working.add(now, self.answer_hours)

    def resolve_due(self, now: datetime) -> datetime:
        return self.working.add(now, self.resolve_hours)

    def note_answer(self, conversation: Conversation, now: datetime) -> None:
        """The first answer is the one that is measured."""
        if conversation.first_answered_at is None:
            conversation.first_answered_at = now
            conversation.answer_minutes = self.working.minutes(conversation.opened_at, now)
            conversation.answered_in_time = now <= conversation.answer_due_at

    def note_closing(self, conversation: Conversation, now: datetime) -> None:
        """Closed again after a new message, it took until now."""
        conversation.status = ConversationStatus.CLOSED
        conversation.closed_at = now
        conversation.closings += 1
        conversation.resolve_minutes = self.working.minutes(conversation.opened_at, now)


def read_targets(session: Session, since: datetime) -> Targets:
    """The calendar is read from the day of `since` on. Two statements."""
    settings = read_shop_settings(session)
    calendar = calendar_from(session, shanghai_date(since) - timedelta(days=1))
    opens, closes = (
        settings.service_opens_hour,
        max(settings.service_closes_hour, settings.service_opens_hour + 1),
    )
    return Targets(
        WorkingTime(calendar.is_working_day, opens, closes),
        settings.service_answer_hours,
        settings.service_resolve_hours,
    )
