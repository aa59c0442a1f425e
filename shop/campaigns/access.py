"""Who may see and do what of a campaign. Somebody else's looks like none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.campaigns.member_models import CampaignUnit
from shop.campaigns.models import Campaign
from shop.kit.errors import NotAllowed, NotFound

MANAGERS: Final = ("owner", "buyer")


@dataclass(frozen=True, slots=True)
class Desk:
    """One organiser's view of one campaign. `unit_ids`: only these sub-unions; None: all of it."""

    campaign: Campaign
    organisation: Organisation
    may_manage: bool
    unit_ids: tuple[int, ...] | None

    @property
    def sees_all(self) -> bool:
        return self.unit_ids is None

    def sees_unit(self, unit_id: int | None) -> bool:
        return self.unit_ids is None or unit_id in self.unit_ids


def desk_of(session: Session, campaign_id: int, user_id: int) -> Desk:
    """For members of its organisation; who only organises sub-unions of it sees those.

    Owners and buyers manage; whoever else belongs to the organisation and organises no unit reads. Raises NotFound.
    """
    row = session.execute(
        sa.select(Campaign, Organisation, OrganisationMember.role)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .join(OrganisationMember, OrganisationMember.organisation_id == Campaign.organisation_id)
        .where(Campaign.id == campaign_id, OrganisationMember.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    campaign, organisation, role = row
    if role in MANAGERS:
        return Desk(campaign, organisation, may_manage=True, unit_ids=None)
    units = session.scalars(
        sa.select(CampaignUnit.id)
        .where(CampaignUnit.campaign_id == campaign_id, CampaignUnit.organiser_id == user_id)
        .order_by(CampaignUnit.id)
    ).all()
    return Desk(campaign, organisation, may_manage=False, unit_ids=tuple(units) or None)


def managed_desk(session: Session, campaign_id: int, user_id: int) -> Desk:
    """Raises NotFound, NotAllowed."""
    desk = desk_of(session, campaign_id, user_id)
    if not desk.may_manage:
        raise NotAllowed()
    return desk


def demand_manager(session: Session, organisation_id: int, user_id: int) -> None:
    """Raises NotFound for who does not belong to it, NotAllowed for who only looks or approves."""
    role = session.scalar(
        sa.select(OrganisationMember.role).where(
            OrganisationMember.organisation_id == organisation_id, OrganisationMember.user_id == user_id
        )
    )
    if role is None:
        raise NotFound()
    if role not in MANAGERS:
        raise NotAllowed()
