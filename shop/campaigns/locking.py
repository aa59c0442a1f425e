"""The order in which a campaign's rows are locked: campaign, member, year, unit, slots by id, goods by variant."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import Campaign
from shop.kit.errors import NotFound
from shop.storage.locks import LockRank, lock_row, note_lock


def lock_campaign(session: Session, campaign_id: int) -> Campaign:
    """Alone: against everybody who chooses in it. Raises NotFound."""
    campaign = lock_row(session, LockRank.CAMPAIGN, sa.select(Campaign).where(Campaign.id == campaign_id))
    if campaign is None:
        raise NotFound()
    return campaign


def share_campaign(session: Session, campaign_id: int) -> Campaign:
    """With all others who choose, against who opens, closes or limits it. Raises NotFound."""
    note_lock(session, LockRank.CAMPAIGN)
    campaign = session.scalar(
        sa.select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if campaign is None:
        raise NotFound()
    return campaign


def lock_member(session: Session, member_id: int) -> CampaignMember:
    """Raises NotFound."""
    member = session.scalar(
        sa.select(CampaignMember)
        .where(CampaignMember.id == member_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if member is None:
        raise NotFound()
    return member
