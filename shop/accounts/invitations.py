"""Asking somebody into an organisation: one link, for one e-mail address or telephone, that works once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_email, normalise_mobile
from shop.accounts.errors import EmailNotProved
from shop.accounts.events import OrganisationInvited
from shop.accounts.membership import MEMBER_ROLES, put_member
from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.organisation_models import OrganisationInvitation
from shop.accounts.proved_email import is_known_owner
from shop.accounts.terms import lock_organisation
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import secret_token, token_digest
from shop.kit.text import msg
from shop.storage.event_log import record

LIFETIME: Final = timedelta(days=7)
MOST_A_DAY: Final = 100  # of one organisation: each is a message to somebody who did not ask for it
SAME_PRESS: Final = timedelta(minutes=1)


class InvitationOver(Conflict):
    code = "invitation_over"
    default_message = msg("This invitation was used, taken back or is too old. Please ask for a new one.")


class NotTheInvited(Conflict):
    code = "not_the_invited"
    default_message = msg(
        "This invitation is for somebody else's address or number. Please sign in with the account that has it."
    )


class NumberNotProved(Conflict):
    """Anybody can type any number into their profile."""

    code = "number_not_proved"
    default_message = msg(
        "This invitation is for a mobile number. Please confirm first that the number is yours: a code by text message is enough."
    )


class AlreadyMember(InvalidInput):
    code = "already_member"
    default_message = msg("This person belongs to the organisation already.")


class TooManyInvitations(Conflict):
    code = "too_many_invitations"
    default_message = msg("So many people were invited today. Please go on tomorrow.")


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as its reader sees it."""

    id: int
    organisation: str
    slug: str
    role: str
    contact: str
    is_open: bool


def read_contact(typed: str) -> str:
    """An e-mail address or a mobile number, in the form in which accounts keep it. Raises InvalidInput."""
    if "@" in typed:
        return normalise_email(typed, field="contact")
    return normalise_mobile(typed, field="contact")


def invite(
    session: Session,
    organisation_id: int,
    typed: str,
    role: str,
    *,
    language: str = "zh",
    actor_id: int,
    now: datetime,
) -> int:
    """A message with the link follows, in `language` where the invited has none of their own; an earlier invitation of the same person ends. Pressed twice it is one.

    Raises InvalidInput, AlreadyMember, TooManyInvitations. Locks the organisation.
    """
    contact = read_contact(typed)
    if role not in MEMBER_ROLES:
        raise InvalidInput(msg("Please choose one from the list."), field="role")
    lock_organisation(session, organisation_id)
    _refuse_member(session, organisation_id, contact)
    for earlier in _open_ones(session, organisation_id, contact):
        if earlier.role == role and earlier.invited_at > now - SAME_PRESS:
            return earlier.id
        earlier.ended_at = now
    recent = sa.select(sa.func.count()).where(
        OrganisationInvitation.organisation_id == organisation_id,
        OrganisationInvitation.invited_at > now - timedelta(days=1),
    )
    if (session.scalar(recent) or 0) >= MOST_A_DAY:
        raise TooManyInvitations()
    invitation = OrganisationInvitation(
        organisation_id=organisation_id,
        contact=contact,
        role=role,
        invited_at=now,
        invited_by_id=actor_id,
        expires_at=now + LIFETIME,
    )
    session.add(invitation)
    session.flush()
    record(session, OrganisationInvited(invitation.id, language, now))
    _audit(session, actor_id, "organisation.invited", invitation, now)
    return invitation.id


def take_back(
    session: Session, organisation_id: int, invitation_id: int, *, actor_id: int, now: datetime
) -> None:
    """Its link opens nothing from now on. Raises NotFound for another organisation's, InvitationOver for a used one."""
    lock_organisation(session, organisation_id)
    invitation = session.get(OrganisationInvitation, invitation_id, populate_existing=True)
    if invitation is None or invitation.organisation_id != organisation_id:
        raise NotFound()
    if invitation.accepted_at is not None:
        raise InvitationOver()
    if invitation.ended_at is None:
        invitation.ended_at = now
        session.flush()
        _audit(session, actor_id, "organisation.invitation_ended", invitation, now)


def waiting_invitations(
    session: Session, organisation_id: int, *, now: datetime
) -> Sequence[OrganisationInvitation]:
    """Those that may still be accepted, the newest first; at most a day's number for seven days."""
    statement = sa.select(OrganisationInvitation).where(
        OrganisationInvitation.organisation_id == organisation_id, _is_open(now)
    )
    return session.scalars(statement.order_by(OrganisationInvitation.id.desc())).all()


def issue_link(session: Session, invitation_id: int, *, now: datetime) -> tuple[Invited, str] | None:
    """The invitation and the token of its link, made when its message is written: a link sent before stops working.

    None when it is over.
    """
    invitation = session.get(OrganisationInvitation, invitation_id)
    if invitation is None or invitation.accepted_at or invitation.ended_at or invitation.expires_at <= now:
        return None
    token = secret_token()
    invitation.token_hash = token_digest(token)
    session.flush()
    return read_invitation(session, token, now=now), token


def language_of_invited(session: Session, contact: str) -> str | None:
    """That of the account which has the address, or has proved the number; None where nobody has, or it has none."""
    proved = sa.and_(User.phone == contact, User.phone_confirmed_at.is_not(None))
    found = sa.select(User.language).where(
        sa.or_(User.email == contact, proved), User.active, User.language.is_not(None)
    )
    return session.scalar(found.order_by(User.id).limit(1))


def read_invitation(session: Session, token: str, *, now: datetime) -> Invited:
    """What the link is for, also when it is over. Raises NotFound for a link that nobody was sent."""
    statement = (
        sa.select(OrganisationInvitation, Organisation.name, Organisation.slug)
        .join(Organisation, Organisation.id == OrganisationInvitation.organisation_id)
        .where(OrganisationInvitation.token_hash == token_digest(token))
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    one: OrganisationInvitation = row[0]
    is_open = one.accepted_at is None and one.ended_at is None and one.expires_at > now
    return Invited(one.id, row[1], row[2], one.role, one.contact, is_open)


def accept(session: Session, token: str, user_id: int, *, now: datetime) -> str:
    """The organisation's slug; its role is theirs, unless they have one already. Pressed twice by the same person it is
    once. Raises NotFound, InvitationOver, NotTheInvited; EmailNotProved and NumberNotProved for who has to show first
    that what the invitation went to is theirs.
    """
    found = read_invitation(session, token, now=now)
    invitation = session.get_one(OrganisationInvitation, found.id)
    lock_organisation(session, invitation.organisation_id)
    session.refresh(invitation)
    if invitation.accepted_by_id == user_id:
        return found.slug
    if invitation.accepted_at or invitation.ended_at or invitation.expires_at <= now:
        raise InvitationOver()
    person = session.get_one(User, user_id)
    if invitation.contact not in (person.email, person.phone):
        raise NotTheInvited()
    if not is_known_owner(session, user_id):
        raise EmailNotProved()
    if invitation.contact == person.phone and person.phone_confirmed_at is None:
        raise NumberNotProved()
    invitation.accepted_at, invitation.accepted_by_id = now, user_id
    session.flush()
    if session.get(OrganisationMember, (invitation.organisation_id, user_id)) is None:
        put_member(session, invitation.organisation_id, user_id, invitation.role, actor_id=user_id, now=now)
    return found.slug


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        OrganisationInvitation.accepted_at.is_(None),
        OrganisationInvitation.ended_at.is_(None),
        OrganisationInvitation.expires_at > now,
    )


def _open_ones(session: Session, organisation_id: int, contact: str) -> Sequence[OrganisationInvitation]:
    statement = sa.select(OrganisationInvitation).where(
        OrganisationInvitation.organisation_id == organisation_id,
        OrganisationInvitation.contact == contact,
        OrganisationInvitation.accepted_at.is_(None),
        OrganisationInvitation.ended_at.is_(None),
    )
    return session.scalars(statement.order_by(OrganisationInvitation.id)).all()


def _refuse_member(session: Session, organisation_id: int, contact: str) -> None:
    """Raises AlreadyMember. An account's number counts once it is proved: anybody can write any number down."""
    proved = sa.and_(User.phone == contact, User.phone_confirmed_at.is_not(None))
    statement = (
        sa.select(User.id)
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(OrganisationMember.organisation_id == organisation_id, sa.or_(User.email == contact, proved))
    )
    if session.scalar(statement.limit(1)) is not None:
        raise AlreadyMember(field="contact")


def _audit(
    session: Session, actor_id: int, action: str, invitation: OrganisationInvitation, now: datetime
) -> None:
    audit(
        session,
        actor_id,
        action,
        "organisation",
        invitation.organisation_id,
        {"role": invitation.role},
        now=now,
        personal={"invited_person": invitation.contact},
    )
