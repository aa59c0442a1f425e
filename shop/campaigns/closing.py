"""Closing a campaign in small steps, each a transaction of its own: killed anywhere, the next turn goes on.

Default packages first; then one order for each pickup point and for each parcel home; then each is accepted on the
union's terms; then pickup codes.
What cannot be ordered undoes the whole: the orders are called off, the default packages taken back, and the campaign
is open again with the reason, so that its organiser can decide what goes instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import managed_desk
from shop.campaigns.closing_plan import taken_of
from shop.campaigns.defaults import give_defaults, undo_defaults
from shop.campaigns.errors import NotChoosing
from shop.campaigns.finishing import finish
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, Choice, Standing
from shop.campaigns.models import Campaign, CampaignOrder, CampaignSlot, CampaignState
from shop.campaigns.ordering import place_next
from shop.campaigns.own_models import CampaignParcel
from shop.campaigns.parcels import count_homes, homes_fen, place_parcel
from shop.campaigns.reading import Offer, read_offer
from shop.campaigns.swapping import Swap, Taken, swaps_for
from shop.campaigns.transitions import CAMPAIGNS
from shop.kit.errors import Conflict, InvalidInput, NotFound, ShopError
from shop.ordering.cancellation import cancel_unpaid
from shop.ordering.events import OrderOnTermsWanted, OrdersOnTermsWanted
from shop.ordering.models import Order, OrderStatus
from shop.ordering.reasons import Reason
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

MOST_AT_ONCE: Final = 20


def begin_closing(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> None:
    """From here on nobody chooses; the worker does the rest. Begun again it is one close.

    Raises NotFound, NotAllowed, NotChoosing before it was open for choosing, IllegalStep; where something goes home, also
    NoTerms, OverLimit and NeedsApproval.
    """
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state in {CampaignState.CLOSING, CampaignState.CLOSED}:
        return
    state = CAMPAIGNS.step(campaign.state, CampaignState.CLOSING)
    if now < campaign.opens_at:
        raise NotChoosing()
    campaign.state, campaign.closing_at, campaign.closing_by_id = state, now, actor_id
    campaign.refusal, campaign.closing_done = {}, 0
    session.flush()
    parcels_fen = homes_fen(session, campaign_id)
    if parcels_fen:  # many small orders are one decision of the union
        record(session, OrdersOnTermsWanted(campaign.organisation_id, actor_id, parcels_fen, now))
    audit(session, actor_id, "campaign.closing", "campaign", campaign_id, {}, now=now)


def close_campaigns(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Everything that is being closed, as far as it goes; returns how many steps. Harmless to repeat."""
    waiting = unit_of_work.run(_closing_ids)
    return sum(close_one(unit_of_work, campaign_id, now=now) for campaign_id in waiting)


def close_one(unit_of_work: UnitOfWork, campaign_id: int, *, now: datetime) -> int:
    """Returns how many steps were done."""
    steps = 0
    while True:
        try:
            goes_on = unit_of_work.run(partial(take_step, campaign_id=campaign_id, now=now))
        except (Conflict, InvalidInput, NotFound) as refused:
            goes_on = unit_of_work.run(partial(_note_refusal, campaign_id=campaign_id, refused=refused))
        if not goes_on:
            return steps
        steps += 1


def take_step(session: Session, campaign_id: int, *, now: datetime) -> bool:
    """The next step; False when there is none. Locks the campaign. Raises what an order is refused for."""
    campaign = lock_campaign(session, campaign_id)
    if campaign.state is not CampaignState.CLOSING:
        return False
    if campaign.refusal and not _accepted(session, campaign.id):
        return _undo_next(session, campaign, now)
    return _next_step(session, campaign, now)


def _next_step(session: Session, campaign: Campaign, now: datetime) -> bool:
    accepting = _orders(session, campaign.id, OrderStatus.CONFIRMED, 1)  # then all of them are placed
    unpaid = _orders(session, campaign.id, OrderStatus.AWAITING_PAYMENT, 1)
    if accepting and unpaid:
        return _accept(session, campaign, unpaid[0], now)
    offer = read_offer(session, campaign.id)
    if not accepting and give_defaults(session, campaign, offer, now=now):
        return True
    taken = _taken(session, campaign.id, offer)
    swaps = swaps_for(offer, taken)
    if not accepting and _place(session, campaign, offer, taken, swaps, now):
        return True
    if unpaid:
        return _accept(session, campaign, unpaid[0], now)
    finish(session, campaign, offer, swaps, now=now)
    campaign.refusal = {}
    return False


def _place(
    session: Session,
    campaign: Campaign,
    offer: Offer,
    taken: Sequence[Taken],
    swaps: Sequence[Swap],
    now: datetime,
) -> bool:
    """The next order of a point, and when those are placed, of a parcel; False when nothing waits for one."""
    begun = sa.select(CampaignParcel.member_id).where(CampaignParcel.campaign_id == campaign.id).limit(1)
    if session.scalar(begun) is None and place_next(session, campaign, offer, taken, swaps, now=now):
        return True
    return place_parcel(session, campaign, offer, swaps, now=now)


def _taken(session: Session, campaign_id: int, offer: Offer) -> Sequence[Taken]:
    """Every line of every choice. While parcels are placed one by one nobody needs them, unless goods are short."""
    begun = sa.select(CampaignParcel.member_id).where(CampaignParcel.campaign_id == campaign_id).limit(1)
    is_short = any(good.row.short_at is not None for good in offer.goods.values())
    return taken_of(session, campaign_id) if is_short or session.scalar(begun) is None else []


def _accept(session: Session, campaign: Campaign, order_id: int, now: datetime) -> bool:
    record(session, OrderOnTermsWanted(order_id, campaign.organisation_id, now))
    return True


@dataclass(frozen=True, slots=True)
class ClosingProgress:
    """While it is being closed: members who have something, orders that are placed and accepted, and how many there will be."""

    members: int
    served: int
    placed: int
    accepted: int
    orders: int

    @property
    def percent(self) -> float:
        """Each member is served, each order is placed and then accepted."""
        whole = self.members + 2 * self.orders
        return round(100 * (self.served + self.placed + self.accepted) / whole, 1) if whole else 0.0


def progress_of(session: Session, campaign: Campaign) -> ClosingProgress:
    enrolled = sa.select(sa.func.count(CampaignMember.id)).where(
        CampaignMember.campaign_id == campaign.id, CampaignMember.standing != Standing.TAKEN_BACK
    )
    points = sa.select(sa.func.count(CampaignSlot.pickup_point_id.distinct())).where(
        CampaignSlot.campaign_id == campaign.id
    )
    waiting = _count_orders(session, campaign.id, OrderStatus.AWAITING_PAYMENT)
    accepted = _count_orders(session, campaign.id, OrderStatus.CONFIRMED)
    members, served = session.scalar(enrolled) or 0, session.scalar(_choices(campaign.id)) or 0
    orders = (session.scalar(points) or 0) + count_homes(session, campaign.id)
    return ClosingProgress(
        members, min(served, members), waiting + accepted, accepted, max(orders, waiting + accepted)
    )


def _note_refusal(session: Session, campaign_id: int, refused: ShopError) -> bool:
    """Keep why; True when there is something to undo. Orders that were accepted stay, and are tried on with next time."""
    campaign = lock_campaign(session, campaign_id)
    facts = {name: value for name, value in refused.facts.items() if isinstance(value, str | int)}
    campaign.refusal = {"message": refused.message, "facts": facts}
    session.flush()
    return not _accepted(session, campaign_id)


def _undo_next(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Call off one order a step; without any, take the default packages back and open it again."""
    order_id = session.scalar(_all_orders(campaign.id).limit(1))
    if order_id is None:
        undo_defaults(session, campaign)
        campaign.state = CAMPAIGNS.step(campaign.state, CampaignState.OPEN)
        session.flush()
        return False
    session.execute(sa.delete(CampaignOrder).where(CampaignOrder.order_id == order_id))
    session.execute(sa.delete(CampaignParcel).where(CampaignParcel.order_id == order_id))
    cancel_unpaid(session, order_id, now=now, reason=Reason.CANCELLED, actor_id=campaign.closing_by_id)
    return True


def _closing_ids(session: Session) -> Sequence[int]:
    statement = sa.select(Campaign.id).where(Campaign.state == CampaignState.CLOSING).order_by(Campaign.id)
    return session.scalars(statement.limit(MOST_AT_ONCE)).all()


def _accepted(session: Session, campaign_id: int) -> bool:
    return bool(_orders(session, campaign_id, OrderStatus.CONFIRMED, 1))


def _orders(session: Session, campaign_id: int, status: OrderStatus, most: int) -> Sequence[int]:
    mine = Order.id.in_(_all_orders(campaign_id))
    return session.scalars(
        sa.select(Order.id).where(mine, Order.status == status).order_by(Order.id).limit(most)
    ).all()


def _count_orders(session: Session, campaign_id: int, status: OrderStatus) -> int:
    mine = Order.id.in_(_all_orders(campaign_id))
    return session.scalar(sa.select(sa.func.count(Order.id)).where(mine, Order.status == status)) or 0


def _all_orders(campaign_id: int) -> sa.CompoundSelect[int]:
    """Of its pickup points and of its parcels."""
    return sa.union_all(
        sa.select(CampaignOrder.order_id).where(CampaignOrder.campaign_id == campaign_id),
        sa.select(CampaignParcel.order_id).where(CampaignParcel.campaign_id == campaign_id),
    )


def _choices(campaign_id: int) -> sa.Select[int]:
    return (
        sa.select(sa.func.count(Choice.member_id))
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(CampaignMember.campaign_id == campaign_id)
    )
