"""A sub-union's representative takes along what their people have at one point, and hands it out to each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.batches import in_batches
from shop.campaigns.day.beginning import demand_its_day
from shop.campaigns.day.errors import NameMissing, NothingInPile, NothingToUndo, PileInUse, ReasonMissing
from shop.campaigns.day.hands import Hand
from shop.campaigns.day.models import LONGEST_NAME, LONGEST_REASON, Handout, Pile, PileMember, Way
from shop.campaigns.day.standing import IS_AT_POINT, with_standing
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine
from shop.kit.errors import NotFound
from shop.kit.text import tidy

_BULK: Final = {"synchronize_session": False}


def take_pile(
    session: Session, campaign_id: int, unit_id: int, point_id: int, taken_by: str, *, by: Hand, now: datetime
) -> Pile:
    """Pressed twice it is one pile. Locks the campaign, against everybody who hands out.

    Raises NotFound, NameMissing, NotTheDay, NothingInPile.
    """
    lock_campaign(session, campaign_id)
    its = (CampaignMember.unit_id == unit_id, Choice.pickup_point_id == point_id)
    ours = with_standing(sa.select(CampaignMember.id)).where(*by.reaches(campaign_id), *its)
    if session.scalar(ours.limit(1)) is None:
        raise NotFound()
    name = tidy(taken_by)[:LONGEST_NAME]
    if not name:
        raise NameMissing(field="taken_by")
    demand_its_day(session, campaign_id, point_id, None, at=now)
    members = session.scalars(ours.where(IS_AT_POINT)).all()
    if not members:
        return _taken_before(session, unit_id, point_id)
    pile = Pile(
        campaign_id=campaign_id,
        unit_id=unit_id,
        pickup_point_id=point_id,
        taken_by=name,
        people=len(members),
        units=_units(session, members),
        way=by.way,
        taken_at=now,
        handed_by_id=by.user_id,
    )
    session.add(pile)
    session.flush()
    session.add_all(PileMember(pile_id=pile.id, member_id=one) for one in members)
    session.flush()
    facts = {"sub_union_id": unit_id, "people": len(members)}
    audit(session, by.user_id, "campaign.pile_taken", "campaign", campaign_id, facts, now=now)
    return pile


def undo_pile(session: Session, pile_id: int, reason: str, *, by: Hand, now: datetime) -> Pile:
    """It stands at the point again. A keeper undoes only what was pressed at a point.

    Raises NotFound, ReasonMissing, NothingToUndo, PileInUse once somebody got theirs of it.
    """
    campaign_id = session.scalar(sa.select(Pile.campaign_id).where(Pile.id == pile_id, *_reaches(by)))
    if campaign_id is None:
        raise NotFound()
    lock_campaign(session, campaign_id)
    pile = session.get_one(Pile, pile_id, populate_existing=True)
    words = tidy(reason)[:LONGEST_REASON]
    if not words:
        raise ReasonMissing(field="reason")
    if pile.undone_at is not None:
        raise NothingToUndo()
    members = sa.select(PileMember.member_id).where(PileMember.pile_id == pile_id)
    got = sa.select(Handout.id).where(Handout.member_id.in_(members), Handout.undone_at.is_(None))
    if session.scalar(got.limit(1)) is not None:
        raise PileInUse()
    pile.undone_at, pile.undone_by_id, pile.undone_reason = now, by.user_id, words
    session.execute(
        sa.update(PileMember).where(PileMember.pile_id == pile_id).values(stands=False),
        execution_options=_BULK,
    )
    session.flush()
    facts = {"pile_id": pile_id, "reason": words}
    audit(session, by.user_id, "campaign.pile_undone", "campaign", campaign_id, facts, now=now)
    return pile


def piles_of(session: Session, campaign_id: int, *, by: Hand) -> Sequence[Pile]:
    """Those that stand, the newest first."""
    return session.scalars(
        sa.select(Pile)
        .where(Pile.campaign_id == campaign_id, Pile.undone_at.is_(None), *_reaches(by))
        .order_by(Pile.id.desc())
    ).all()


def _reaches(by: Hand) -> list[sa.ColumnElement[bool]]:
    if by.is_point:
        return [Pile.pickup_point_id.in_(by.point_ids), Pile.way == Way.POINT]
    reached: list[sa.ColumnElement[bool]] = [Pile.campaign_id == by.campaign_id]
    return reached if by.unit_ids is None else [*reached, Pile.unit_id.in_(by.unit_ids)]


def _taken_before(session: Session, unit_id: int, point_id: int) -> Pile:
    pile = session.scalar(
        sa.select(Pile)
        .where(Pile.unit_id == unit_id, Pile.pickup_point_id == point_id, Pile.undone_at.is_(None))
        .order_by(Pile.id.desc())
        .limit(1)
    )
    if pile is None:
        raise NothingInPile()
    return pile


def _units(session: Session, members: Sequence[int]) -> int:
    return sum(
        session.scalar(sa.select(sa.func.sum(ChoiceLine.quantity)).where(ChoiceLine.member_id.in_(some))) or 0
        for some in in_batches(members)
    )
