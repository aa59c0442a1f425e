"""Signing in with a mobile number and a code, and an account for a number that has none.

The code goes to every number, so nothing says whether anybody has it before it is shown to be one's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.audit import audit
from shop.accounts.consents import give_consent
from shop.accounts.errors import AccountIsShut, PhoneNotEnough, TooManyOfNumber
from shop.accounts.events import ContactCodeAsked
from shop.accounts.models import AttemptKind, User
from shop.accounts.one_time_codes import issue_code, use_code
from shop.accounts.proved_phones import PhonePerson, people_of_proved_phone
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher
from shop.storage.named_locks import lock_name

PURPOSE: Final = "phone_sign_in"
MOST_OF_A_NUMBER: Final = 5  # a family shares a telephone


def send_phone_code(
    session: Session,
    phone: str,
    *,
    browser: str,
    cipher: FieldCipher,
    language: str,
    origin: Origin,
    now: datetime,
) -> None:
    """`phone` is E.164; `browser` a secret that only this browser holds. Raises TooManyAttempts."""
    code = issue_code(
        session, purpose=PURPOSE, subject=phone, to=phone, browser=browser, origin=origin, now=now
    )
    record(session, ContactCodeAsked(phone, None, cipher.seal(code), language, now))


def take_phone_code(session: Session, typed: str, phone: str, *, browser: str, now: datetime) -> bool:
    """Whether this is the code, which is used up. The caller commits either way."""
    return use_code(session, typed, purpose=PURPOSE, subject=phone, browser=browser, now=now)


def check_may_enter(person: PhonePerson) -> None:
    """Raises AccountIsShut, or PhoneNotEnough for who works in the shop and has no second factor to go on with."""
    if not person.active:
        raise AccountIsShut()
    if not (person.opens_by_phone or person.asks_second_step):
        raise PhoneNotEnough()


def register_by_phone(
    session: Session,
    phone: str,
    *,
    name: str,
    language: str,
    consents: Mapping[str, str],
    proved_at: datetime,
    origin: Origin,
    now: datetime,
) -> int:
    """An account for a number that was proved at `proved_at`; sent twice, it is one.

    Raises InvalidInput (name), AccountIsShut, TooManyOfNumber, TooManyAttempts.
    """
    known_as = tidy(name)[:80]
    if not known_as:
        raise InvalidInput(msg("Please say how we may call you."), field="name")
    lock_name(session, f"accounts of {phone}")
    made = session.scalar(
        sa.select(User.id).where(
            User.phone == phone, User.name == known_as, User.phone_confirmed_at == proved_at
        )
    )
    if made is not None:
        return made
    people = people_of_proved_phone(session, phone)
    if people and not people[0].active:
        raise AccountIsShut()
    if len(people) >= MOST_OF_A_NUMBER:
        raise TooManyOfNumber(most=MOST_OF_A_NUMBER)
    begin_attempt(session, AttemptKind.REGISTER, phone, origin=origin, now=now)
    user = User(
        phone=phone,
        phone_confirmed_at=proved_at,
        name=known_as,
        language=language,
        created_at=now,
        recovery_codes=[],
    )
    session.add(user)
    session.flush()
    for document, version in consents.items():
        give_consent(session, document, version, user_id=user.id, now=now)
    audit(session, user.id, "user.registered", "user", user.id, now=now, personal={"phone": phone})
    return user.id
