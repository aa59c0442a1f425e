"""Letters about an organisation: who was asked to join it, and what waits for its approvers."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.events import OrganisationInvited
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.events import CampaignApprovalAsked, CampaignApprovalEnded
from shop.gifts.approval_models import GiftApproval
from shop.gifts.events import GiftApprovalAsked, GiftApprovalEnded
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.approvals.asking import approvers_of
from shop.ordering.approvals.events import ApprovalAsked, ApprovalEnded
from shop.ordering.approvals.models import OrderApproval


def tell_organisation_invited(session: Session, event: OrganisationInvited) -> None:
    """To whom, and the link itself, are looked up when the message is written: the outbox holds neither."""
    enqueue_message(
        session,
        Message.ORGANISATION_INVITED,
        invitation_id=event.invitation_id,
        language=event.language,
        dedupe_key=str(event.invitation_id),
        now=event.at,
    )


def tell_approvers(session: Session, event: ApprovalAsked) -> None:
    """Everybody who may approve it."""
    approval = session.get_one(OrderApproval, event.approval_id)
    for user_id in approvers_of(session, approval.organisation_id, beside=approval.asked_by_id):
        enqueue_message(
            session,
            Message.APPROVAL_ASKED,
            user_id=user_id,
            approval_id=approval.id,
            dedupe_key=f"{approval.id} {user_id}",
            now=event.at,
        )


def tell_approval_ended(session: Session, event: ApprovalEnded) -> None:
    """To who ordered: it was returned, or nobody answered."""
    approval = session.get_one(OrderApproval, event.approval_id)
    if approval.asked_by_id is not None:
        enqueue_message(
            session,
            Message.APPROVAL_ENDED,
            user_id=approval.asked_by_id,
            approval_id=approval.id,
            dedupe_key=str(approval.id),
            now=event.at,
        )


def tell_gift_approvers(session: Session, event: GiftApprovalAsked) -> None:
    """Everybody who may approve the whole gift."""
    approval = session.get_one(GiftApproval, event.approval_id)
    for user_id in approvers_of(session, approval.organisation_id, beside=approval.asked_by_id):
        enqueue_message(
            session,
            Message.GIFT_APPROVAL_ASKED,
            user_id=user_id,
            facts={"gift_approval_id": approval.id},
            dedupe_key=f"{approval.id} {user_id}",
            now=event.at,
        )


def tell_gift_approval_ended(session: Session, event: GiftApprovalEnded) -> None:
    """To who ordered the gift: somebody agreed, returned it, or nobody answered."""
    approval = session.get_one(GiftApproval, event.approval_id)
    if approval.asked_by_id is not None:
        enqueue_message(
            session,
            Message.GIFT_APPROVAL_ENDED,
            user_id=approval.asked_by_id,
            facts={"gift_approval_id": approval.id},
            dedupe_key=str(approval.id),
            now=event.at,
        )


def tell_bill_approvers(session: Session, event: CampaignApprovalAsked) -> None:
    """Everybody who may approve the whole bill of a campaign."""
    approval = session.get_one(CampaignApproval, event.approval_id)
    for user_id in approvers_of(session, approval.organisation_id, beside=approval.asked_by_id):
        enqueue_message(
            session,
            Message.CAMPAIGN_APPROVAL_ASKED,
            user_id=user_id,
            facts={"campaign_approval_id": approval.id},
            dedupe_key=f"{approval.id} {user_id}",
            now=event.at,
        )


def tell_bill_ended(session: Session, event: CampaignApprovalEnded) -> None:
    """To who wanted to close the campaign: somebody agreed, returned it, or nobody answered."""
    approval = session.get_one(CampaignApproval, event.approval_id)
    if approval.asked_by_id is not None:
        enqueue_message(
            session,
            Message.CAMPAIGN_APPROVAL_ENDED,
            user_id=approval.asked_by_id,
            facts={"campaign_approval_id": approval.id},
            dedupe_key=str(approval.id),
            now=event.at,
        )
