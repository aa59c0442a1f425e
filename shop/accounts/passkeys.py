"""Passkeys of a person: added, used, renamed, removed.

An answer is compared outside any transaction (`judge_…`), then the work of it is done in one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pkgutil import resolve_name
from secrets import token_bytes
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.errors import PasskeyRefused, SecondFactorDemanded, TooManyPasskeys
from shop.accounts.events import PasskeyAdded, PasskeyRemoved
from shop.accounts.models import User
from shop.accounts.passkey_challenges import Challenge, spend, to_base64url
from shop.accounts.passkey_models import Passkey
from shop.accounts.passkey_site import Answer, NewKey, Site
from shop.accounts.proved_email import demand_proved_email
from shop.accounts.ways_in import keep_a_way_in
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.event_log import record

MOST: Final = 10
_LIBRARY: Final = "shop.accounts.authenticators"  # loaded with the first answer: see docs/architecture.md


def list_passkeys(session: Session, user_id: int) -> Sequence[Passkey]:
    """The oldest first."""
    return session.scalars(sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def handle_of(passkeys: Sequence[Passkey]) -> str:
    """What the person's keys know them by; a new one for who has none."""
    return passkeys[0].user_handle if passkeys else to_base64url(token_bytes(32))


def judge_new_key(said: Mapping[str, Any], challenge: Challenge, site: Site) -> NewKey:
    """Raises PasskeyRefused."""
    judge: Callable[..., NewKey] = resolve_name(f"{_LIBRARY}:judge_new_key")
    return judge(said, challenge, site)


def judge_answer(said: Mapping[str, Any], challenge: Challenge, site: Site, public_key: str) -> Answer:
    """Raises PasskeyRefused."""
    judge: Callable[..., Answer] = resolve_name(f"{_LIBRARY}:judge_answer")
    return judge(said, challenge, site, public_key)


def add_passkey(
    session: Session, user_id: int, key: NewKey, challenge: Challenge, *, label: str, now: datetime
) -> Passkey:
    """Raises PasskeyTooLate, TooManyPasskeys, EmailNotProved, or PasskeyRefused for a key that is known already."""
    session.get_one(User, user_id, with_for_update=True)
    demand_proved_email(session, user_id)
    spend(session, challenge, now=now)
    count = sa.select(sa.func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
    if (session.scalar(count) or 0) >= MOST:
        raise TooManyPasskeys(most=MOST)
    if session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == key.credential_id)) is not None:
        raise PasskeyRefused()
    passkey = Passkey(
        user_id=user_id,
        credential_id=key.credential_id,
        public_key=key.public_key,
        user_handle=challenge.handle,
        label=_label(label),
        sign_count=key.sign_count,
        backed_up=key.backed_up,
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    audit(session, user_id, "passkey.added", "user", user_id, now=now, personal={"passkey": passkey.label})
    record(session, PasskeyAdded(user_id, passkey.label, now))
    return passkey


def find_passkey(session: Session, credential_id: str) -> Passkey | None:
    return session.scalar(sa.select(Passkey).where(Passkey.credential_id == credential_id))


def use_passkey(
    session: Session, passkey_id: int, answer: Answer, challenge: Challenge, *, now: datetime
) -> bool:
    """Note the use. False where the key's count of uses has gone back, as that of a copy does: the trail says so, and
    the caller refuses after the commit. Raises PasskeyTooLate.
    """
    spend(session, challenge, now=now)
    grows = sa.or_(
        Passkey.sign_count < answer.sign_count,
        sa.and_(Passkey.sign_count == 0, sa.literal(answer.sign_count) == 0),  # keys that do not count
    )
    used = sa.update(Passkey).where(Passkey.id == passkey_id, grows)
    used = used.values(sign_count=answer.sign_count, backed_up=answer.backed_up, last_used_at=now)
    done = session.execute(used.returning(Passkey.user_id).execution_options(synchronize_session=False))
    if done.one_or_none() is not None:
        return True
    owner = session.scalar(sa.select(Passkey.user_id).where(Passkey.id == passkey_id))
    if owner is not None:
        audit(session, owner, "passkey.count_went_back", "user", owner, now=now)
    return False


def rename_passkey(session: Session, user_id: int, passkey_id: int, label: str) -> None:
    """Raises NotFound, InvalidInput."""
    _own(session, user_id, passkey_id).label = _label(label)


def remove_passkey(session: Session, user_id: int, passkey_id: int, *, demanded: bool, now: datetime) -> None:
    """Raises NotFound; LastWayIn where nothing else opens the account, SecondFactorDemanded where the person's role
    needs a second factor (`demanded`) and has no other.
    """
    passkey = _own(session, user_id, passkey_id)
    ways = keep_a_way_in(session, user_id, passkey_id=passkey_id)
    if demanded and not ways.has_authenticator and ways.passkeys <= {passkey_id}:
        raise SecondFactorDemanded()
    session.delete(passkey)
    audit(session, user_id, "passkey.removed", "user", user_id, now=now, personal={"passkey": passkey.label})
    record(session, PasskeyRemoved(user_id, passkey.label, now))


def forget_passkeys(session: Session, user_id: int) -> None:
    session.execute(sa.delete(Passkey).where(Passkey.user_id == user_id))


def _own(session: Session, user_id: int, passkey_id: int) -> Passkey:
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != user_id:
        raise NotFound()
    return passkey


def _label(typed: str) -> str:
    label = tidy(typed)
    if not label:
        raise InvalidInput(msg("Please fill this in."), field="label")
    if len(label) > 60:
        raise InvalidInput(msg("Please use at most %(count)s characters."), field="label", count=60)
    return label
