"""Linking campus identities to accounts, and taking the link away. Nothing here looks at an e-mail address or a telephone:
that two of them are equal proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.errors import IdentityTaken, MembershipEnded
from shop.accounts.campus.models import CampusIdentity, CampusSession
from shop.accounts.campus.people import CampusPerson
from shop.accounts.campus.units import proved_place, unit_said
from shop.accounts.consents import give_consent
from shop.accounts.events import CampusLinked, CampusUnlinked
from shop.accounts.models import User
from shop.accounts.proved_email import demand_proved_email
from shop.accounts.sessions import end_session, end_sessions
from shop.accounts.ways_in import keep_a_way_in
from shop.kit.errors import NotFound
from shop.storage.event_log import record
from shop.storage.named_locks import lock_name


def find_identity(session: Session, person: CampusPerson) -> CampusIdentity | None:
    """By what cannot change: who says it, and their own key for the person."""
    return session.scalar(
        sa.select(CampusIdentity).where(
            CampusIdentity.provider == person.provider,
            CampusIdentity.issuer == person.issuer,
            CampusIdentity.subject == person.subject,
        )
    )


def account_of(session: Session, person: CampusPerson) -> int | None:
    """Whose account this identity opens, None for one that was never linked. Raises MembershipEnded."""
    identity = find_identity(session, person)
    if identity is not None and identity.ended_at is not None:
        raise MembershipEnded()
    return identity.user_id if identity is not None else None


def link_identity(session: Session, user_id: int, person: CampusPerson, *, now: datetime) -> CampusIdentity:
    """Make it one of the account's, whose person has just proved both, and tell its owner. Harmless to repeat.

    Raises IdentityTaken, MembershipEnded, EmailNotProved.
    """
    identity = find_identity(session, person)
    if identity is not None:
        if identity.user_id != user_id:
            raise IdentityTaken()
        see_identity(session, identity, person, now=now)
        return identity
    demand_proved_email(session, user_id)
    record(session, CampusLinked(user_id, person.provider.value, now))
    return _link(session, user_id, person, now)


def _link(session: Session, user_id: int, person: CampusPerson, now: datetime) -> CampusIdentity:
    identity = CampusIdentity(
        provider=person.provider,
        issuer=person.issuer,
        subject=person.subject,
        user_id=user_id,
        kind=person.kind,
        campus_number=person.number,
        unit_code=person.unit_code,
        name=person.name,
        linked_at=now,
        last_seen_at=now,
        end_reason="",
    )
    session.add(identity)
    session.flush()
    _take_over_unit(session, identity, now)
    audit(
        session,
        user_id,
        "identity.linked",
        "user",
        user_id,
        {"campus_provider": person.provider.value},
        now=now,
        personal={"number": person.number},
    )
    return identity


def see_identity(session: Session, identity: CampusIdentity, person: CampusPerson, *, now: datetime) -> None:
    """Somebody signed in with it: what the provider says of them now is what holds. Raises MembershipEnded."""
    if identity.ended_at is not None:
        raise MembershipEnded()
    identity.kind = person.kind
    identity.campus_number = person.number or identity.campus_number
    identity.unit_code = person.unit_code or identity.unit_code
    identity.name = person.name or identity.name
    identity.last_seen_at = now
    session.flush()
    _take_over_unit(session, identity, now)


def open_account(
    session: Session,
    person: CampusPerson,
    *,
    language: str,
    consents: Mapping[str, str],
    now: datetime,
) -> int:
    """A new account for somebody who has none, linked to the identity; returns its number.

    Sent twice it is the same account. Raises MembershipEnded.
    """
    lock_name(session, f"campus identity {person.provider} {person.issuer} {person.subject}")
    known = account_of(session, person)
    if known is not None:
        return known
    user = User(
        name=person.name,
        phone=person.proven_phone or None,
        phone_confirmed_at=now if person.proven_phone else None,
        language=language,
        created_at=now,
        recovery_codes=[],
    )
    session.add(user)
    session.flush()
    for document, version in consents.items():
        give_consent(session, document, version, user_id=user.id, now=now)
    facts = {"campus_provider": person.provider.value}
    audit(session, user.id, "user.registered", "user", user.id, facts, now=now)
    _link(session, user.id, person, now)
    return user.id


def unlink_identity(
    session: Session, user_id: int, identity_id: int, *, keep: int | None = None, now: datetime
) -> None:
    """The person removes a link; what it opened is signed out, but for the session `keep` that they are in. They are told.

    Raises NotFound, LastWayIn.
    """
    identity = session.get(CampusIdentity, identity_id)
    if identity is None or identity.user_id != user_id:
        raise NotFound()
    keep_a_way_in(session, user_id, identity_id=identity_id)
    opened = sa.select(CampusSession.session_id).where(CampusSession.identity_id == identity_id)
    for session_id in session.scalars(opened).all():
        if session_id != keep:
            end_session(session, user_id, session_id, now=now)
    _unlink(session, identity, now)
    record(session, CampusUnlinked(user_id, identity.provider.value, now))


def drop_identities(session: Session, user_id: int, *, now: datetime) -> int:
    """Those that open the account; returns how many. One that has ended stays, so that it does not begin anew."""
    live = sa.select(CampusIdentity).where(
        CampusIdentity.user_id == user_id, CampusIdentity.ended_at.is_(None)
    )
    found = session.scalars(live).all()
    for identity in found:
        _unlink(session, identity, now)
    return len(found)


def _unlink(session: Session, identity: CampusIdentity, now: datetime) -> None:
    facts = {"campus_provider": identity.provider.value}
    personal = {"number": identity.campus_number}
    user_id, said = identity.user_id, unit_said(session, identity.provider, identity.unit_code, now=now)
    audit(session, user_id, "identity.unlinked", "user", user_id, facts, now=now, personal=personal)
    session.delete(identity)
    session.flush()
    user = session.get_one(User, user_id)
    if said is not None and user.proved_unit_id == said:
        user.proved_unit_id = proved_place(session, user_id, now=now)
        session.flush()


def sign_out_account(session: Session, identity: CampusIdentity, *, now: datetime) -> int:
    """Wherever the account is signed in: what the campus opened must not go on by another cookie."""
    return end_sessions(session, identity.user_id, now=now)


def _take_over_unit(session: Session, identity: CampusIdentity, now: datetime) -> None:
    """The account buys for the unit that the campus says, as soon as somebody has said which of ours that is."""
    unit_id = unit_said(session, identity.provider, identity.unit_code, now=now)
    user = session.get_one(User, identity.user_id)
    if unit_id is not None:
        user.unit_id = user.proved_unit_id = unit_id
    if not user.name:
        user.name = identity.name
    session.flush()
