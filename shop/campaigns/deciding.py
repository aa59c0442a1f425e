"""What an organiser decides for one member: who has left keeps or gives back, a link is taken back, a choice is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import Desk, desk_of
from shop.campaigns.choosing import Chooser, Wish, choose, take_back_choice
from shop.campaigns.errors import NotADraft
from shop.campaigns.links import end_link
from shop.campaigns.locking import lock_campaign, lock_member
from shop.campaigns.member_models import CampaignMember, Choice, ChosenBy, Standing
from shop.campaigns.models import CampaignState
from shop.kit.errors import NotAllowed, NotFound
from shop.kit.text import msg


def member_leaves(
    session: Session, campaign_id: int, member_id: int, *, keeps: bool, actor_id: int, now: datetime
) -> None:
    """`keeps`: what was chosen stays; else place, goods and allowance are free again. Locks the campaign.

    Raises NotFound, NotAllowed, NotADraft once the campaign is closed.
    """
    campaign = lock_campaign(session, campaign_id)
    desk = desk_of(session, campaign_id, actor_id)
    if not desk.may_manage:
        raise NotAllowed()
    if campaign.state not in {CampaignState.DRAFT, CampaignState.OPEN}:
        raise NotADraft(msg("The list is locked: the campaign is closed."))
    member = _member(session, desk, member_id)
    if keeps and session.get(Choice, member_id) is None:
        keeps = False
    member.standing = Standing.KEEPS if keeps else Standing.TAKEN_BACK
    member.left_at = now
    if not keeps:
        take_back_choice(session, campaign, member, now=now)
        member.to_tell = None
    session.flush()
    facts = {"keeps": keeps, "member_id": member_id}
    audit(session, actor_id, "campaign.member_left", "campaign", campaign_id, facts, now=now)


def choose_for(
    session: Session, campaign_id: int, member_id: int, wish: Wish, *, actor_id: int, now: datetime
) -> Choice:
    """An organiser or a unit's representative, for somebody who cannot: who did it for whom is kept.

    Raises NotFound, NotAllowed, and what `choose` raises.
    """
    desk = desk_of(session, campaign_id, actor_id)
    demand_hand(desk)
    member = session.get(CampaignMember, member_id)
    if member is None or member.campaign_id != campaign_id or not desk.sees_unit(member.unit_id):
        raise NotFound()
    choice = choose(session, member_id, wish, Chooser(ChosenBy.PROXY, actor_id), now=now)
    facts = {"member_id": member_id, "total_fen": choice.total_fen}
    audit(session, actor_id, "campaign.chosen_for", "campaign", campaign_id, facts, now=now)
    return choice


def take_link_back(
    session: Session, campaign_id: int, member_id: int, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound, NotAllowed."""
    desk = desk_of(session, campaign_id, actor_id)
    demand_hand(desk)
    end_link(session, _member(session, desk, member_id).id)
    facts = {"member_id": member_id}
    audit(session, actor_id, "campaign.link_ended", "campaign", campaign_id, facts, now=now)


def demand_hand(desk: Desk) -> None:
    """Who only reads changes nothing. Raises NotAllowed."""
    if not desk.may_manage and desk.unit_ids is None:
        raise NotAllowed()


def _member(session: Session, desk: Desk, member_id: int) -> CampaignMember:
    member = lock_member(session, member_id)
    if member.campaign_id != desk.campaign.id or not desk.sees_unit(member.unit_id):
        raise NotFound()
    return member
