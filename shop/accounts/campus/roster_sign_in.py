"""Signing in with staff number, name and a code to the telephone that the roster has for them.

Whatever is typed, the answer is the same and takes as long; a text goes out only where all three fit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.campus.people import CampusPerson
from shop.accounts.campus.roster import find_row, roster_person
from shop.accounts.campus.roster_table import normalise_number, same_name
from shop.accounts.events import SignInCodeAsked
from shop.accounts.models import AttemptKind
from shop.accounts.one_time_codes import issue_code, use_code
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher

PURPOSE: Final = "roster_sign_in"


def send_roster_code(
    session: Session,
    *,
    number: str,
    name: str,
    phone: str,
    browser: str,
    cipher: FieldCipher,
    origin: Origin,
    now: datetime,
) -> None:
    """`phone` is E.164. Raises TooManyAttempts: by number as well, so that nobody tries names or telephones for it."""
    key = normalise_number(number)
    begin_attempt(session, AttemptKind.SIGN_IN, f"roster {key}", origin=origin, now=now)
    subject = _subject(key, phone)
    code = issue_code(
        session, purpose=PURPOSE, subject=subject, to=phone, browser=browser, origin=origin, now=now
    )
    sealed = cipher.seal(code)
    row = find_row(session, key)
    if row is not None and row.phone == phone and same_name(row.name, name):
        record(session, SignInCodeAsked(phone, sealed, now))


def take_roster_code(
    session: Session, typed: str, *, number: str, name: str, phone: str, browser: str, now: datetime
) -> CampusPerson | None:
    """Who it is, by the roster as it is now; the code is used up. The caller commits either way."""
    key = normalise_number(number)
    right = use_code(session, typed, purpose=PURPOSE, subject=_subject(key, phone), browser=browser, now=now)
    row = find_row(session, key) if right else None
    if row is None or row.phone != phone or not same_name(row.name, name):
        return None
    return roster_person(row)


def _subject(number: str, phone: str) -> str:
    return f"{number} {phone}"
