"""Codes with what judging them needs to know: what they are for, and who uses them. One to four statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.proved_email import strangers_perhaps
from shop.catalogue.models import Product, ProductVillage
from shop.ordering.basket import OWN_BASKET, BasketOwner
from shop.ordering.coupons.invited import is_invited
from shop.ordering.coupons.judging import NO_COUPONS, Coupons, Offered, judge_all
from shop.ordering.coupons.models import (
    BasketCoupon,
    CouponAudience,
    CouponBatch,
    CouponCampaign,
    CouponCode,
    CouponCount,
    CouponInvited,
    CouponScope,
    CouponTarget,
)
from shop.ordering.lines import Line
from shop.ordering.models import Order, OrderStatus

_USER: Final = sa.bindparam("user_id", type_=sa.Integer)
_OWNER_IS_KNOWN: Final = ~sa.exists().where(User.id == _USER, strangers_perhaps())
_CODES: Final = (
    sa.select(
        *(CouponCode, CouponCampaign, CouponBatch.voided_at, sa.func.coalesce(CouponCount.uses, 0)),
        _OWNER_IS_KNOWN,
    )
    .join(CouponCampaign, CouponCampaign.id == CouponCode.campaign_id)
    .outerjoin(CouponBatch, CouponBatch.id == CouponCode.batch_id)
    .outerjoin(
        CouponCount, sa.and_(CouponCount.campaign_id == CouponCampaign.id, CouponCount.user_id == _USER)
    )
    .execution_options(populate_existing=True)
)
_OF_BASKET: Final = _CODES.join(BasketCoupon, BasketCoupon.code_id == CouponCode.id).where(
    BasketCoupon.basket_id == OWN_BASKET
)
_BY_DIGEST: Final = _CODES.where(CouponCode.digest == sa.bindparam("digest"))
_IS_TARGET: Final = sa.or_(
    CouponTarget.category_id == Product.category_id,
    CouponTarget.product_id == Product.id,
    CouponTarget.seller_id == Product.seller_id,
    CouponTarget.village_id == Product.village_id,
    sa.exists().where(
        ProductVillage.product_id == Product.id, ProductVillage.village_id == CouponTarget.village_id
    ),
)


def read_coupons(session: Session, owner: BasketOwner, lines: Sequence[Line], *, now: datetime) -> Coupons:
    """The coupons of the owner's basket, judged for these lines of it. Nothing is asked where none lies there."""
    if owner.user_id is None or not any(line.has_coupons for line in lines):
        return NO_COUPONS
    asked = {**owner.named, "user_id": owner.user_id}
    rows = session.execute(_OF_BASKET, asked).all()
    return judge_all(_offered(session, rows, owner.user_id, lines), lines, now=now)


def find_code(session: Session, digest: str, user_id: int, lines: Sequence[Line]) -> Offered | None:
    rows = session.execute(_BY_DIGEST, {"digest": digest, "user_id": user_id}).all()
    found = _offered(session, rows, user_id, lines)
    return found[0] if found else None


def _offered(session: Session, rows: Sequence[Any], user_id: int, lines: Sequence[Line]) -> list[Offered]:
    campaigns = [campaign for _, campaign, *_ in rows]
    products = _products(session, campaigns, {line.product_id for line in lines})
    person = _person(session, campaigns, user_id)
    return [
        Offered(
            campaign=campaign,
            code_id=code.id,
            word=code.word,
            code_left=None if code.most_uses is None else code.most_uses - code.used_count,
            own_uses=uses,
            is_voided=voided_at is not None,
            is_for_person=person.is_meant_by(campaign),
            owner_is_known=bool(is_known),
            products=None if campaign.scope is CouponScope.ALL else products[campaign.id],
        )
        for code, campaign, voided_at, uses, is_known in rows
    ]


def _products(
    session: Session, campaigns: Sequence[CouponCampaign], product_ids: Collection[int]
) -> dict[int, set[int]]:
    """Those of the products that each campaign is for."""
    found: dict[int, set[int]] = defaultdict(set)
    scoped = [one.id for one in campaigns if one.scope is not CouponScope.ALL]
    if scoped:
        rows = session.execute(
            sa.select(CouponTarget.campaign_id, Product.id)
            .join(Product, _IS_TARGET)
            .where(CouponTarget.campaign_id.in_(scoped), Product.id.in_(product_ids))
        )
        for campaign_id, product_id in rows:
            found[campaign_id].add(product_id)
    return found


@dataclass(frozen=True, slots=True)
class _Person:
    unit_id: int | None = None
    has_ordered: bool = False
    invited_to: frozenset[int] = frozenset()

    def is_meant_by(self, campaign: CouponCampaign) -> bool:
        match campaign.audience:
            case CouponAudience.EVERYONE:
                return True
            case CouponAudience.CAMPUS:
                return self.unit_id is not None
            case CouponAudience.FIRST_ORDER:
                return not self.has_ordered
            case _:
                return campaign.id in self.invited_to


def _person(session: Session, campaigns: Sequence[CouponCampaign], user_id: int) -> _Person:
    if all(one.audience is CouponAudience.EVERYONE for one in campaigns):
        return _Person()
    ordered = sa.exists().where(Order.user_id == user_id, Order.status != OrderStatus.CANCELLED)
    unit_id, has_ordered = session.execute(
        sa.select(User.proved_unit_id, ordered).where(User.id == user_id)
    ).one()
    named = sa.select(CouponInvited.campaign_id).where(
        CouponInvited.campaign_id.in_([one.id for one in campaigns]), is_invited(user_id, unit_id)
    )
    return _Person(unit_id, bool(has_ordered), frozenset(session.scalars(named)))
