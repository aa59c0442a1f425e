"""What somebody who is erased placed for organisations that they left: it stays theirs, and names the person no more.

The account's row is a number without a person by then. Here goes what an order itself says of them: where they stand on
it as recipient, and words in which they are named. Goods that are still to come go on to the organisation at that place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry, AuditPersonal, Organisation, User
from shop.accounts.standing_in import stands_in
from shop.ordering.change_models import OrderChange
from shop.ordering.locking import lock_orders
from shop.ordering.models import Order, OrderEvent, OrderStatus
from shop.privacy.mapping import Person

_ENDED: Final = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})
_LONGEST_NAME: Final = 60


def detach_left_orders(session: Session, person: Person, _now: datetime) -> None:
    """Before the account is blanked, by whose name they are found."""
    if not person.left_order_ids or person.user_id is None:
        return
    named = names_of(session, person)
    for order in lock_orders(session, person.left_order_ids):
        if order.email in person.contacts:
            order.email = None
        if says(order.note, named):
            order.note = ""
        if order.recipient in named or order.phone in person.contacts:
            _hand_over(session, order)
    session.flush()
    forget_named_changes(session, person.left_order_ids, named)
    forget_named_events(session, person.left_order_ids, named)
    _forget_own_steps(session, person)


def names_of(session: Session, person: Person) -> Sequence[str]:
    """As which words they stand somewhere."""
    name = session.scalar(sa.select(User.name).where(User.id == person.user_id))
    return [one for one in (name, *person.contacts) if one]


def says(text: Any, named: Sequence[str]) -> bool:
    """Whether the text, or the facts, hold one of these words; a telephone also without its country."""
    plain = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    return any(one in plain for word in named for one in {word, word.removeprefix("+86")})


def forget_named_changes(session: Session, order_ids: Sequence[int], named: Sequence[str]) -> None:
    """Where an order went before and after."""
    for change in session.scalars(sa.select(OrderChange).where(OrderChange.order_id.in_(order_ids))):
        change.before = {} if says(change.before, named) else change.before
        change.after = {} if says(change.after, named) else change.after
        change.reason = "" if says(change.reason, named) else change.reason
    session.flush()


def forget_named_events(session: Session, order_ids: Sequence[int], named: Sequence[str]) -> None:
    for event in session.scalars(sa.select(OrderEvent).where(OrderEvent.order_id.in_(order_ids))):
        if says(event.facts, named):
            event.facts = {
                name: "" if isinstance(value, str) and says(value, named) else value
                for name, value in event.facts.items()
            }
    session.flush()


def _hand_over(session: Session, order: Order) -> None:
    """To the organisation and who stands in for it, while something is to come; afterwards to nobody."""
    if order.status in _ENDED:
        order.recipient = order.phone = ""
        order.city = order.district = order.street = None
        return
    organisation = session.get_one(Organisation, order.organisation_id)
    heir_id = stands_in(session, organisation.id, None)
    heir = session.get(User, heir_id) if heir_id is not None else None
    order.recipient = organisation.name[:_LONGEST_NAME]
    order.phone = (heir.phone if heir is not None else None) or ""


def _forget_own_steps(session: Session, person: Person) -> None:
    """The erasable part of what they did themselves; what others did stays the organisation's."""
    numbers = sa.select(Order.number).where(Order.id.in_(person.left_order_ids))
    own = sa.select(AuditEntry.id).where(
        AuditEntry.actor_id == person.user_id,
        AuditEntry.subject_type == "order",
        AuditEntry.subject_id.in_(numbers),
    )
    session.execute(sa.delete(AuditPersonal).where(AuditPersonal.entry_id.in_(own)))
