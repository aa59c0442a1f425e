"""The conversation that each claim of the demo's year has, as if it had been told on a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.accounts.setting_values import DEFAULTS
from shop.conversations.hours import WorkingTime
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Happening,
    Side,
    Topic,
)
from shop.demo.rows import Rows

ANSWERED_WITHIN: Final = DEFAULTS.service_answer_hours
SETTLED_WITHIN: Final = DEFAULTS.service_resolve_hours
# Holidays are left aside: what waits in the demo waits on days like any other.
WORKING: Final = WorkingTime(
    lambda day: day.weekday() < 5, DEFAULTS.service_opens_hour, DEFAULTS.service_closes_hour
)


@dataclass(frozen=True)
class ToldClaim:
    """`decided_at` is None while it waits."""

    claim_id: int
    order_id: int
    buyer_id: int | None
    opened_at: datetime
    decided_at: datetime | None
    admin_id: int | None


def add_claim_talk(rows: Rows, told: ToldClaim) -> None:
    decided, due = told.decided_at, WORKING.add(told.opened_at, ANSWERED_WITHIN)
    conversation_id = rows.add(
        Conversation,
        code=f"DEMO{told.claim_id:08d}",
        topic=Topic.CLAIM,
        status=ConversationStatus.OPEN if decided is None else ConversationStatus.ANSWERED,
        user_id=told.buyer_id,
        order_id=told.order_id,
        claim_id=told.claim_id,
        language="zh",
        assignee_id=told.admin_id if decided else None,
        request_token=f"demo claim {told.claim_id}",
        opened_at=told.opened_at,
        last_at=decided or told.opened_at,
        answer_due_at=due,
        resolve_due_at=WORKING.add(told.opened_at, SETTLED_WITHIN),
        first_answered_at=decided,
        answer_minutes=WORKING.minutes(told.opened_at, decided) if decided else None,
        answered_in_time=decided <= due if decided else None,
        desk_unread=0 if decided else 1,
    )
    happenings = [(Happening.CLAIM_OPENED, Side.BUYER, told.buyer_id, told.opened_at)]
    if decided is not None:
        happenings.append((Happening.CLAIM_DECIDED, Side.SHOP, told.admin_id, decided))
    for happening, side, author_id, at in happenings:
        rows.add(
            ConversationMessage,
            conversation_id=conversation_id,
            side=side,
            author_id=author_id,
            happening=happening,
            request_token=happening.value,
            at=at,
        )
