"""The code by which somebody who is signed in shows again that it is they; `ways_in` knows who gets one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin
from shop.accounts.events import ContactCodeAsked
from shop.accounts.one_time_codes import issue_code, use_code
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher

PURPOSE: Final = "prove_again"


def send_proving_code(
    session: Session,
    user_id: int,
    phone: str,
    *,
    browser: str,
    cipher: FieldCipher,
    language: str,
    origin: Origin,
    now: datetime,
) -> None:
    """Raises TooManyAttempts."""
    code = issue_code(
        session, purpose=PURPOSE, subject=str(user_id), to=phone, browser=browser, origin=origin, now=now
    )
    record(session, ContactCodeAsked(phone, None, cipher.seal(code), language, now))


def takes_proving_code(session: Session, user_id: int, typed: str, *, browser: str, now: datetime) -> bool:
    """Whether this is the code, which is used up. The caller commits either way."""
    return use_code(session, typed, purpose=PURPOSE, subject=str(user_id), browser=browser, now=now)
