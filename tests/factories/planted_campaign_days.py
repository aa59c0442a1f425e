"""For each side a campaign on its day of distribution: somebody waits, somebody has theirs, one pile, one leftover."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.day.models import Decision, Handout, Leftover, Pile, PileMember, Way
from shop.campaigns.member_models import CampaignMember, Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignSlot, CampaignState
from shop.kit.clock import shanghai_date


def plant_day(session: Session, campaign_id: int, point_id: int, now: datetime) -> dict[str, int]:
    """Of an open campaign: everybody has a code, and it was handed out three weeks ago at this point."""
    session.execute(
        sa.update(CampaignSlot)
        .where(CampaignSlot.campaign_id == campaign_id)
        .values(pickup_point_id=point_id)
    )
    slot = session.scalars(sa.select(CampaignSlot).where(CampaignSlot.campaign_id == campaign_id)).one()
    wanted = sa.select(CampaignMember).where(CampaignMember.campaign_id == campaign_id)
    members = session.scalars(wanted.order_by(CampaignMember.staff_number)).all()
    # Without goods, since there is no order of it either: the books of the whole shop add up.
    session.add_all(
        Choice(
            member_id=member.id, pickup_point_id=point_id, slot_id=slot.id, total_fen=0, allowance_fen=0, own_fen=0,
            chosen_by=ChosenBy.LINK, chosen_at=now, changed_at=now,
            pickup_code=f"77{campaign_id % 100:02}{number:02}",
        )
        for number, member in enumerate(members)
    )  # fmt: skip
    slot.taken = len(members)
    campaign = session.get_one(Campaign, campaign_id)
    campaign.state, campaign.closed_at = CampaignState.CLOSED, now
    campaign.distribution_on = shanghai_date(now) - timedelta(days=21)
    waiting, given, left, away = members
    session.add_all(
        [
            Handout(
                campaign_id=campaign_id, member_id=given.id, pickup_point_id=point_id, way=Way.POINT, with_code=True,
                collected_by="代领同事", handed_at=now,
            ),
            Leftover(
                campaign_id=campaign_id, member_id=left.id, decision=Decision.DONATED, given_to="山区小学",
                reason="没人来领", decided_at=now,
            ),
        ]
    )  # fmt: skip
    pile = Pile(
        campaign_id=campaign_id, unit_id=away.unit_id or 0, pickup_point_id=point_id, taken_by="周代表", people=1,
        units=1, way=Way.POINT, taken_at=now,
    )  # fmt: skip
    session.add(pile)
    session.flush()
    session.add(PileMember(pile_id=pile.id, member_id=away.id))
    session.flush()
    return {
        "closed": campaign_id,
        "day_member": waiting.id,
        "day_unit": waiting.unit_id or 0,
        "given_member": given.id,
        "left_member": left.id,
        "pile": pile.id,
        "point": point_id,
    }
