"""An account that somebody of the shop's team makes for a colleague, who sets the password by a link."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_email, normalise_phone
from shop.accounts.errors import AccountShut, EmailTaken, ShutEmailTaken
from shop.accounts.events import Invited
from shop.accounts.models import RoleName, User
from shop.accounts.proved_email import may_be_a_strangers
from shop.accounts.users import add_user, check_may_give, find_user_id, known_unit_id
from shop.kit.errors import NotFound
from shop.kit.text import tidy
from shop.storage.event_log import record


def invite_user(
    session: Session,
    *,
    email: str,
    name: str,
    phone: str = "",
    roles: Collection[RoleName] = (),
    unit_id: int | None = None,
    language: str | None = None,
    actor_id: int,
    now: datetime,
) -> int:
    """A new account without a password; a message with the link to set one follows.

    Somebody may have registered with the address, and nobody confirmed it: that account gets the link and nothing else.
    Whoever sets a password by it is the owner, what was added before goes, and roles can be given then. Raises InvalidInput (e-mail, phone, unit), EmailTaken, FinanceOnly, FinanceNeedsAdmin.
    """
    address = normalise_email(email)
    check_may_give(session, roles, actor_id)
    known_id = find_user_id(session, address)
    if known_id is not None:
        known = session.get_one(User, known_id)
        if not known.active:
            raise ShutEmailTaken()
        if not may_be_a_strangers(known):
            raise EmailTaken()
        invite_again(session, known_id, actor_id=actor_id, now=now)
        return known_id
    user = User(
        email=address,
        name=tidy(name)[:80],
        phone=normalise_phone(phone) if phone.strip() else None,
        unit_id=known_unit_id(session, unit_id),
        proved_unit_id=unit_id,
        language=language,
        created_at=now,
        recovery_codes=[],
    )
    add_user(session, user, roles, actor_id=actor_id, now=now, invited=True)
    record(session, Invited(user.id, now))
    return user.id


def invite_again(session: Session, user_id: int, *, actor_id: int, now: datetime) -> None:
    """Send the link once more; links sent before stop working when it goes out. Raises NotFound, AccountShut.

    Where somebody may have registered with the address, it is kept which one was invited: they may leave it.
    """
    user = session.get(User, user_id, with_for_update=True)
    if user is None or user.email is None:
        raise NotFound()
    if not user.active:
        raise AccountShut()
    if may_be_a_strangers(user) or user.invited_email is not None:
        user.invited_email = user.email
        session.flush()
    record(session, Invited(user.id, now))
    audit(session, actor_id, "user.invited", "user", user.id, {}, now=now, personal={"email": user.email})
