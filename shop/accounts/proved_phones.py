"""Telephone numbers of which somebody has shown that they are theirs: those alone sign anybody in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.events import ContactChanged
from shop.accounts.models import User
from shop.accounts.second_step import asks_second_step, opens_by_phone
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class PhonePerson:
    """An account that keeps a number, and how far a code on it leads."""

    id: int
    name: str
    since: datetime
    active: bool
    asks_second_step: bool
    opens_by_phone: bool


def people_of_proved_phone(session: Session, phone: str) -> Sequence[PhonePerson]:
    """By name; who is shut out comes only where nobody else has the number. One statement."""
    statement = (
        sa.select(User.id, User.name, User.created_at, User.active, asks_second_step(), opens_by_phone())
        .where(User.phone == phone, User.phone_confirmed_at.is_not(None))
        .order_by(User.name, User.id)
    )
    people = [PhonePerson(*row) for row in session.execute(statement)]
    return [one for one in people if one.active] or people


def prove_phone(session: Session, user_id: int, *, now: datetime) -> None:
    """A code that was sent to the user's number came back."""
    session.execute(
        sa.update(User)
        .where(User.id == user_id, User.phone.is_not(None), User.phone_confirmed_at.is_(None))
        .values(phone_confirmed_at=now)
        .execution_options(synchronize_session=False)
    )


def unprove_phone(session: Session, user: User, before: str | None, *, now: datetime) -> None:
    """Somebody else wrote another number down: it signs nobody in before its person has shown that it is theirs."""
    if user.phone_confirmed_at is None or user.phone == before:
        return
    user.phone_confirmed_at = None
    record(session, ContactChanged(user.id, before, user.email, user.language or "zh", now))
