"""Whom a campaign names."""

from __future__ import annotations

import sqlalchemy as sa

from shop.ordering.coupons.models import CouponInvited


def is_invited(user_id: int, unit_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: it names this account, or the department that it belongs to, if any."""
    by_name = CouponInvited.user_id == user_id
    return by_name if unit_id is None else sa.or_(by_name, CouponInvited.unit_id == unit_id)
