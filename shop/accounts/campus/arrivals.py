"""Between the provider's word and an open session: who has just been named, kept sealed for a few minutes.

The browser holds a token. With a second factor, or while somebody proves that an account is theirs, the rest waits here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.errors import IdentityTaken, MembershipEnded
from shop.accounts.campus.identities import find_identity, link_identity, see_identity
from shop.accounts.campus.models import CampusArrival, CampusIdentity, CampusSession, UsedLogoutToken
from shop.accounts.campus.people import CampusPerson, person_as_text, person_from_text
from shop.accounts.models import SignInSession, User
from shop.accounts.proved_email import email_waits_for_proof
from shop.kit.references import secret_token, token_digest
from shop.storage.field_cipher import FieldCipher, SealBroken

LIFETIME: Final = timedelta(minutes=10)


class Outcome(StrEnum):
    """What became of an arrival when its browser was let in."""

    NONE = "none"  # too old, used, or of another account
    ENTERED = "entered"
    LINKED = "linked"
    TAKEN = "taken"
    ENDED = "ended"
    UNPROVED = "unproved"  # the account's e-mail address is to be confirmed first


def keep_arrival(session: Session, person: CampusPerson, *, cipher: FieldCipher, now: datetime) -> str:
    """The token for the browser."""
    token = secret_token()
    sealed = cipher.seal(person_as_text(person))
    session.add(
        CampusArrival(token_hash=token_digest(token), sealed_person=sealed, expires_at=now + LIFETIME)
    )
    return token


def look_at_arrival(
    session: Session, token: str, *, cipher: FieldCipher, now: datetime
) -> CampusPerson | None:
    """Who it is, without using it up."""
    sealed = session.scalar(
        sa.select(CampusArrival.sealed_person).where(
            CampusArrival.token_hash == token_digest(token), CampusArrival.expires_at > now
        )
    )
    try:
        return person_from_text(cipher.open(sealed)) if sealed is not None else None
    except SealBroken:
        return None


def drop_arrival(session: Session, token: str) -> bool:
    """Use it up; False when somebody else was faster."""
    gone = session.execute(
        sa.delete(CampusArrival)
        .where(CampusArrival.token_hash == token_digest(token))
        .returning(CampusArrival.id)
    )
    return gone.first() is not None


def complete_arrival(
    session: Session,
    token: str,
    user_id: int,
    tokens: Collection[str],
    *,
    links: bool,
    address: str,
    cipher: FieldCipher,
    now: datetime,
) -> Outcome:
    """The browser has just been let in to this account: tie what its `tokens` open to the provider's session.

    `links`: its person said before that the account is theirs. Without it, only an identity that is the account's
    already counts. Whatever the outcome, the person stays signed in, and the arrival is used up: but for UNPROVED, where
    it waits anew for the proof of the account's address, and is then completed.
    """
    person = look_at_arrival(session, token, cipher=cipher, now=now)
    identity = find_identity(session, person) if person is not None else None
    if links and identity is None and email_waits_for_proof(session.get_one(User, user_id)):
        return Outcome.UNPROVED if _wait_anew(session, token, now) else Outcome.NONE
    if person is None or not drop_arrival(session, token):
        return Outcome.NONE
    if not links and (identity is None or identity.user_id != user_id):
        return Outcome.NONE
    outcome = Outcome.LINKED if identity is None else Outcome.ENTERED
    try:
        if identity is None or links:
            identity = link_identity(session, user_id, person, now=now)
        else:
            see_identity(session, identity, person, now=now)
    except IdentityTaken:
        return Outcome.TAKEN
    except MembershipEnded:
        return Outcome.ENDED
    _tie(session, tokens, identity, person, cipher)
    facts = {"campus_provider": person.provider.value}
    audit(
        session, user_id, "sign_in.by_campus", "user", user_id, facts, now=now, personal={"address": address}
    )
    return outcome


def _wait_anew(session: Session, token: str, now: datetime) -> bool:
    """As long again: a letter is on its way. False when it was used up meanwhile."""
    waits = sa.update(CampusArrival).where(
        CampusArrival.token_hash == token_digest(token), CampusArrival.expires_at > now
    )
    return session.scalar(waits.values(expires_at=now + LIFETIME).returning(CampusArrival.id)) is not None


def forget_old_arrivals(session: Session, *, now: datetime) -> None:
    session.execute(sa.delete(CampusArrival).where(CampusArrival.expires_at < now))
    session.execute(sa.delete(UsedLogoutToken).where(UsedLogoutToken.expires_at < now))


def _tie(
    session: Session,
    tokens: Collection[str],
    identity: CampusIdentity,
    person: CampusPerson,
    cipher: FieldCipher,
) -> None:
    opened = sa.select(SignInSession.id).where(
        SignInSession.token_hash.in_([token_digest(token) for token in tokens])
    )
    session.add_all(
        CampusSession(
            session_id=session_id,
            identity_id=identity.id,
            provider_session_hash=token_digest(person.session_key) if person.session_key else "",
            sealed_id_token=cipher.seal(person.id_token) if person.id_token else None,
        )
        for session_id in session.scalars(opened)
    )
    session.flush()
