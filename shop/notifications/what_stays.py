"""What an account that somebody else may have used still holds for its owner, who has come to it: only what there is."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.conversations.models import Conversation
from shop.favourites.models import Favourite, RestockWish
from shop.ordering.coupons.models import CouponUse
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class WhatStays:
    """`orders` whatever became of them; unpaid ones are called off by the taking over."""

    name: str
    orders: int
    coupons: int
    wishes: int
    conversations: int


def read_what_stays(session: Session, user_id: int) -> WhatStays:
    """One statement."""
    row = session.execute(
        sa.select(
            User.name,
            _count(Order.user_id == user_id),
            _count(CouponUse.user_id == user_id),
            _count(Favourite.user_id == user_id) + _count(RestockWish.user_id == user_id),
            _count(Conversation.user_id == user_id),
        ).where(User.id == user_id)
    ).one()
    return WhatStays(*row)


def _count(whose: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(whose).scalar_subquery()
