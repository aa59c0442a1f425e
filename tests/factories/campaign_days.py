"""A campaign on its day of distribution: closed, every member with a code."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember, User
from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import close_campaigns
from shop.campaigns.day.hands import Hand, keepers_hand
from shop.campaigns.day.models import Way
from shop.campaigns.member_models import CampaignUnit, Choice
from shop.campaigns.models import Campaign
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.campaigns import UnionShop, enrol, open_union_shop

DAY = timedelta(days=6)


def close_now(unit_of_work: UnitOfWork, union: UnionShop) -> None:
    at = union.now + timedelta(days=1)
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))
    close_campaigns(unit_of_work, now=at)


def union_on_its_day(session: Session, unit_of_work: UnitOfWork, *, members: int = 4) -> UnionShop:
    """`members` people of 机械分会 and two of 后勤分会, all with the default package at one point."""
    union = open_union_shop(session, members=members)
    enrol(session, union, 2, unit="后勤分会", first=50)
    session.commit()
    close_now(unit_of_work, union)
    session.rollback()
    return union


def somebody(session: Session, name: str, *, at: UnionShop, role: str = "") -> int:
    """An account; with a role it belongs to the union."""
    user = User(email=f"{name}@shop.example", name=name, created_at=at.now)
    session.add(user)
    session.flush()
    if role:
        session.add(OrganisationMember(organisation_id=at.organisation_id, user_id=user.id, role=role))
    session.commit()
    return user.id


def a_keeper(session: Session, union: UnionShop) -> Hand:
    return keepers_hand(somebody(session, "keeper", at=union), frozenset({union.shop.point_id}))


def the_organiser(union: UnionShop) -> Hand:
    return Hand(union.buyer_id, Way.ORGANISER, campaign_id=union.campaign_id)


def a_representative(session: Session, union: UnionShop, unit: str = "后勤分会") -> int:
    """The account of who represents that sub-union."""
    user_id = somebody(session, "zhou", at=union, role="viewer")
    session.execute(sa.update(CampaignUnit).where(CampaignUnit.name == unit).values(organiser_id=user_id))
    session.commit()
    return user_id


def unit_id(session: Session, union: UnionShop, name: str = "后勤分会") -> int:
    return session.scalars(
        sa.select(CampaignUnit.id).where(
            CampaignUnit.campaign_id == union.campaign_id, CampaignUnit.name == name
        )
    ).one()


def code_of(session: Session, member_id: int) -> str:
    return session.scalar(sa.select(Choice.pickup_code).where(Choice.member_id == member_id)) or ""


def day_after_the_deadline(session: Session, union: UnionShop) -> timedelta:
    day = session.get_one(Campaign, union.campaign_id).distribution_on
    return timedelta(days=(day - union.now.date()).days + 9)
