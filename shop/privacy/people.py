"""Whose data a request is about: found by account, by order, by what they received, or by household."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.privacy_models import AboutWhat
from shop.catalogue.models import Household
from shop.kit.errors import NotFound
from shop.kit.text import form_number
from shop.ordering.models import Channel, Order
from shop.ordering.own_orders import is_own, stands_with
from shop.privacy.mapping import Person, Received

# An organisation ordered it for people of its own: their names and addresses stand on it, not its buyer's.
_FOR_OTHERS: Final = (Channel.GIFT, Channel.CAMPAIGN)


def person_of(session: Session, about: AboutWhat, about_id: str) -> Person:
    """Raises NotFound, also for an order that an account placed: its buyer asks with the account, its recipient as one."""
    if about is AboutWhat.ORDER:
        return _guest(session, about_id)
    if about is AboutWhat.RECIPIENT:
        return Person(received=_received(session, about_id))
    number = form_number(about_id)
    if number is None:
        raise NotFound()
    if about is AboutWhat.USER:
        return _account(session, number)
    if session.get(Household, number) is None:
        raise NotFound()
    return Person(household_id=number)


def person_to_copy(session: Session, about: AboutWhat, about_id: str) -> Person:
    """Whose copy is made: as `person_of`, with those orders alone that are the person's own to read.

    Not with an organisation's to which they belong no more, nor with what an organisation sent to others.
    """
    if about is not AboutWhat.USER:
        return person_of(session, about, about_id)
    user_id = person_of(session, about, about_id).user_id
    return _account(session, user_id or 0, Order.channel.not_in(_FOR_OTHERS))


def _account(session: Session, user_id: int, *narrower: sa.ColumnElement[bool]) -> Person:
    """With the orders that are its own; what it placed for an organisation that it left stands apart."""
    user = session.get(User, user_id)
    if user is None or user.erased_at is not None:
        raise NotFound()
    placed = session.execute(
        sa.select(Order.id, Order.number, Order.phone, Order.email, Order.channel).where(
            is_own(user_id), *narrower
        )
    ).all()
    left = session.scalars(sa.select(Order.id).where(Order.user_id == user_id, ~stands_with(user_id)))
    own = [row for row in placed if row.channel not in _FOR_OTHERS]
    given = {user.email, user.phone, *(row.phone for row in own), *(row.email for row in own)}
    return Person(
        user_id=user_id,
        order_ids=tuple(row.id for row in placed),
        order_numbers=tuple(row.number for row in placed),
        left_order_ids=tuple(left),
        contacts=tuple(sorted(one for one in given if one)),
    )


def _guest(session: Session, number: str) -> Person:
    order = session.scalar(sa.select(Order).where(Order.number == number, Order.user_id.is_(None)))
    if order is None:
        raise NotFound()
    contacts = tuple(one for one in (order.email, order.phone) if one)
    return Person(order_ids=(order.id,), order_numbers=(order.number,), contacts=contacts)


def _received(session: Session, number: str) -> Received:
    """Raises NotFound where its recipient is who placed it."""
    statement = (
        sa.select(Order.id, Order.number, Order.recipient, Order.phone, User.name, User.phone.label("buyers"))
        .join(User, User.id == Order.user_id)
        .where(Order.number == number)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    is_buyers_phone = bool(row.phone) and row.phone == row.buyers
    if is_buyers_phone and row.name in {"", row.recipient}:
        raise NotFound()
    return Received(row.id, row.number, row.recipient, "" if is_buyers_phone else row.phone)
