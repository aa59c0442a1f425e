"""The joins that say where a member's goods are now: handed out, decided about, with a representative, or at the point."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.campaigns.day.models import FINAL, Collector, Handout, Leftover, Pile, PileMember
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice
from shop.campaigns.models import Campaign

IS_COLLECTED: Final = Handout.id.is_not(None)
IS_GONE: Final = sa.and_(Handout.id.is_(None), Leftover.decision.in_(FINAL))
IS_WAITING: Final = sa.and_(
    Handout.id.is_(None), sa.or_(Leftover.id.is_(None), Leftover.decision.not_in(FINAL))
)
IS_WITH_REPRESENTATIVE: Final = sa.and_(IS_WAITING, Pile.id.is_not(None))
IS_AT_POINT: Final = sa.and_(IS_WAITING, Pile.id.is_(None))


def with_standing(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """From members: their choice, campaign and unit, and what stands of handout, pile and leftover, one row each."""
    return (
        statement.select_from(CampaignMember)
        .join(Choice, Choice.member_id == CampaignMember.id)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .outerjoin(CampaignUnit, CampaignUnit.id == CampaignMember.unit_id)
        .outerjoin(Handout, sa.and_(Handout.member_id == CampaignMember.id, Handout.undone_at.is_(None)))
        .outerjoin(PileMember, sa.and_(PileMember.member_id == CampaignMember.id, PileMember.stands))
        .outerjoin(Pile, Pile.id == PileMember.pile_id)
        .outerjoin(
            Leftover, sa.and_(Leftover.member_id == CampaignMember.id, Leftover.corrected_at.is_(None))
        )
        .outerjoin(Collector, Collector.member_id == CampaignMember.id)
    )
