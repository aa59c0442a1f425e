"""Which account bears what coupons took off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shop.ledger.models import Account
from shop.ordering.coupons.models import CouponBearer

COUPON_ACCOUNT: Final[Mapping[CouponBearer, Account]] = {
    CouponBearer.SHOP: Account.COUPONS_BORNE,
    CouponBearer.FUND: Account.COUPON_FUND,
}
