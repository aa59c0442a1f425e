"""Putting a message into the outbox, in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.message_models import MessageWay
from shop.notifications.messages import OUTBOX_KIND, Message
from shop.storage.outbox import call_back, enqueue


def enqueue_message(
    session: Session,
    message: Message,
    *,
    dedupe_key: str,
    now: datetime,
    order_id: int | None = None,
    parcel_id: int | None = None,
    refund_id: int | None = None,
    claim_id: int | None = None,
    conversation_id: int | None = None,
    proposal_id: int | None = None,
    delay_id: int | None = None,
    invoice_id: int | None = None,
    recall_id: int | None = None,
    review_id: int | None = None,
    task_id: int | None = None,
    user_id: int | None = None,
    organisation_id: int | None = None,
    invitation_id: int | None = None,
    approval_id: int | None = None,
    member_id: int | None = None,
    email: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    way: MessageWay | None = None,
    facts: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Send `message` once for `dedupe_key`; False when it was enqueued before.

    Ids say whom and what it is about; names and addresses are read when it is sent. `email` or `phone` address
    somebody who is neither a user nor a buyer of `order_id`; `way` is the only one that it goes. No secrets in `facts`: they stay in the outbox.
    """
    given = {
        "order_id": order_id,
        "parcel_id": parcel_id,
        "refund_id": refund_id,
        "claim_id": claim_id,
        "conversation_id": conversation_id,
        "proposal_id": proposal_id,
        "delay_id": delay_id,
        "invoice_id": invoice_id,
        "recall_id": recall_id,
        "review_id": review_id,
        "task_id": task_id,
        "user_id": user_id,
        "organisation_id": organisation_id,
        "invitation_id": invitation_id,
        "approval_id": approval_id,
        "member_id": member_id,
        "email": email,
        "phone": phone,
        "language": language,
        "way": way.value if way else None,
        "facts": dict(facts or {}) or None,
    }
    payload = {"message": message.value} | {name: value for name, value in given.items() if value is not None}
    return enqueue(
        session, OUTBOX_KIND, payload, dedupe_key=f"{message}:{dedupe_key}", now=now, due_at=due_at
    )


def call_back_message(session: Session, message: Message, *, dedupe_key: str) -> bool:
    """Take back a message that nobody has begun to send; False when it is too late."""
    return call_back(session, f"{message}:{dedupe_key}")
