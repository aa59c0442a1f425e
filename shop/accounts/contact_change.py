"""Another telephone number or e-mail address of one's own: it counts when a code that was sent to it came back.

What was known before is told. It counts at once: where money goes has its own rule, which waits.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin
from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_email, normalise_mobile
from shop.accounts.errors import TooManyAttempts
from shop.accounts.events import ContactChanged, ContactCodeAsked, DroppedWay, Registered, RegisteredAgain
from shop.accounts.first_proof import prove_email
from shop.accounts.models import User
from shop.accounts.one_time_codes import issue_code, use_code
from shop.accounts.password_resets import end_links
from shop.accounts.proved_email import demand_proved_email, settle_invitation
from shop.accounts.users import find_user_id
from shop.kit.text import msg
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


CONTACT_NAMES: Final = {ContactKind.PHONE: msg("Mobile number"), ContactKind.EMAIL: msg("E-mail")}


def read_contact(kind: ContactKind, typed: str) -> str:
    """Raises InvalidInput, whose field is `contact`."""
    read = normalise_mobile if kind is ContactKind.PHONE else normalise_email
    return read(typed, field="contact")


def send_first_letter(
    session: Session,
    user_id: int,
    email: str,
    *,
    browser: str,
    cipher: FieldCipher,
    language: str,
    origin: Origin,
    now: datetime,
) -> None:
    """After registering: the code that proves the address, for this browser, once it is signed in.

    Without a code where too many went there already: a refusal would tell that nobody had registered with it before.
    """
    subject = f"{user_id} {email}"
    sealed = None
    try:
        code = issue_code(
            session,
            purpose=_purpose(ContactKind.EMAIL),
            subject=subject,
            to=email,
            browser=browser,
            origin=origin,
            now=now,
        )
        sealed = cipher.seal(code)
    except TooManyAttempts:
        pass
    record(session, Registered(user_id, email, sealed, language, now))


def send_contact_code(
    session: Session,
    user_id: int,
    kind: ContactKind,
    contact: str,
    *,
    browser: str,
    cipher: FieldCipher,
    language: str,
    origin: Origin,
    now: datetime,
) -> None:
    """To `contact`, as `read_contact` gives it. An address that is somebody else's gets no code, and its owner hears
    of it; who asks cannot tell. Raises TooManyAttempts; EmailNotProved for a number before the address is proved.
    """
    if kind is ContactKind.PHONE:
        demand_proved_email(session, user_id)
    code = issue_code(
        session,
        purpose=_purpose(kind),
        subject=f"{user_id} {contact}",
        to=contact,
        browser=browser,
        origin=origin,
        now=now,
    )
    sealed = cipher.seal(code)
    is_phone = kind is ContactKind.PHONE
    owner = None if is_phone else find_user_id(session, contact)
    if owner is not None and owner != user_id:
        record(session, RegisteredAgain(owner, now))
        return
    phone, email = (contact, None) if is_phone else (None, contact)
    record(session, ContactCodeAsked(phone, email, sealed, language, now))


def take_contact(
    session: Session,
    user_id: int,
    kind: ContactKind,
    contact: str,
    typed: str,
    *,
    browser: str,
    keep: Collection[int] = (),
    now: datetime,
) -> tuple[DroppedWay, ...] | None:
    """None where the code was wrong; else the account keeps the contact as proved. The caller commits either way.

    The first proof of an address takes with it what was tied to the account before, which is what is returned; the
    sessions `keep` stay. Raises EmailNotProved for a number before the address is proved.
    """
    if kind is ContactKind.PHONE:
        demand_proved_email(session, user_id)
    subject = f"{user_id} {contact}"
    if not use_code(session, typed, purpose=_purpose(kind), subject=subject, browser=browser, now=now):
        return None
    user = session.get_one(User, user_id, with_for_update=True)
    before_phone, before_email = user.phone, user.email
    dropped: tuple[DroppedWay, ...] = ()
    if kind is ContactKind.PHONE:
        user.phone, user.phone_confirmed_at = contact, now
    elif find_user_id(session, contact) in {None, user_id}:
        dropped = prove_email(session, user, keep=keep, now=now)
        user.email, user.confirmed_at = contact, now
        settle_invitation(user, contact)
    else:
        return None
    session.flush()
    if before_email == user.email if kind is ContactKind.EMAIL else before_phone == user.phone:
        audit(session, user_id, "user.contact_proved", "user", user_id, {"contact": kind}, now=now)
        return dropped
    if kind is ContactKind.EMAIL:
        end_links(session, user_id, now=now)
    personal = {"before": before_phone if kind is ContactKind.PHONE else before_email, "after": contact}
    audit(
        session,
        user_id,
        "user.contact_changed",
        "user",
        user_id,
        {"contact": kind},
        now=now,
        personal=personal,
    )
    record(session, ContactChanged(user_id, before_phone, before_email, user.language or "zh", now))
    return dropped


def contact_of(session: Session, user_id: int, kind: ContactKind) -> tuple[str | None, bool]:
    """What the account keeps, and whether it was proved. One statement."""
    columns = (
        (User.phone, User.phone_confirmed_at)
        if kind is ContactKind.PHONE
        else (User.email, User.confirmed_at)
    )
    contact, proved_at = session.execute(sa.select(*columns).where(User.id == user_id)).one()
    return contact, proved_at is not None


def _purpose(kind: ContactKind) -> str:
    return f"confirm_{kind}"
