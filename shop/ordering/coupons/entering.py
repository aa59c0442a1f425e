"""A code goes into a basket, or out of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.proved_email import is_known_owner
from shop.ordering.basket import BasketOwner, lock_basket
from shop.ordering.coupons.codes import digest_of
from shop.ordering.coupons.errors import BadCoupon, CouponNeedsAccount, CouponNeedsProof
from shop.ordering.coupons.judging import OWN_LIMIT, Coupon, judge, unusable
from shop.ordering.coupons.models import BasketCoupon, CouponCampaign, CouponCode
from shop.ordering.coupons.reading import find_code
from shop.ordering.errors import EmptyBasket
from shop.ordering.lines import basket_lines


def enter_code(session: Session, owner: BasketOwner, typed: str, *, now: datetime) -> Coupon:
    """Put a coupon into the basket, in place of what it cannot stand beside, and judge it there.

    One that holds good, but not for what lies in the basket yet, goes in too, and says what is missing. Raises
    BadCoupon, CouponNeedsAccount, EmptyBasket; CouponNeedsProof whatever the code is. Locks the basket.
    """
    if owner.user_id is None:
        raise CouponNeedsAccount(field="code")
    if not is_known_owner(session, owner.user_id):
        raise CouponNeedsProof(field="code")
    basket = lock_basket(session, owner)
    lines = basket_lines(session, owner, now=now) if basket is not None else []
    if basket is None or not lines:
        raise EmptyBasket()
    found = find_code(session, digest_of(typed), owner.user_id, lines)
    if found is None:
        raise BadCoupon(field="code")
    why_not = unusable(found, now)
    if why_not is not None:
        raise BadCoupon(OWN_LIMIT if why_not == OWN_LIMIT else None, field="code")
    _make_room(session, basket.id, found.campaign)
    session.add(BasketCoupon(basket_id=basket.id, of_freight=found.of_freight, code_id=found.code_id))
    basket.updated_at = now
    session.flush()
    return judge(found, lines, now=now)


def remove_coupon(session: Session, owner: BasketOwner, *, of_freight: bool, now: datetime) -> None:
    """Take it out of the basket; one that is out already stays out. Locks the basket."""
    basket = lock_basket(session, owner)
    if basket is None:
        return
    session.execute(
        sa.delete(BasketCoupon).where(
            BasketCoupon.basket_id == basket.id, BasketCoupon.of_freight == of_freight
        )
    )
    basket.updated_at = now


def _make_room(session: Session, basket_id: int, campaign: CouponCampaign) -> None:
    """One of a kind, and two only where the one off goods may stand beside one off freight."""
    rows = session.execute(
        sa.select(BasketCoupon, CouponCampaign)
        .join(CouponCode, CouponCode.id == BasketCoupon.code_id)
        .join(CouponCampaign, CouponCampaign.id == CouponCode.campaign_id)
        .where(BasketCoupon.basket_id == basket_id)
    ).all()
    for lying, other in rows:
        off_goods = other if campaign.takes_freight else campaign
        if other.takes_freight is campaign.takes_freight or not off_goods.with_freight:
            session.delete(lying)
    session.flush()
