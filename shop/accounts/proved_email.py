"""Whether an account's e-mail address is its person's, as far as anybody has shown.

Somebody may register with another person's address and have a password with it. Until the address is proved, nothing
more is tied to the account that its owner would have to find and take away after coming to it by a link.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.errors import EmailNotProved, InvitedElsewhere, OwnersUnknown, OwnerUnknown
from shop.accounts.models import User

NAMED_AT_MOST: Final = 5


def email_waits_for_proof(user: User) -> bool:
    """An account without an address began with a telephone or the campus, which were proved."""
    return user.email is not None and user.confirmed_at is None


def demand_proved_email(session: Session, user_id: int) -> None:
    """Before a new way in is added. Raises EmailNotProved."""
    waits = sa.select(User.id).where(User.id == user_id, User.email.is_not(None), User.confirmed_at.is_(None))
    if session.scalar(waits) is not None:
        raise EmailNotProved()


def may_be_a_strangers(user: User) -> bool:
    """Somebody chose the password, and nobody has shown that the address is theirs.

    An account that never had a password was made by the shop's team, and nobody else can have come in.
    """
    return email_waits_for_proof(user) and user.password_hash is not None


def strangers_perhaps() -> sa.ColumnElement[bool]:
    """`may_be_a_strangers`, for the database."""
    return sa.and_(User.email.is_not(None), User.confirmed_at.is_(None), User.password_hash.is_not(None))


def settle_invitation(user: User, proved: str) -> None:
    """Who was invited to the address has shown that it is theirs."""
    if user.invited_email == proved:
        user.invited_email = None


def invitation_left(user: User) -> bool:
    """The team invited an address that the account has given up since: whoever has it now need not be the invited."""
    return user.invited_email is not None and user.invited_email != user.email


def is_known_owner(session: Session, user_id: int) -> bool:
    """False where somebody registered with an address that nobody has shown to be theirs."""
    return session.scalar(sa.select(User.id).where(User.id == user_id, strangers_perhaps())) is None


def demand_known_owner(session: Session, user_id: int, *, invited_here: bool = False) -> None:
    """Before the team, or who leads an organisation, gives an account a role, a place, a unit, an organisation or money.

    Raises OwnerUnknown; InvitedElsewhere for an account that left the address to which the invitation went.
    """
    if not is_known_owner(session, user_id):
        raise OwnerUnknown()
    user = None if invited_here else session.get(User, user_id)
    if user is not None and invitation_left(user):
        raise InvitedElsewhere(invited=user.invited_email, email=user.email or "–")


def addresses_without_owner(session: Session, user_ids: Collection[int]) -> list[str]:
    """Those of the accounts, in the order of the accounts, as many as a sentence can name."""
    unknown = sa.select(User.email).where(User.id.in_(user_ids), strangers_perhaps())
    found = session.scalars(unknown.order_by(User.id).limit(NAMED_AT_MOST))
    return [email for email in found if email is not None]


def demand_known_owners(session: Session, user_ids: Collection[int]) -> None:
    """As `demand_known_owner`, of several at once. Raises OwnersUnknown, which names the addresses."""
    emails = addresses_without_owner(session, user_ids)
    if emails:
        raise OwnersUnknown(emails=", ".join(emails))
