"""Coupons of an order, and of a person, as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.proved_email import strangers_perhaps
from shop.ordering.coupons.invited import is_invited
from shop.ordering.coupons.models import (
    CampaignState,
    CouponAudience,
    CouponBearer,
    CouponCampaign,
    CouponCode,
    CouponCount,
    CouponInvited,
    CouponUse,
    UseState,
)
from shop.ordering.models import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class CouponOfOrder:
    """A coupon that an order was placed with, and what it took off."""

    campaign_id: int
    name_zh: str
    name_en: str
    of_freight: bool
    bearer: CouponBearer
    fund_name: str
    off_fen: int
    state: UseState


def coupons_of_order(session: Session, order_id: int) -> Sequence[CouponOfOrder]:
    """One statement."""
    rows = session.execute(
        sa.select(
            *(CouponCampaign.id, CouponCampaign.name_zh, CouponCampaign.name_en, CouponUse.of_freight),
            *(CouponCampaign.bearer, CouponCampaign.fund_name, CouponUse.off_fen, CouponUse.state),
        )
        .join(CouponUse, CouponUse.campaign_id == CouponCampaign.id)
        .where(CouponUse.order_id == order_id)
        .order_by(CouponUse.of_freight)
    )
    return [CouponOfOrder(*row) for row in rows]


class OwnState(StrEnum):
    USABLE = "usable"
    COMING = "coming"
    USED = "used"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class OwnCoupon:
    """A campaign as one account sees it. Words that everybody may know are told; codes of a batch are on their cards."""

    campaign: CouponCampaign
    uses: int
    word: str | None
    state: OwnState


def own_coupons(session: Session, user_id: int, *, now: datetime, most: int = 100) -> list[OwnCoupon]:
    """What the account has used, and what it could use by a word that everybody may know: nothing before its owner is
    known. Two statements.
    """
    unit_id, is_known, has_ordered = session.execute(
        sa.select(
            User.proved_unit_id,
            ~strangers_perhaps(),
            sa.exists().where(Order.user_id == user_id, Order.status != OrderStatus.CANCELLED),
        ).where(User.id == user_id)
    ).one()
    invited = sa.exists().where(
        CouponInvited.campaign_id == CouponCampaign.id,
        is_invited(user_id, unit_id),
    )
    word = sa.select(sa.func.min(CouponCode.word)).where(CouponCode.campaign_id == CouponCampaign.id)
    uses = sa.func.coalesce(CouponCount.uses, 0)
    for_them = sa.case(
        (CouponCampaign.audience == CouponAudience.EVERYONE, True),
        (CouponCampaign.audience == CouponAudience.CAMPUS, unit_id is not None),
        (CouponCampaign.audience == CouponAudience.FIRST_ORDER, not has_ordered),
        else_=invited,
    )
    shown = CouponCampaign.state.in_((CampaignState.APPROVED, CampaignState.PAUSED, CampaignState.ENDED))
    rows = session.execute(
        sa.select(CouponCampaign, uses, word.correlate(CouponCampaign).scalar_subquery())
        .outerjoin(
            CouponCount,
            sa.and_(CouponCount.campaign_id == CouponCampaign.id, CouponCount.user_id == user_id),
        )
        .where(
            shown,
            sa.or_(
                uses > 0,
                sa.and_(
                    sa.literal(bool(is_known)),
                    for_them,
                    word.correlate(CouponCampaign).scalar_subquery().is_not(None),
                ),
            ),
        )
        .order_by(CouponCampaign.ends_at.desc(), CouponCampaign.id.desc())
        .limit(most)
    )
    return [OwnCoupon(one, used, code, _own_state(one, used, now)) for one, used, code in rows]


def _own_state(campaign: CouponCampaign, uses: int, now: datetime) -> OwnState:
    if uses >= campaign.most_per_person:
        return OwnState.USED
    used_up = campaign.most_uses is not None and campaign.used_count >= campaign.most_uses
    if campaign.state is not CampaignState.APPROVED or campaign.ends_at <= now or used_up:
        return OwnState.USED if uses else OwnState.OVER
    return OwnState.COMING if campaign.starts_at > now else OwnState.USABLE
