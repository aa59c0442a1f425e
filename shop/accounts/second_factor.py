"""The second factor: six digits that change every half minute, and recovery codes for a lost phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.errors import CodeRefused, NoSecondFactor, SecondFactorDemanded
from shop.accounts.events import FactorNews, SecondFactorChanged, SecondFactorReset
from shop.accounts.models import User
from shop.accounts.passkeys import forget_passkeys, list_passkeys
from shop.accounts.proved_email import demand_proved_email
from shop.accounts.sessions import end_sessions
from shop.accounts.users import check_may_give, roles_of, somebody_else
from shop.kit.errors import InvalidInput
from shop.kit.references import normalise_code, random_code, token_digest
from shop.kit.text import msg, normalise_digits, tidy
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher, SealBroken

CLOCK_SKEW_SECONDS: Final = 30
RECOVERY_CODES: Final = 10
NEEDS_REASON: Final = msg("Please say why, such as how you know who asks: the trail keeps it.")
_RECOVERY_LENGTH: Final = 16  # 80 bits
_LONGEST_REASON: Final = 300


@dataclass(frozen=True)
class Enrolment:
    """A secret that is offered: in base 32 for the authenticator, and sealed for the form that brings it back.

    Nothing is stored before a code proves that an authenticator has it.
    """

    secret: str
    sealed: str


def offer_enrolment(user_id: int, *, cipher: FieldCipher) -> Enrolment:
    secret = TOTP.new().base32_key
    return Enrolment(secret, cipher.seal(f"{user_id} {secret}"))


def reopen_enrolment(user_id: int, sealed: str, *, cipher: FieldCipher) -> Enrolment | None:
    """What was offered to this user before; None for anything else."""
    try:
        owner, _, secret = cipher.open(sealed).partition(" ")
    except SealBroken:
        return None
    return Enrolment(secret, sealed) if owner == str(user_id) else None


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code says to an authenticator."""
    uri: str = TOTP(key=secret, format="base32").to_uri(
        label=account.replace(":", " "), issuer=issuer.replace(":", " ")
    )
    return uri


def confirm_enrolment(
    session: Session, user_id: int, secret: str, code: str, *, cipher: FieldCipher, now: datetime
) -> list[str]:
    """Ask for the factor from now on; returns recovery codes, to be shown once.

    Raises CodeRefused, EmailNotProved, or SecondFactorDemanded when one is confirmed already: it is switched off first.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    demand_proved_email(session, user_id)
    if user.totp_confirmed_at is not None:
        raise SecondFactorDemanded()
    user.totp_secret = cipher.seal(secret)
    if not _takes_code(user, code, cipher, now):
        raise CodeRefused(field="code")
    user.totp_confirmed_at = now
    codes = _new_recovery_codes(user)
    audit(session, user_id, "second_factor.enabled", "user", user_id, now=now)
    _tell(session, user, FactorNews.ON, now)
    return codes


def first_recovery_codes(session: Session, user_id: int, *, now: datetime) -> list[str]:
    """For who has a second factor and no code for the day on which it is lost; none for who has some."""
    user = session.get_one(User, user_id, with_for_update=True)
    if user.recovery_codes:
        return []
    audit(session, user_id, "second_factor.codes_renewed", "user", user_id, now=now)
    return _new_recovery_codes(user)


def renew_recovery_codes(session: Session, user_id: int, *, now: datetime) -> list[str]:
    """New codes; the old ones stop working. Raises NoSecondFactor for who has nothing that they would stand in for."""
    user = session.get_one(User, user_id)
    if user.totp_confirmed_at is None and not list_passkeys(session, user_id):
        raise NoSecondFactor()
    codes = _new_recovery_codes(user)
    audit(session, user_id, "second_factor.codes_renewed", "user", user_id, now=now)
    _tell(session, user, FactorNews.CODES, now)
    return codes


def switch_off(session: Session, user_id: int, *, demanded: bool, now: datetime) -> None:
    """Raises SecondFactorDemanded when the user's role needs it (`demanded`). Again: nothing."""
    if demanded:
        raise SecondFactorDemanded()
    user = session.get_one(User, user_id, with_for_update=True)
    if user.totp_confirmed_at is None:
        return
    user.totp_secret, user.totp_confirmed_at, user.totp_last_counter = None, None, 0
    if not list_passkeys(session, user_id):
        user.recovery_codes = []
    audit(session, user_id, "second_factor.disabled", "user", user_id, now=now)
    _tell(session, user, FactorNews.OFF, now)


def reset_second_factor(
    session: Session, user_id: int, *, reason: str, actor_id: int | None, now: datetime
) -> bool:
    """An admin helps somebody who has lost phone, passkeys and codes: the password alone opens the account until it
    is set up anew. All sessions end, and the person is told. False when there was none to reset.

    Raises OwnAccount, NotFound; FinanceOnly when the person handles money and the actor does not; InvalidInput
    without a reason. `actor_id` None is the command line.
    """
    user = somebody_else(session, user_id, actor_id)
    check_may_give(session, roles_of(session, user.id), actor_id)
    if user.totp_confirmed_at is None and not list_passkeys(session, user.id):
        return False
    why = tidy(reason)[:_LONGEST_REASON]
    if not why:
        raise InvalidInput(NEEDS_REASON, field="reason")
    user.totp_secret, user.totp_confirmed_at, user.totp_last_counter = None, None, 0
    user.recovery_codes = []
    forget_passkeys(session, user.id)
    end_sessions(session, user.id, now=now)
    audit(session, actor_id, "second_factor.reset", "user", user.id, now=now, personal={"reason": why})
    record(session, SecondFactorReset(user.id, now))
    return True


def takes_second_factor(
    session: Session, user_id: int, typed: str, *, cipher: FieldCipher, now: datetime
) -> bool:
    """Whether this is the code of now, or a recovery code; either is taken once. Locks the user's row."""
    user = session.get_one(User, user_id, with_for_update=True)
    if user.totp_confirmed_at is not None and _takes_code(user, typed, cipher, now):
        return True
    digest = token_digest(normalise_code(typed))
    if digest not in user.recovery_codes:
        return False
    user.recovery_codes = [kept for kept in user.recovery_codes if kept != digest]
    audit(session, user_id, "second_factor.recovery_code_used", "user", user_id, now=now)
    _tell(session, user, FactorNews.CODE_USED, now)
    return True


def recovery_codes_left(session: Session, user_id: int) -> int:
    return len(session.get_one(User, user_id).recovery_codes)


def _tell(session: Session, user: User, news: FactorNews, now: datetime) -> None:
    record(session, SecondFactorChanged(user.id, news, len(user.recovery_codes), now))


def _takes_code(user: User, typed: str, cipher: FieldCipher, now: datetime) -> bool:
    digits = re.sub(r"\s", "", normalise_digits(typed))
    if user.totp_secret is None or not re.fullmatch(r"[0-9]{6}", digits):
        return False
    totp = TOTP(key=cipher.open(user.totp_secret), format="base32")
    try:
        found = totp.match(
            digits, time=now, window=CLOCK_SKEW_SECONDS, last_counter=user.totp_last_counter or None
        )
    except TokenError:
        return False
    user.totp_last_counter = found.counter
    return True


def _new_recovery_codes(user: User) -> list[str]:
    codes = [random_code(_RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    user.recovery_codes = [token_digest(code) for code in codes]
    return ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4)) for code in codes]
