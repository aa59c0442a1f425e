"""Accounts and their roles."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.cards import end_card
from shop.accounts.contacts import normalise_email, normalise_phone
from shop.accounts.errors import (
    AccountErased,
    EmailTaken,
    FinanceNeedsAdmin,
    LastAdmin,
    LastFinance,
    OwnAccount,
)
from shop.accounts.finance import demand_finance
from shop.accounts.models import RoleName, Unit, User, UserRole
from shop.accounts.passwords import hash_password, judge_password
from shop.accounts.proved_email import demand_known_owner
from shop.accounts.proved_phones import unprove_phone
from shop.accounts.sessions import end_sessions
from shop.accounts.work_owners import lose_work
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.named_locks import lock_name

STAFF_ROLES = frozenset(RoleName) - {RoleName.BUYER}
# Roles that somebody must have: nobody else could give them back.
_LAST: Final = {RoleName.ADMIN: LastAdmin, RoleName.FINANCE: LastFinance}


def create_user(
    session: Session,
    *,
    email: str,
    password: str,
    name: str = "",
    phone: str = "",
    roles: Collection[RoleName] = (),
    unit_id: int | None = None,
    language: str | None = None,
    actor_id: int | None = None,
    demo: bool = False,
    now: datetime,
) -> User:
    """A new account that can sign in at once, with an address for which whoever makes it vouches. `demo` allows the
    demo password.

    Raises InvalidInput (e-mail, phone, unit), WeakPassword, EmailTaken, FinanceOnly, or FinanceNeedsAdmin.
    """
    address = normalise_email(email)
    given = frozenset(roles) - {RoleName.BUYER}
    check_may_give(session, given, actor_id)
    judge_password(password, staff=bool(given), personal=(address, name), demo=demo)
    if find_user_id(session, address) is not None:
        raise EmailTaken()
    user = User(
        email=address,
        name=tidy(name)[:80],
        phone=normalise_phone(phone) if phone.strip() else None,
        password_hash=hash_password(password),
        confirmed_at=now,
        unit_id=known_unit_id(session, unit_id),
        proved_unit_id=unit_id,
        language=language,
        created_at=now,
        password_changed_at=now,
        recovery_codes=[],
    )
    add_user(session, user, given, actor_id=actor_id, now=now)
    return user


def add_user(
    session: Session,
    user: User,
    roles: Collection[RoleName],
    *,
    actor_id: int | None,
    now: datetime,
    invited: bool = False,
) -> None:
    """Write a new account with its roles, and that it was made. Raises FinanceNeedsAdmin."""
    check_complete(roles)
    session.add(user)
    session.flush()
    given = sorted(frozenset(roles) - {RoleName.BUYER})
    session.add_all(UserRole(user_id=user.id, role=role) for role in given)
    session.flush()
    facts = {"roles": given} | ({"invited": True} if invited else {})
    audit(session, actor_id, "user.created", "user", user.id, facts, now=now, personal={"email": user.email})


def find_user_id(session: Session, email: str) -> int | None:
    """`email` as `normalise_email` gives it."""
    return session.scalar(sa.select(User.id).where(User.email == email))


def roles_of(session: Session, user_id: int) -> frozenset[RoleName]:
    return frozenset(session.scalars(sa.select(UserRole.role).where(UserRole.user_id == user_id)))


def grant_role(
    session: Session, user_id: int, role: RoleName, *, actor_id: int | None, now: datetime
) -> None:
    """Give a role and end all of the user's sessions, so that it counts from the next sign-in.

    Raises OwnAccount when somebody gives a role to themselves, FinanceOnly, OwnerUnknown; `actor_id` None is the command line.
    """
    user = somebody_else(session, user_id, actor_id)
    if user.erased_at is not None:
        raise AccountErased()
    if role is RoleName.BUYER or session.get(UserRole, (user.id, role)) is not None:
        return
    check_may_give(session, [role], actor_id)
    demand_known_owner(session, user.id)
    session.add(UserRole(user_id=user.id, role=role))
    session.flush()
    end_sessions(session, user.id, now=now)
    audit(session, actor_id, "role.granted", "user", user.id, {"role": role}, now=now)


def revoke_role(
    session: Session, user_id: int, role: RoleName, *, actor_id: int | None, now: datetime
) -> None:
    """Take a role away and end all of the user's sessions. Raises OwnAccount, LastAdmin, LastFinance, FinanceOnly."""
    user = somebody_else(session, user_id, actor_id)
    if role in _LAST:
        _keep_somebody(session, role, without=user.id)
    row = session.get(UserRole, (user.id, role))
    if row is None:
        return
    check_may_give(session, [role], actor_id)
    session.delete(row)
    session.flush()
    if role in _LAST:
        lose_work(session, user.id, money_only=role is RoleName.FINANCE)
    end_sessions(session, user.id, now=now)
    audit(session, actor_id, "role.revoked", "user", user.id, {"role": role}, now=now)


def set_roles(
    session: Session, user_id: int, roles: Collection[RoleName], *, actor_id: int | None, now: datetime
) -> None:
    """Make these the user's roles, in one step. Raises OwnAccount, LastAdmin, LastFinance, FinanceOnly,
    FinanceNeedsAdmin, OwnerUnknown.
    """
    somebody_else(session, user_id, actor_id)
    check_complete(roles)
    held = roles_of(session, user_id)
    for role in sorted(frozenset(roles) - held):
        grant_role(session, user_id, role, actor_id=actor_id, now=now)
    for role in sorted(held - frozenset(roles)):
        revoke_role(session, user_id, role, actor_id=actor_id, now=now)


def disable_user(session: Session, user_id: int, *, actor_id: int | None, now: datetime) -> None:
    """The account cannot sign in any more, and is out at once. Raises OwnAccount, LastAdmin, LastFinance."""
    user = somebody_else(session, user_id, actor_id)
    for role in _LAST:
        _keep_somebody(session, role, without=user.id)
    if not user.active:
        return
    user.active = False
    lose_work(session, user.id)
    end_sessions(session, user.id, now=now)
    end_card(session, user.id, actor_id=actor_id, now=now)
    audit(session, actor_id, "user.disabled", "user", user.id, now=now)


def enable_user(session: Session, user_id: int, *, actor_id: int | None, now: datetime) -> None:
    user = somebody_else(session, user_id, actor_id)
    if user.active:
        return
    if user.erased_at is not None:
        raise AccountErased()
    user.active = True
    audit(session, actor_id, "user.enabled", "user", user.id, now=now)


def change_user(
    session: Session,
    user_id: int,
    *,
    name: str,
    phone: str,
    unit_id: int | None,
    unit_is_proved: bool = False,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Correct what an account says about its person. `unit_is_proved`: whoever does it knows that they belong there.

    Raises NotFound, AccountErased, InvalidInput (phone, unit); OwnerUnknown when a unit becomes a proved one.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFound()
    if user.erased_at is not None:
        raise AccountErased()
    wanted = {
        "name": tidy(name)[:80],
        "phone": normalise_phone(phone) if phone.strip() else None,
        "unit_id": known_unit_id(session, unit_id),
        "proved_unit_id": unit_id if unit_is_proved else None,
    }
    changed = {key: value for key, value in wanted.items() if getattr(user, key) != value}
    if changed.get("proved_unit_id") is not None:
        demand_known_owner(session, user.id)
    before = user.phone
    for key, value in changed.items():
        setattr(user, key, value)
    unprove_phone(session, user, before, now=now)
    session.flush()
    if changed:
        facts = {"fields": sorted(changed)}
        audit(session, actor_id, "user.changed", "user", user.id, facts, now=now, personal=changed)


def sign_out_everywhere(session: Session, user_id: int, *, actor_id: int | None, now: datetime) -> int:
    """End all sessions of somebody, such as of a lost telephone, and the card; returns how many. Raises NotFound."""
    if session.get(User, user_id) is None:
        raise NotFound()
    ended = end_sessions(session, user_id, now=now)
    end_card(session, user_id, actor_id=actor_id, now=now)
    audit(session, actor_id, "user.signed_out", "user", user_id, {"sessions": ended}, now=now)
    return ended


def known_unit_id(session: Session, unit_id: int | None) -> int | None:
    """Raises InvalidInput for a unit that does not exist."""
    if unit_id is not None and session.get(Unit, unit_id) is None:
        raise InvalidInput(msg("Please choose a unit from the list."), field="unit_id")
    return unit_id


def check_may_give(session: Session, roles: Collection[RoleName], actor_id: int | None) -> None:
    """Raises FinanceOnly when finance is given or taken by somebody without it, who could make an accomplice."""
    if RoleName.FINANCE in roles:
        demand_finance(session, actor_id, ["roles"])


def check_complete(roles: Collection[RoleName]) -> None:
    """Raises FinanceNeedsAdmin for finance alone: it is a permission within the back office, and opens no door to it."""
    if RoleName.FINANCE in roles and RoleName.ADMIN not in roles:
        raise FinanceNeedsAdmin(field="roles")


def somebody_else(session: Session, user_id: int, actor_id: int | None) -> User:
    """The account, which is not the actor's own. Raises OwnAccount, NotFound; None is the command line."""
    if actor_id is not None and actor_id == user_id:
        raise OwnAccount()
    user = session.get(User, user_id)
    if user is None:
        raise NotFound()
    return user


def _keep_somebody(session: Session, role: RoleName, *, without: int) -> None:
    """Raises LastAdmin or LastFinance when nobody else who can sign in has the role; two who leave together wait
    for each other.
    """
    lock_name(session, "admins")
    holders = (
        sa.select(User.id)
        .join(UserRole, sa.and_(UserRole.user_id == User.id, UserRole.role == role))
        .where(User.active)
    )
    if set(session.scalars(holders)) == {without}:
        raise _LAST[role]()
