"""Whose data a request is about: found by account, by order, or by household."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.privacy_models import AboutWhat
from shop.catalogue.models import Household
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.privacy.mapping import Person


def person_of(session: Session, about: AboutWhat, about_id: str) -> Person:
    """Raises NotFound, also for an order that an account placed: its person asks with the account."""
    if about is AboutWhat.ORDER:
        return _guest(session, about_id)
    if not (about_id.isascii() and about_id.isdigit() and len(about_id) < 16):
        raise NotFound()
    if about is AboutWhat.USER:
        return _account(session, int(about_id))
    if session.get(Household, int(about_id)) is None:
        raise NotFound()
    return Person(household_id=int(about_id))


def _account(session: Session, user_id: int) -> Person:
    user = session.get(User, user_id)
    if user is None or user.erased_at is not None:
        raise NotFound()
    placed = session.execute(
        sa.select(Order.id, Order.number, Order.phone, Order.email).where(Order.user_id == user_id)
    ).all()
    given = {user.email, user.phone, *(row.phone for row in placed), *(row.email for row in placed)}
    return Person(
        user_id=user_id,
        order_ids=tuple(row.id for row in placed),
        order_numbers=tuple(row.number for row in placed),
        contacts=tuple(sorted(one for one in given if one)),
    )


def _guest(session: Session, number: str) -> Person:
    order = session.scalar(sa.select(Order).where(Order.number == number, Order.user_id.is_(None)))
    if order is None:
        raise NotFound()
    contacts = tuple(one for one in (order.email, order.phone) if one)
    return Person(order_ids=(order.id,), order_numbers=(order.number,), contacts=contacts)
