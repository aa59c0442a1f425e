"""The day as a member sees it: whom they let collect for them, until when, and whether the goods were handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.choosing import is_choosing
from shop.campaigns.day.deadlines import collect_until
from shop.campaigns.day.errors import HandedOutBefore
from shop.campaigns.day.models import FINAL, LONGEST_NAME, Collector, Handout, Leftover, Pile
from shop.campaigns.day.standing import with_standing
from shop.campaigns.locking import lock_member, share_campaign
from shop.campaigns.member_models import CampaignMember, Choice, Standing
from shop.campaigns.models import Campaign, CampaignState
from shop.kit.errors import NotFound
from shop.kit.text import tidy


@dataclass(frozen=True, slots=True)
class Collecting:
    """`may_name`: the member can still say who collects."""

    last_day: date
    may_name: bool
    collector: str
    handout: Handout | None
    pile: Pile | None
    leftover: Leftover | None
    has_code: bool

    @property
    def is_waiting(self) -> bool:
        """The goods are there for the member."""
        is_gone = self.leftover is not None and self.leftover.decision in FINAL
        return self.has_code and self.handout is None and not is_gone


def collecting_of(session: Session, member_id: int, *, now: datetime) -> Collecting | None:
    """None while nothing is chosen for the member. Two statements."""
    row = session.execute(
        with_standing(sa.select(Campaign, Choice, Collector.name, Handout, Pile, Leftover)).where(
            CampaignMember.id == member_id
        )
    ).one_or_none()
    if row is None:
        return None
    campaign, choice, collector, handout, pile, leftover = row
    is_collected = choice.pickup_point_id is not None  # else a courier brings it
    may_name = (
        is_collected
        and handout is None
        and (
            is_choosing(campaign, now)
            or (campaign.state is CampaignState.CLOSED and choice.pickup_code is not None)
        )
    )
    last_day = collect_until(session, campaign)
    if leftover is not None and leftover.keep_until is not None:
        last_day = max(last_day, leftover.keep_until)
    return Collecting(
        last_day, may_name, collector or "", handout, pile, leftover, choice.pickup_code is not None
    )


def name_collector(session: Session, member_id: int, typed: str, *, now: datetime) -> str:
    """Who may collect for the member; empty: nobody else. Harmless to repeat. Returns the name.

    Raises NotFound where nothing is chosen, or it is sent home, HandedOutBefore.
    """
    campaign_id = session.scalar(sa.select(CampaignMember.campaign_id).where(CampaignMember.id == member_id))
    if campaign_id is None:
        raise NotFound()
    share_campaign(session, campaign_id)
    member = lock_member(session, member_id)
    choice = session.get(Choice, member_id)
    if member.standing is Standing.TAKEN_BACK or choice is None or choice.pickup_point_id is None:
        raise NotFound()
    given = sa.select(Handout.handed_at).where(Handout.member_id == member_id, Handout.undone_at.is_(None))
    if (handed_at := session.scalar(given)) is not None:
        raise HandedOutBefore(name=member.name, when=handed_at)
    name = tidy(typed)[:LONGEST_NAME]
    said = session.get(Collector, member_id, populate_existing=True)
    if said is not None and not name:
        session.delete(said)
    elif name:
        said = said or Collector(member_id=member_id)
        said.name, said.said_at = name, now
        session.add(said)
    session.flush()
    return name
