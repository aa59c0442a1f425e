"""What letters about an organisation say, read when they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.accounts.invitations import issue_link
from shop.accounts.membership import MEMBER_ROLES
from shop.accounts.models import Organisation, User
from shop.campaigns.approval_queries import CampaignRequest
from shop.campaigns.approval_queries import read_request as read_bill_request
from shop.gifts.approval_queries import GiftRequest, read_gift_request
from shop.notifications.gift_letters import OF_GIFTS, gift_facts
from shop.notifications.messages import Message
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.approvals.queries import read_request
from shop.payments.terms.debts import open_debts, where_to_transfer

_OF_APPROVALS: Final = frozenset({Message.GIFT_APPROVAL_ASKED, Message.GIFT_APPROVAL_ENDED})
_OF_BILLS: Final = frozenset({Message.CAMPAIGN_APPROVAL_ASKED, Message.CAMPAIGN_APPROVAL_ENDED})
OF_ORGANISATIONS: Final = (
    OF_GIFTS | _OF_APPROVALS | _OF_BILLS | {Message.DEBTS_DUE, Message.APPROVAL_ASKED, Message.APPROVAL_ENDED}
)


def invitation_facts(
    session: Session, payload: Mapping[str, Any], *, now: datetime
) -> tuple[str, dict[str, Any]] | None:
    """To which address or number, and the facts; None for an invitation that is over."""
    issued = issue_link(session, payload["invitation_id"], now=now)
    if issued is None:
        return None
    invited, token = issued
    return invited.contact, {"invited": invited, "role": MEMBER_ROLES[invited.role], "token": token}


def organisation_facts(
    session: Session, message: Message, user: User, payload: Mapping[str, Any], *, now: datetime
) -> dict[str, Any] | None:
    """None for what was paid or decided meanwhile."""
    if message is Message.DEBTS_DUE:
        facts = _debts(session, payload["organisation_id"], now)
    elif message in OF_GIFTS:
        facts = gift_facts(session, message, payload["facts"])
    elif message in _OF_APPROVALS:
        facts = _gift_approval(session, message, payload["facts"]["gift_approval_id"], now)
    elif message in _OF_BILLS:
        facts = _bill_approval(session, message, payload["facts"]["campaign_approval_id"], now)
    else:
        facts = _approval(session, message, payload["approval_id"], now)
    return None if facts is None else {"name": user.name} | facts


def _debts(session: Session, organisation_id: int, now: datetime) -> dict[str, Any] | None:
    organisation = session.get(Organisation, organisation_id)
    debts = open_debts(session, organisation_id)
    if organisation is None or not debts:
        return None
    return {
        "organisation": organisation,
        "debts": debts,
        "overdue": [debt for debt in debts if debt.days_overdue(now)],
        "pay_to": where_to_transfer(debts),
    }


def _approval(session: Session, message: Message, approval_id: int, now: datetime) -> dict[str, Any] | None:
    approval = session.get(OrderApproval, approval_id)
    if approval is None:
        return None
    request = read_request(session, approval.organisation_id, approval.id)
    if message is Message.APPROVAL_ASKED and not request.waits(now):
        return None
    return {
        "request": request,
        "organisation": session.get_one(Organisation, approval.organisation_id),
        "was_returned": approval.state is ApprovalState.RETURNED,
    }


def _gift_approval(
    session: Session, message: Message, approval_id: int, now: datetime
) -> dict[str, Any] | None:
    request = read_gift_request(session, approval_id)
    return _whole(session, request, is_asked=message is Message.GIFT_APPROVAL_ASKED, now=now)


def _bill_approval(
    session: Session, message: Message, approval_id: int, now: datetime
) -> dict[str, Any] | None:
    request = read_bill_request(session, approval_id)
    return _whole(session, request, is_asked=message is Message.CAMPAIGN_APPROVAL_ASKED, now=now)


def _whole(
    session: Session, request: GiftRequest | CampaignRequest | None, *, is_asked: bool, now: datetime
) -> dict[str, Any] | None:
    if request is None or (is_asked and not request.waits(now)):
        return None
    return {
        "request": request,
        "organisation": session.get_one(Organisation, request.approval.organisation_id),
        "was_approved": request.approval.state is ApprovalState.APPROVED,
        "was_returned": request.approval.state is ApprovalState.RETURNED,
    }
