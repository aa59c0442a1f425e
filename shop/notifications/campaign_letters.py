"""Letters to members of a union's campaign: that it is open, that nothing is chosen yet, what is to be collected, and
that it still waits; that the close gave them nothing, that it was called off, or goods do not come, and why.

Who has an account is written to by the ways that its person chose; who has none, at the telephone or address that
the union knows, with a personal link.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import Organisation, User
from shop.campaigns.choosing import is_choosing
from shop.campaigns.day.collecting import Collecting, collecting_of
from shop.campaigns.lost import losses_of
from shop.campaigns.member_models import CampaignMember, Choice, Standing, Telling
from shop.campaigns.models import Campaign, CampaignSlot, CampaignState
from shop.campaigns.swapped import swaps_of
from shop.catalogue.models import Variant
from shop.delivery.models import PickupPoint
from shop.notifications.conversation_letters import Reader, conversation_reader
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.storage.unit_of_work import UnitOfWork

MEMBER: Final = "campaign_member"  # the fact of which the mailroom makes the link
_AT_ONCE: Final = 300
_MESSAGES: Final = {
    Telling.OPENED: Message.CAMPAIGN_OPENED,
    Telling.REMINDER: Message.CAMPAIGN_REMINDER,
    Telling.CODE: Message.CAMPAIGN_CODE,
    Telling.COLLECT: Message.CAMPAIGN_UNCOLLECTED,
    Telling.NOTHING: Message.CAMPAIGN_NOTHING,
    Telling.CALLED_OFF: Message.CAMPAIGN_CALLED_OFF,
    Telling.LESS: Message.CAMPAIGN_LESS,
}
OF_CAMPAIGNS: Final = frozenset(_MESSAGES.values())


def tell_members(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Put into the outbox what members are to be told, a part at a time; returns how many. Harmless to repeat."""
    told = 0
    while count := unit_of_work.run(lambda session: _tell_some(session, now)):
        told += count
    return told


def reader_of(
    session: Session, message: Message, payload: Mapping[str, Any], *, now: datetime
) -> Reader | None:
    """Who reads a letter about a conversation or a campaign; None for nobody, or where it is no longer so."""
    if message in OF_CAMPAIGNS:
        return campaign_reader(session, message, payload["member_id"], now=now)
    return conversation_reader(session, payload["conversation_id"])


def campaign_reader(session: Session, message: Message, member_id: int, *, now: datetime) -> Reader | None:
    """None where it is no longer so, or there is nobody to write to."""
    member = session.get(CampaignMember, member_id)
    if member is None or member.standing is Standing.TAKEN_BACK or not _can_be_told(member):
        return None
    campaign = session.get_one(Campaign, member.campaign_id)
    choice = session.get(Choice, member_id, options=[selectinload(Choice.lines)])
    collecting = (
        collecting_of(session, member_id, now=now) if message is Message.CAMPAIGN_UNCOLLECTED else None
    )
    if not _holds(message, campaign, member, choice, collecting, now):
        return None
    user = session.get(User, member.user_id) if member.user_id is not None else None
    facts: dict[str, Any] = {
        "name": member.name,
        "campaign": campaign,
        "organisation": session.get_one(Organisation, campaign.organisation_id).name,
        "why": member.got_nothing,
        MEMBER: member,
    }
    if choice is not None:
        facts |= _collecting(session, choice)
    if collecting is not None:
        facts |= {"last_day": collecting.last_day, "pile": collecting.pile}
    if user is not None and user.active:
        return Reader(user.language or "zh", user.email, user.phone, facts)
    return Reader("zh", member.email, member.phone, facts)


def _holds(
    message: Message,
    campaign: Campaign,
    member: CampaignMember,
    choice: Choice | None,
    collecting: Collecting | None,
    now: datetime,
) -> bool:
    """Whether it is still so when it is written."""
    if message is Message.CAMPAIGN_UNCOLLECTED:
        return collecting is not None and collecting.is_waiting
    if message is Message.CAMPAIGN_CODE:
        is_home = choice is not None and choice.pickup_point_id is None and choice.allowance_fen > 0
        return choice is not None and (choice.pickup_code is not None or is_home)
    if message is Message.CAMPAIGN_NOTHING:
        return member.got_nothing is not None and campaign.state is CampaignState.CLOSED
    if message is Message.CAMPAIGN_CALLED_OFF:
        return campaign.state is CampaignState.CALLED_OFF
    if message is Message.CAMPAIGN_LESS:
        return choice is not None and campaign.state is CampaignState.CLOSED
    is_late = choice is not None and message is Message.CAMPAIGN_REMINDER
    return is_choosing(campaign, now) and not is_late


def _tell_some(session: Session, now: datetime) -> int:
    """Only of campaigns that are open for choosing by now, or closed."""
    is_due = sa.or_(
        sa.and_(Campaign.state == CampaignState.OPEN, Campaign.opens_at <= now),
        Campaign.state.in_([CampaignState.CLOSED, CampaignState.CALLED_OFF]),
    )
    members = session.scalars(
        sa.select(CampaignMember)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .where(CampaignMember.to_tell.is_not(None), is_due)
        .order_by(CampaignMember.id)
        .limit(_AT_ONCE)
        .with_for_update(of=CampaignMember, key_share=True)
    ).all()
    for member in members:
        telling, member.to_tell = member.to_tell, None
        if telling is not None and _can_be_told(member):
            _enqueue(session, member, telling, now)
    session.flush()
    return len(members)


def _can_be_told(member: CampaignMember) -> bool:
    """Who has neither account nor telephone nor address gets no letter: their organiser tells them."""
    return member.user_id is not None or bool(member.phone or member.email)


def _enqueue(session: Session, member: CampaignMember, telling: Telling, now: datetime) -> None:
    day = f" {member.reminded_on}" if telling in {Telling.REMINDER, Telling.COLLECT} else ""
    if telling is Telling.LESS:  # goods may go more than once
        day = f" {max((one.id for one in losses_of(session, member.id)), default=0)}"
    enqueue_message(
        session,
        _MESSAGES[telling],
        member_id=member.id,
        user_id=member.user_id,
        dedupe_key=f"{member.id}{day}",
        now=now,
    )


def _collecting(session: Session, choice: Choice) -> dict[str, Any]:
    slot = session.get(CampaignSlot, choice.slot_id) if choice.slot_id is not None else None
    swaps, lost = swaps_of(session, choice.member_id), losses_of(session, choice.member_id)
    ids = (
        {one.variant_id for one in lost}
        | {line.variant_id for line in choice.lines}
        | {one.variant_id for one in swaps}
    )
    ids |= {one.substitute_id for one in swaps if one.substitute_id is not None}
    ids |= {one.instead_id for one in lost if one.instead_id is not None}
    variants = session.scalars(
        sa.select(Variant).where(Variant.id.in_(ids)).options(selectinload(Variant.product))
    )
    packs = {variant.id: variant for variant in variants}
    return {
        "code": choice.pickup_code,
        "point": session.get(PickupPoint, choice.pickup_point_id) if choice.pickup_point_id else None,
        "slot": slot,
        "goods": [(packs[line.variant_id], line.quantity) for line in choice.lines],
        "lost": [(packs[one.variant_id], one, packs.get(one.instead_id or 0)) for one in lost],
        "not_charged_fen": sum(one.fen for one in lost),
        "swaps": [
            (
                packs[one.variant_id],
                one.quantity,
                packs.get(one.substitute_id or 0),
                one.instead,
                one.returned_fen,
            )
            for one in swaps
        ],
    }
