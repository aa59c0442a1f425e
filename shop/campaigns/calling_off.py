"""Own orders that came to nothing: a choice falls back to what the allowance pays, and what was given up is called off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.locking import lock_member, share_campaign
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.own_models import TopUp
from shop.campaigns.spending import move_units
from shop.campaigns.top_ups import give_up, live_of, own_units
from shop.kit.errors import Conflict
from shop.ordering.models import Order, OrderStatus
from shop.storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 200
_ENDED: Final = (OrderStatus.CANCELLED,)

# Calls an order off at its payment service and gives the money back; raises Conflict where that is too late.
CallOff = Callable[[int], object]


def settle_top_ups(unit_of_work: UnitOfWork, call_off: CallOff, *, now: datetime) -> int:
    """Fall back where an own order has ended, then call off what was given up; returns how many. Harmless to repeat."""
    members = unit_of_work.run(_with_ended_orders)
    for member_id in members:
        unit_of_work.run(partial(fall_back, member_id=member_id, now=now))
    return len(members) + call_off_given_up(unit_of_work, call_off, now=now)


def call_off_given_up(
    unit_of_work: UnitOfWork, call_off: CallOff, *, now: datetime, member_id: int | None = None
) -> int:
    """Of one member, or of all; returns how many orders were tried.

    An order that has been packed meanwhile, or is with a bank's dispute, stays its member's own: paid, and collected.
    """
    given_up = unit_of_work.run(partial(_given_up, member_id=member_id))
    for order_id in given_up:
        is_over = False
        try:
            call_off(order_id)
        except Conflict:
            is_over = True
        unit_of_work.run(partial(_note_done, order_id=order_id, is_over=is_over, now=now))
    return len(given_up)


def fall_back(session: Session, member_id: int, *, now: datetime) -> None:
    """What was not paid in time, or called off, is not ordered; what the allowance pays stays as it was chosen."""
    campaign_id = session.scalar(sa.select(CampaignMember.campaign_id).where(CampaignMember.id == member_id))
    if campaign_id is None:
        return
    share_campaign(session, campaign_id)
    lock_member(session, member_id)
    ended = [one for one in live_of(session, member_id) if one.status in _ENDED]
    choice = session.get(Choice, member_id, populate_existing=True)
    give_up(session, [one.order_id for one in ended], now=now)
    if choice is None or not ended:
        return
    goods_fen = sum(one.goods_fen for one in ended)
    choice.own_fen -= goods_fen
    choice.total_fen -= goods_fen
    session.flush()
    move_units(session, campaign_id, {one: -count for one, count in own_units(ended).items()})


def _with_ended_orders(session: Session) -> Sequence[int]:
    return session.scalars(
        sa.select(TopUp.member_id)
        .join(Order, Order.id == TopUp.order_id)
        .where(TopUp.given_up_at.is_(None), Order.status.in_(_ENDED))
        .distinct()
        .order_by(TopUp.member_id)
        .limit(AT_ONCE)
    ).all()


def _given_up(session: Session, member_id: int | None) -> Sequence[int]:
    wanted = sa.select(TopUp.order_id).where(TopUp.given_up_at.is_not(None), TopUp.done_at.is_(None))
    if member_id is not None:
        wanted = wanted.where(TopUp.member_id == member_id)
    return session.scalars(wanted.order_by(TopUp.order_id).limit(AT_ONCE)).all()


def _note_done(session: Session, order_id: int, is_over: bool, now: datetime) -> None:
    """Nothing is left to do once it has ended, or cannot be called off any more."""
    status = session.scalar(sa.select(Order.status).where(Order.id == order_id))
    if is_over or status in _ENDED:
        session.execute(
            sa.update(TopUp).where(TopUp.order_id == order_id, TopUp.done_at.is_(None)).values(done_at=now)
        )
