"""Which ways to pay a buyer can choose from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import Order, OrderLine
from shop.payments.providers.base import Provider, Providers, Visit


@dataclass(frozen=True)
class Offer:
    """Names of providers, in the order of the configuration.

    A guest would have to sign in for `with_account`; those `elsewhere` cannot be used from where the buyer stands;
    `one_seller` could be used for the goods of one of the sellers, but not of several.
    """

    methods: tuple[str, ...]
    with_account: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    one_seller: tuple[str, ...] = ()


def methods_for(
    session: Session, providers: Providers, sellers: Collection[int], visit: Visit, *, has_account: bool
) -> Offer:
    """What can take money for goods of these sellers."""
    able = [provider for provider in providers.values() if provider.can_receive(session, sellers)]
    offer = _offer(able, visit, has_account=has_account)
    apart = [
        provider.name
        for provider in providers.values()
        if provider not in able and len(sellers) > 1 and _receives_of_one(session, provider, sellers)
    ]
    return replace(offer, one_seller=tuple(apart))


def _receives_of_one(session: Session, provider: Provider, sellers: Collection[int]) -> bool:
    return any(provider.can_receive(session, {seller}) for seller in sellers)


def methods_of_order(
    session: Session, providers: Providers, order: Order, visit: Visit, *, now: datetime
) -> Offer:
    """The same for a placed order; what would be too late for it is left out."""
    lines = sa.select(OrderLine.seller_id).where(OrderLine.order_id == order.id)
    sellers = set(session.scalars(lines.distinct()))
    able = [
        provider
        for provider in providers.values()
        if provider.can_receive(session, sellers) and provider.deadline(session, order, now) > now
    ]
    return _offer(able, visit, has_account=order.user_id is not None)


def _offer(able: Collection[Provider], visit: Visit, *, has_account: bool) -> Offer:
    here = [provider for provider in able if provider.scene(visit) is not None]
    withheld = [provider.name for provider in here if provider.needs_account and not has_account]
    return Offer(
        methods=tuple(provider.name for provider in here if provider.name not in withheld),
        with_account=tuple(withheld),
        elsewhere=tuple(provider.name for provider in able if provider not in here),
    )
