"""Whose account reads a letter, asked when it is written: an organisation's is read by who acts for it then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.organisations import APPROVING, BUYING
from shop.accounts.standing_in import has_role, stands_in
from shop.campaigns.approval_models import CampaignApproval
from shop.gifts.approval_models import GiftApproval
from shop.gifts.models import Gift
from shop.notifications.messages import Message
from shop.ordering.approvals.asking import approvers_of
from shop.ordering.approvals.models import OrderApproval
from shop.ordering.own_orders import reader_of
from shop.quotations.models import Quotation
from shop.reviews.models import Review
from shop.storage.outbox import OutboxMessage

_ASKED: Final = frozenset(
    {Message.APPROVAL_ASKED, Message.GIFT_APPROVAL_ASKED, Message.CAMPAIGN_APPROVAL_ASKED}
)
_APPROVALS: Final = {
    Message.APPROVAL_ASKED: OrderApproval,
    Message.APPROVAL_ENDED: OrderApproval,
    Message.GIFT_APPROVAL_ASKED: GiftApproval,
    Message.GIFT_APPROVAL_ENDED: GiftApproval,
    Message.CAMPAIGN_APPROVAL_ASKED: CampaignApproval,
    Message.CAMPAIGN_APPROVAL_ENDED: CampaignApproval,
}
_OF_GIFTS: Final = frozenset({Message.GIFT_ORDERED, Message.GIFT_SHIPPED})


def account_that_reads(session: Session, payload: Mapping[str, Any]) -> int | None:
    """None for a guest, and where nobody is left to read it."""
    message = Message(payload["message"])
    if "review_id" in payload:
        return _author(session, payload)
    if "order_id" in payload:
        return reader_of(session, payload["order_id"])
    named: int | None = payload.get("user_id")
    if message in _APPROVALS:
        return _of_approval(session, message, named, payload)
    organisation_id = _began_for(session, message, payload.get("facts", {}))
    if organisation_id is not None:
        return stands_in(session, organisation_id, named)
    if message is Message.DEBTS_DUE and named is not None:
        # Everybody who buys for it was told by a letter of their own.
        return named if has_role(session, payload["organisation_id"], named, BUYING) else None
    return named


def _began_for(session: Session, message: Message, facts: Mapping[str, Any]) -> int | None:
    """The organisation for which somebody began what the letter tells of: a gift, or a quotation."""
    if message in _OF_GIFTS:
        return session.scalar(sa.select(Gift.organisation_id).where(Gift.id == facts["gift_id"]))
    if message is Message.QUOTATION_ANSWERED:
        of_number = sa.select(Quotation.organisation_id).where(Quotation.number == facts["number"])
        return session.scalar(of_number)
    return None


def _author(session: Session, payload: Mapping[str, Any]) -> int | None:
    """Their words are their own, whoever the order stands with."""
    author = session.scalar(sa.select(Review.user_id).where(Review.id == payload["review_id"]))
    return author or reader_of(session, payload["order_id"])


def _of_approval(
    session: Session, message: Message, named: int | None, payload: Mapping[str, Any]
) -> int | None:
    """What was asked for: who asked. What is to be decided: who may decide it, and was not told in a letter of their own."""
    approval: Any = session.get(_APPROVALS[message], _approval_id(payload))
    if approval is None:
        return named
    organisation_id: int = approval.organisation_id
    if message not in _ASKED:
        return stands_in(session, organisation_id, named)
    if named is not None and has_role(session, organisation_id, named, APPROVING):
        return named
    told = {f"{message}:{approval.id} {one}": one for one in _may_decide(session, approval)}
    sent = set(session.scalars(sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(told))))
    return next((one for key, one in told.items() if key not in sent), None)


def _may_decide(session: Session, approval: Any) -> list[int]:
    """Owners first."""
    found = approvers_of(session, approval.organisation_id, beside=approval.asked_by_id)
    first = stands_in(session, approval.organisation_id, None)
    return sorted(found, key=lambda one: one != first)


def _approval_id(payload: Mapping[str, Any]) -> int:
    facts = payload.get("facts", {})
    named = ("gift_approval_id", "campaign_approval_id")
    return int(payload.get("approval_id") or next(facts[name] for name in named if name in facts))
