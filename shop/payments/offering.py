"""Which ways to pay a buyer can choose from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import Order, OrderLine
from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.base import Provider, Providers, Visit
from shop.payments.terms.debts import TermsOffer, offers_to


@dataclass(frozen=True)
class Offer:
    """Names of providers, in the order of the configuration.

    A guest would have to sign in for `with_account`; those `elsewhere` cannot be used from where the buyer stands;
    `one_seller` could be used for the goods of one of the sellers, but not of several. On account is among the methods
    where this buyer has `terms` for it; others never hear of it.
    """

    methods: tuple[str, ...]
    with_account: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    one_seller: tuple[str, ...] = ()
    terms: Sequence[TermsOffer] = ()


def methods_for(
    session: Session, providers: Providers, sellers: Collection[int], visit: Visit, *, user_id: int | None
) -> Offer:
    """What can take money for goods of these sellers from this account, or from a guest."""
    able = [provider for provider in providers.values() if provider.can_receive(session, sellers)]
    offer = _offer(session, able, visit, user_id)
    apart = [
        provider.name
        for provider in providers.values()
        if provider not in able
        and provider.name != ON_ACCOUNT
        and len(sellers) > 1
        and _receives_of_one(session, provider, sellers)
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
    return _offer(session, able, visit, order.user_id)


def _offer(session: Session, able: Collection[Provider], visit: Visit, user_id: int | None) -> Offer:
    at_once = [provider for provider in able if provider.name != ON_ACCOUNT]
    here = [provider for provider in at_once if provider.scene(visit) is not None]
    withheld = [provider.name for provider in here if provider.needs_account and user_id is None]
    methods = tuple(provider.name for provider in here if provider.name not in withheld)
    terms = offers_to(session, user_id) if len(at_once) < len(able) else ()
    return Offer(
        methods=(*methods, ON_ACCOUNT) if terms else methods,
        with_account=tuple(withheld),
        elsewhere=tuple(provider.name for provider in at_once if provider not in here),
        terms=terms,
    )
