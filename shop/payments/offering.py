"""Which ways to pay a buyer can choose from."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import OrderLine
from shop.payments.providers.base import Providers, Visit


def methods_for(
    session: Session, providers: Providers, sellers: set[int], visit: Visit | None = None
) -> tuple[str, ...]:
    """The names of the providers that can take money for goods of these sellers, in the order of `providers`.

    With `visit`, only those with which a buyer can pay from there.
    """
    return tuple(
        name
        for name, provider in providers.items()
        if (visit is None or provider.scene(visit) is not None) and provider.can_receive(session, sellers)
    )


def methods_of_order(
    session: Session, providers: Providers, order_id: int, visit: Visit | None = None
) -> tuple[str, ...]:
    sellers = session.scalars(sa.select(OrderLine.seller_id).where(OrderLine.order_id == order_id).distinct())
    return methods_for(session, providers, set(sellers), visit)
