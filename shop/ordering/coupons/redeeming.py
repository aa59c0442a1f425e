"""A coupon's use by an order: reserved with it, used when its money comes, free again when it dies.

Limits and budget are kept by conditional updates, with the conditions of the tables as the last defence: no count is
read and then written. The campaign's row is written first, so that orders with one campaign take turns from there on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shop.ordering.coupons.errors import CouponChanged
from shop.ordering.coupons.judging import Coupons
from shop.ordering.coupons.models import (
    BasketCoupon,
    CampaignState,
    CouponBatch,
    CouponCampaign,
    CouponCode,
    CouponCount,
    CouponUse,
    UseState,
)
from shop.ordering.coupons.transitions import USES
from shop.ordering.models import Order
from shop.storage.locks import LockRank, note_lock

_BULK: Final = {"synchronize_session": False}


def take_coupons(session: Session, order: Order, basket_id: int, coupons: Coupons, *, now: datetime) -> None:
    """Reserve what the order was given, and empty the basket of codes. Raises CouponChanged when one is gone."""
    if not coupons.coupons:
        return
    note_lock(session, LockRank.COUPON)
    by_campaign = sorted(coupons.coupons, key=lambda one: one.offered.campaign.id)
    for coupon in by_campaign:
        off_fen = coupon.off_order(order.freight_fen)
        if not off_fen:
            continue
        campaign = coupon.offered.campaign
        if order.user_id is None or not _count(
            session, campaign.id, coupon.offered.code_id, order.user_id, off_fen, now, in_time=True
        ):
            raise CouponChanged()
        session.add(
            CouponUse(
                campaign_id=campaign.id,
                code_id=coupon.offered.code_id,
                order_id=order.id,
                user_id=order.user_id,
                of_freight=coupon.of_freight,
                off_fen=off_fen,
                at=now,
                changed_at=now,
            )
        )
    session.execute(sa.delete(BasketCoupon).where(BasketCoupon.basket_id == basket_id))
    session.flush()


def use_coupons(session: Session, order: Order, *, now: datetime) -> None:
    """The order's money has come. The order is locked."""
    if has_coupons(order):
        for use in _uses(session, order.id, UseState.RESERVED):
            use.state, use.changed_at = USES.step(use.state, UseState.USED), now
        session.flush()


def release_coupons(session: Session, order: Order, *, now: datetime) -> None:
    """The order died, or was called off as a whole: its coupons count no more, and can be used again in their time."""
    if not has_coupons(order):
        return
    note_lock(session, LockRank.COUPON)
    for use in _uses(session, order.id, UseState.RESERVED, UseState.USED):
        use.state, use.changed_at = USES.step(use.state, UseState.RELEASED), now
        session.flush()
        _count_back(session, use)


def retake_coupons(session: Session, order: Order, *, now: datetime) -> bool:
    """The money of a dead order came after all: its coupons are taken anew, whatever the day, if limits and budget allow.

    False when one of them is gone meanwhile; the caller undoes what was written.
    """
    if not has_coupons(order):
        return True
    note_lock(session, LockRank.COUPON)
    for use in _uses(session, order.id, UseState.RELEASED):
        taken = use.user_id is not None and _count(
            session, use.campaign_id, use.code_id, use.user_id, use.off_fen, now, in_time=False
        )
        if not taken:
            return False
        use.state, use.changed_at = USES.step(use.state, UseState.RESERVED), now
    session.flush()
    return True


def has_coupons(order: Order) -> bool:
    return bool(order.discount_fen or order.freight_off_fen)


def _uses(session: Session, order_id: int, *states: UseState) -> Sequence[CouponUse]:
    return session.scalars(
        sa.select(CouponUse)
        .where(CouponUse.order_id == order_id, CouponUse.state.in_(states))
        .order_by(CouponUse.campaign_id)
        .execution_options(populate_existing=True)
    ).all()


def _count(
    session: Session,
    campaign_id: int,
    code_id: int,
    user_id: int,
    off_fen: int,
    now: datetime,
    *,
    in_time: bool,
) -> bool:
    """Count one use, of campaign, code and person; False when any of the three has no more."""
    campaign = CouponCampaign
    there_is_one = sa.and_(
        campaign.spent_fen + off_fen <= campaign.budget_fen,
        sa.or_(campaign.most_uses.is_(None), campaign.used_count < campaign.most_uses),
    )
    is_open = sa.and_(
        campaign.state == CampaignState.APPROVED, campaign.starts_at <= now, campaign.ends_at > now
    )
    most = session.scalar(
        sa.update(campaign)
        .where(campaign.id == campaign_id, there_is_one, is_open if in_time else sa.true())
        .values(used_count=campaign.used_count + 1, spent_fen=campaign.spent_fen + off_fen)
        .returning(campaign.most_per_person)
        .execution_options(**_BULK)
    )
    return (
        most is not None
        and _count_code(session, code_id, in_time=in_time)
        and _count_person(session, campaign_id, user_id, most)
    )


def _count_code(session: Session, code_id: int, *, in_time: bool) -> bool:
    voided = sa.exists().where(CouponBatch.id == CouponCode.batch_id, CouponBatch.voided_at.is_not(None))
    counted = session.scalar(
        sa.update(CouponCode)
        .where(
            CouponCode.id == code_id,
            sa.or_(CouponCode.most_uses.is_(None), CouponCode.used_count < CouponCode.most_uses),
            ~voided if in_time else sa.true(),
        )
        .values(used_count=CouponCode.used_count + 1)
        .returning(CouponCode.id)
        .execution_options(**_BULK)
    )
    return counted is not None


def _count_person(session: Session, campaign_id: int, user_id: int, most: int) -> bool:
    """The first use makes the person's row; each further one is counted where it is not the last already."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counted = session.scalar(
        insert(CouponCount)
        .values(campaign_id=campaign_id, user_id=user_id, uses=1)
        .on_conflict_do_update(
            index_elements=["campaign_id", "user_id"],
            set_={"uses": CouponCount.uses + 1},
            where=CouponCount.uses < most,
        )
        .returning(CouponCount.uses)
        .execution_options(**_BULK)
    )
    return counted is not None


def _count_back(session: Session, use: CouponUse) -> None:
    session.execute(
        sa.update(CouponCampaign)
        .where(CouponCampaign.id == use.campaign_id)
        .values(used_count=CouponCampaign.used_count - 1, spent_fen=CouponCampaign.spent_fen - use.off_fen),
        execution_options=_BULK,
    )
    session.execute(
        sa.update(CouponCode)
        .where(CouponCode.id == use.code_id)
        .values(used_count=CouponCode.used_count - 1),
        execution_options=_BULK,
    )
    session.execute(
        sa.update(CouponCount)
        .where(CouponCount.campaign_id == use.campaign_id, CouponCount.user_id == use.user_id)
        .values(uses=CouponCount.uses - 1),
        execution_options=_BULK,
    )
