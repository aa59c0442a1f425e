"""Closing a campaign in small steps, each a transaction of its own: killed anywhere, the next turn goes on.

All orders of a close are judged together, against the terms and the spending limits, before the first is placed.
Default packages first; then one order for each pickup point and for each parcel home; then each is accepted on the
union's terms; then pickup codes.
What cannot be ordered undoes the whole: the orders are called off, the default packages taken back, and the campaign
is open again with the reason, so that its organiser can decide what goes instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.closing_plan import ClosingPlan, plan_closing, taken_of
from shop.campaigns.defaults import give_defaults, undo_defaults
from shop.campaigns.errors import NoAccount
from shop.campaigns.finishing import finish
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import Campaign, CampaignOrder, CampaignState
from shop.campaigns.order_places import all_orders
from shop.campaigns.ordering import place_next
from shop.campaigns.own_models import CampaignParcel
from shop.campaigns.own_units import keep_own_units, own_units_of
from shop.campaigns.parcels import place_parcel
from shop.campaigns.reading import Offer, read_offer
from shop.campaigns.share_caps import SharesOfAClose
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


def start(
    session: Session,
    campaign: Campaign,
    plan: ClosingPlan,
    *,
    actor_id: int,
    is_approved: bool,
    now: datetime,
) -> None:
    """From here on nobody chooses; the worker does the rest. The campaign is locked.

    Raises IllegalStep, NoAccount, NoTerms, OverLimit and NeedsApproval.
    """
    if plan.unpaid_sellers:
        raise NoAccount(sellers="、".join(plan.unpaid_sellers))
    campaign.state = CAMPAIGNS.step(campaign.state, CampaignState.CLOSING)
    campaign.closing_at, campaign.closing_by_id, campaign.is_approved = now, actor_id, is_approved
    campaign.refusal, campaign.closing_done, campaign.judged_at = {}, 0, None
    session.flush()
    keep_own_units(session, campaign.id)
    _judge_bill(session, campaign, plan.total_fen, now)
    audit(session, actor_id, "campaign.closing", "campaign", campaign.id, {}, now=now)


def _judge_bill(session: Session, campaign: Campaign, total_fen: int, now: datetime) -> None:
    """Many orders are one decision of the union. Raises what the terms and the limits refuse."""
    if total_fen and campaign.closing_by_id is not None:
        wanted = OrdersOnTermsWanted(
            campaign.organisation_id, campaign.closing_by_id, total_fen, now, campaign.is_approved
        )
        record(session, wanted)


def close_campaigns(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Everything that is being closed, as far as it goes; returns how many steps. Harmless to repeat."""
    waiting = unit_of_work.run(_closing_ids)
    return sum(close_one(unit_of_work, campaign_id, now=now) for campaign_id in waiting)


def close_one(unit_of_work: UnitOfWork, campaign_id: int, *, now: datetime) -> int:
    """Returns how many steps were done."""
    steps, shares = 0, SharesOfAClose()
    while True:
        try:
            goes_on = unit_of_work.run(partial(take_step, campaign_id=campaign_id, shares=shares, now=now))
        except (Conflict, InvalidInput, NotFound) as refused:
            goes_on = unit_of_work.run(partial(_note_refusal, campaign_id=campaign_id, refused=refused))
        if not goes_on:
            return steps
        steps += 1


def take_step(
    session: Session, campaign_id: int, *, shares: SharesOfAClose | None = None, now: datetime
) -> bool:
    """The next step; False when there is none. `shares`: of the steps before. Locks the campaign. Raises what an order is refused for."""
    campaign = lock_campaign(session, campaign_id)
    if campaign.state is not CampaignState.CLOSING:
        return False
    if campaign.refusal and not _accepted(session, campaign.id):
        return _undo_next(session, campaign, now)
    return _next_step(session, campaign, shares or SharesOfAClose(), now)


def _next_step(session: Session, campaign: Campaign, shares: SharesOfAClose, now: datetime) -> bool:
    accepting = _orders(session, campaign.id, OrderStatus.CONFIRMED, 1)  # then all of them are placed
    unpaid = _orders(session, campaign.id, OrderStatus.AWAITING_PAYMENT, 1)
    if accepting and unpaid:
        return _accept(session, campaign, unpaid[0], now)
    offer = read_offer(session, campaign.id)
    if not accepting and give_defaults(session, campaign, offer, now=now):
        return True
    if campaign.judged_at is None:  # again, of what is given now: the union may have bought meanwhile
        campaign.judged_at = now
        _judge_bill(session, campaign, plan_closing(session, campaign.id, now=now).total_fen, now)
        return True
    taken = _taken(session, campaign.id, offer)
    swaps = swaps_for(offer, taken, own_units_of(session, offer))
    if not accepting and _place(session, campaign, offer, taken, swaps, shares, now):
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
    shares: SharesOfAClose,
    now: datetime,
) -> bool:
    """The next order of a point, and when those are placed, of a parcel; False when nothing waits for one."""
    cap = shares.cap(session, campaign, swaps)
    begun = sa.select(CampaignParcel.member_id).where(CampaignParcel.campaign_id == campaign.id).limit(1)
    if session.scalar(begun) is None and place_next(session, campaign, offer, taken, swaps, cap, now=now):
        return True
    return place_parcel(session, campaign, offer, swaps, cap, now=now)


def _taken(session: Session, campaign_id: int, offer: Offer) -> Sequence[Taken]:
    """Every line of every choice. While parcels are placed one by one nobody needs them, unless goods are short."""
    begun = sa.select(CampaignParcel.member_id).where(CampaignParcel.campaign_id == campaign_id).limit(1)
    is_short = any(good.row.short_at is not None for good in offer.goods.values())
    return taken_of(session, campaign_id) if is_short or session.scalar(begun) is None else []


def _accept(session: Session, campaign: Campaign, order_id: int, now: datetime) -> bool:
    record(session, OrderOnTermsWanted(order_id, campaign.organisation_id, now, is_approved=True))
    return True


def _note_refusal(session: Session, campaign_id: int, refused: ShopError) -> bool:
    """Keep why; True when there is something to undo. Orders that were accepted stay, and are tried on with next time."""
    campaign = lock_campaign(session, campaign_id)
    facts = {name: value for name, value in refused.facts.items() if isinstance(value, str | int)}
    campaign.refusal = {"message": refused.message, "facts": facts}
    session.flush()
    return not _accepted(session, campaign_id)


def _undo_next(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Call off one order a step; without any, take the default packages back and open it again."""
    order_id = session.scalar(all_orders(campaign.id).limit(1))
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
    mine = Order.id.in_(all_orders(campaign_id))
    return session.scalars(
        sa.select(Order.id).where(mine, Order.status == status).order_by(Order.id).limit(most)
    ).all()
