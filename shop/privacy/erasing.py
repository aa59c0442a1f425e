"""Erasing a person in one transaction, by the map; what bookkeeping law keeps stays, and the books with it.

The row of an account stays as a number without a person, so that orders and decisions still point somewhere. Files are
only noted here (`DoomedFile`): the worker deletes them once this is committed, so that nothing is lost half way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.version import bump_version
from shop.ordering.locking import lock_orders
from shop.privacy.left_behind import detach_left_orders
from shop.privacy.mapping import Gone, Person, TableMap
from shop.privacy.obstacles import Open, find_obstacles
from shop.privacy.own_ways import (
    blank_household,
    blank_invoices,
    blank_requests,
    doom_claim_photos,
    forget_attempts,
    forget_messages,
    forget_private_trail,
    forget_provider_words,
    forget_roster,
    forget_words_of_events,
)
from shop.privacy.own_words import forget_conversations, forget_what_they_reviewed
from shop.privacy.received import forget_received
from shop.privacy.whole_map import WHOLE_MAP
from shop.storage.base import Base
from shop.storage.named_locks import lock_name


@dataclass(frozen=True)
class Erased:
    """What stands in the way; nothing: it is done."""

    obstacles: tuple[Open, ...] = ()


Step = Callable[[Session, Person, datetime], None]
# What the map's two plain ways cannot say, before the rows are gone by which it is found.
OWN_WAYS: Final[tuple[Step, ...]] = (
    forget_private_trail,
    forget_messages,
    forget_attempts,
    forget_roster,
    doom_claim_photos,
    forget_words_of_events,
    forget_provider_words,
    blank_invoices,
    blank_requests,
    blank_household,
    forget_conversations,
    detach_left_orders,
    forget_received,
)


def erase(session: Session, person: Person, *, now: datetime) -> Erased:
    """Erase, unless something is still open. Locks the orders; harmless to repeat."""
    lock_name(session, f"privacy:{person.user_id}:{person.household_id}")
    received = (person.received.order_id,) if person.received is not None else ()
    ids = sorted({*person.order_ids, *person.left_order_ids, *received})
    if ids:
        lock_orders(session, ids)
    obstacles = find_obstacles(session, person)
    if obstacles:
        return Erased(tuple(obstacles))
    for step in OWN_WAYS:
        step(session, person, now)
    # Children before their parents: a row is found by what it hangs on.
    for rows in reversed(Base.metadata.sorted_tables):
        _erase_rows(session, rows, WHOLE_MAP[rows.name], person)
    if person.user_id is not None:
        _blank_account(session, person.user_id, now)
    forget_what_they_reviewed(session, person, now)
    if person.household_id is not None:
        bump_version(session)
    session.expire_all()
    return Erased()


def blank_of(column: sa.Column[Any], instead: Any) -> Any:
    """What an erased column holds: what its fact says, nothing, or an empty text."""
    if instead is not None:
        return instead
    return None if column.nullable else ""


def blanks(rows: sa.Table, mapped: TableMap) -> dict[str, Any]:
    return {name: blank_of(rows.c[name], fact.instead) for name, fact in mapped.facts.items() if not fact.law}


def _erase_rows(session: Session, rows: sa.Table, mapped: TableMap, person: Person) -> None:
    if mapped.whose is None or mapped.gone not in {Gone.ROW, Gone.BLANK}:
        return
    whose = mapped.whose(rows, person)
    if mapped.gone is Gone.ROW:
        session.execute(sa.delete(rows).where(whose))
    else:
        session.execute(sa.update(rows).where(whose).values(blanks(rows, mapped)))


def _blank_account(session: Session, user_id: int, now: datetime) -> None:
    rows = User.__table__
    values = blanks(rows, WHOLE_MAP["users"])  # type: ignore[arg-type]
    gone = {"active": False, "erased_at": now, "totp_confirmed_at": None, "wants_texts": False}
    session.execute(sa.update(User).where(User.id == user_id).values({**values, **gone}))
