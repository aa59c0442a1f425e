"""The day of distribution: what was handed out belongs to its person, is nobody else's, and piles hold whom they say."""

from __future__ import annotations

import sqlalchemy as sa

from shop.campaigns.day.models import FINAL, Handout, Leftover, Pile, PileMember
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.models import Campaign, CampaignState
from shop.check.rule import or_nothing, rule

_in_pile = (
    sa.select(PileMember.pile_id, sa.func.count(PileMember.member_id).label("people"))
    .group_by(PileMember.pile_id)
    .subquery()
)
_people = or_nothing(_in_pile.c.people)
_not_their_own = sa.or_(
    CampaignMember.campaign_id != Handout.campaign_id,
    Campaign.state != CampaignState.CLOSED,
    Choice.member_id.is_(None),
    Choice.pickup_point_id != Handout.pickup_point_id,
)

RULES = (
    rule(
        "campaign: what was handed out is what a member of a closed campaign chose",
        sa.select(Handout.id, Handout.member_id, Handout.campaign_id)
        .join(CampaignMember, CampaignMember.id == Handout.member_id)
        .join(Campaign, Campaign.id == Handout.campaign_id)
        .outerjoin(Choice, Choice.member_id == Handout.member_id)
        .where(_not_their_own),
        "campaign handout {id}",
        "to member {member_id} of campaign {campaign_id}",
    ),
    rule(
        "campaign: nobody's goods were handed out and given away as left over",
        sa.select(Handout.member_id, Leftover.decision)
        .join(Leftover, Leftover.member_id == Handout.member_id)
        .where(Handout.undone_at.is_(None), Leftover.corrected_at.is_(None), Leftover.decision.in_(FINAL)),
        "campaign member {member_id}",
        "handed out, and decided as left over: {decision}",
    ),
    rule(
        "campaign: a pile holds as many people as it says, of its sub-union",
        sa.select(Pile.id, Pile.people, _people.label("found"))
        .outerjoin(_in_pile, _in_pile.c.pile_id == Pile.id)
        .where(
            sa.or_(
                Pile.people != _people,
                sa.exists().where(
                    PileMember.pile_id == Pile.id,
                    CampaignMember.id == PileMember.member_id,
                    CampaignMember.unit_id.is_distinct_from(Pile.unit_id),
                ),
            )
        ),
        "campaign pile {id}",
        "says {people} people, holds {found}, or some of another sub-union",
    ),
    rule(
        "campaign: a pile that was undone stands for nobody",
        sa.select(Pile.id, sa.func.count(PileMember.member_id).label("people"))
        .join(PileMember, PileMember.pile_id == Pile.id)
        .where(PileMember.stands == Pile.undone_at.is_not(None))
        .group_by(Pile.id),
        "campaign pile {id}",
        "{people} people are counted wrong",
    ),
)
