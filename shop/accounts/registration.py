"""A buyer's own new account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.audit import audit
from shop.accounts.consents import give_consent
from shop.accounts.contacts import normalise_email
from shop.accounts.events import RegisteredAgain
from shop.accounts.models import AttemptKind, User
from shop.accounts.users import find_user_id, known_unit_id
from shop.kit.text import tidy
from shop.storage.event_log import record


def register(
    session: Session,
    *,
    email: str,
    password_hash: str,
    name: str,
    unit_id: int | None,
    language: str,
    consents: Mapping[str, str],
    origin: Origin,
    now: datetime,
) -> int | None:
    """Make an account and return its number, or tell the owner of the one that exists; who asks cannot tell which.

    The password was judged and hashed before (it takes long). `consents`: document → version agreed to.
    Raises InvalidInput (email, unit_id), TooManyAttempts.
    """
    address = normalise_email(email)
    unit = known_unit_id(session, unit_id)
    begin_attempt(session, AttemptKind.REGISTER, address, origin=origin, now=now)
    existing = find_user_id(session, address)
    if existing is not None:
        record(session, RegisteredAgain(existing, now))
        return None
    user = User(
        email=address,
        name=tidy(name)[:80],
        password_hash=password_hash,
        unit_id=unit,
        language=language,
        created_at=now,
        password_changed_at=now,
        recovery_codes=[],
    )
    session.add(user)
    session.flush()
    for document, version in consents.items():
        give_consent(session, document, version, user_id=user.id, now=now)
    audit(session, user.id, "user.registered", "user", user.id, now=now, personal={"email": address})
    return user.id
