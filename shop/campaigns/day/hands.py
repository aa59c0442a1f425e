"""Whose hand reaches which members of closed campaigns. Everybody else's look like none at all."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.access import Desk, desk_of
from shop.campaigns.day.models import Way
from shop.campaigns.deciding import demand_hand
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.models import Campaign, CampaignState


@dataclass(frozen=True, slots=True)
class Hand:
    """`point_ids`: a keeper's. Else one campaign, and of it `unit_ids`, or all of it where that is None."""

    user_id: int
    way: Way
    point_ids: frozenset[int] = frozenset()
    campaign_id: int | None = None
    unit_ids: tuple[int, ...] | None = None

    @property
    def is_point(self) -> bool:
        return self.way is Way.POINT

    def reaches(self, campaign_id: int | None = None) -> list[sa.ColumnElement[bool]]:
        """For a statement over members, choices and campaigns: who got a code, and is this hand's."""
        reached: list[sa.ColumnElement[bool]] = [
            Choice.pickup_code.is_not(None),
            Campaign.state == CampaignState.CLOSED,
        ]
        if self.is_point:
            reached.append(Choice.pickup_point_id.in_(self.point_ids))
        else:
            reached.append(CampaignMember.campaign_id == self.campaign_id)
        if self.unit_ids is not None:
            reached.append(CampaignMember.unit_id.in_(self.unit_ids))
        if campaign_id is not None:
            reached.append(CampaignMember.campaign_id == campaign_id)
        return reached


def keepers_hand(user_id: int, point_ids: frozenset[int]) -> Hand:
    return Hand(user_id, Way.POINT, point_ids=point_ids)


def hand_of(desk: Desk, user_id: int) -> Hand:
    """What somebody of the union sees."""
    way = Way.ORGANISER if desk.sees_all else Way.REPRESENTATIVE
    return Hand(user_id, way, campaign_id=desk.campaign.id, unit_ids=desk.unit_ids)


def acting_hand(session: Session, campaign_id: int, user_id: int) -> Hand:
    """Of who may press something. Raises NotFound, NotAllowed for who only reads."""
    desk = desk_of(session, campaign_id, user_id)
    demand_hand(desk)
    return hand_of(desk, user_id)
