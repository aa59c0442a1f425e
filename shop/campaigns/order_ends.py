"""An order of a closed campaign as the welfare of people: how many it holds, and that its organiser calls it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Organisation
from shop.campaigns.access import managed_desk
from shop.campaigns.after_models import CallOff, Loss
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.order_places import place_of
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.models import Order

LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Welfare:
    """What an order is for. `people`: whose goods it holds still; `point_id` is None for a parcel home."""

    campaign_id: int
    title: str
    slug: str
    people: int
    point_id: int | None
    member_id: int | None
    state: CampaignState
    is_instead: bool = False  # it holds what goes instead of goods that were missing, and no more


def welfare_of(session: Session, order_id: int) -> Welfare | None:
    """None for an order of no campaign. Two statements at most."""
    found = session.execute(place_of(order_id)).one_or_none()
    if found is None:
        return None
    campaign_id, point_id, member_id, for_order_id = found
    mine = CampaignMember.id == member_id if point_id is None else Choice.pickup_point_id == point_id
    if for_order_id is not None:
        mine = CampaignMember.id.in_(sa.select(Loss.member_id).where(Loss.instead_order_id == order_id))
    people = (
        sa.select(sa.func.count(Choice.member_id))
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(CampaignMember.campaign_id == campaign_id, Choice.allowance_fen > 0, mine)
        .scalar_subquery()
    )
    title, slug, state, count = session.execute(
        sa.select(Campaign.title, Organisation.slug, Campaign.state, people)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .where(Campaign.id == campaign_id)
    ).one()
    return Welfare(campaign_id, title, slug, int(count), point_id, member_id, state, for_order_id is not None)


def order_of_campaign(session: Session, campaign_id: int, number: str) -> tuple[Order, Welfare]:
    """Raises NotFound for an order of anything else, and while the campaign is not closed."""
    order = session.scalar(sa.select(Order).where(Order.number == number))
    welfare = welfare_of(session, order.id) if order is not None else None
    if order is None or welfare is None or welfare.campaign_id != campaign_id:
        raise NotFound()
    if welfare.state is not CampaignState.CLOSED:
        raise NotFound()
    return order, welfare


def said_reason(typed: str) -> str:
    """Members read it. Raises InvalidInput without one."""
    if not (words := tidy(typed)[:LONGEST_REASON]):
        raise InvalidInput(msg("Please say why."), field="reason")
    return words


def note_call_off(session: Session, order_id: int, *, reason: str, actor_id: int, now: datetime) -> None:
    """Why an organiser calls the order off, in the transaction that does it, behind the order's lock.

    Raises NotFound, NotAllowed.
    """
    welfare = welfare_of(session, order_id)
    if welfare is None or welfare.state is not CampaignState.CLOSED:
        raise NotFound()
    managed_desk(session, welfare.campaign_id, actor_id)
    number = session.scalar(sa.select(Order.number).where(Order.id == order_id))
    session.add(
        CallOff(
            order_id=order_id, campaign_id=welfare.campaign_id, reason=reason, people=welfare.people, at=now,
            by_id=actor_id,
        )
    )  # fmt: skip
    session.flush()
    facts = {"order": number, "reason": reason, "people": welfare.people}
    audit(session, actor_id, "campaign.order_called_off", "campaign", welfare.campaign_id, facts, now=now)
