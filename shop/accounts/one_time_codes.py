"""Six digits sent to a telephone or an e-mail address: one purpose, one browser, five tries, ten minutes, one use."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.models import AttemptKind, OneTimeCode
from shop.kit.references import random_digits, token_digest
from shop.kit.text import normalise_digits

DIGITS = 6
TRIES = 5
LIFETIME = timedelta(minutes=10)
KEPT = timedelta(days=1)


def issue_code(
    session: Session, *, purpose: str, subject: str, to: str, browser: str, origin: Origin, now: datetime
) -> str:
    """A new code for `subject` (what it opens), which ends the ones of this browser before. Send it by the outbox, sealed.

    Those that other browsers asked for stay: else anybody who types a number could end the code of whose it is.

    `to` is the number it goes to, whatever it opens. `browser` is a random secret that only this browser holds, such
    as a cookie of its own; nothing that is stored lets anybody compute the code. Raises TooManyAttempts after 3 in
    15 minutes for a number, 20 for an address.
    """
    begin_attempt(session, AttemptKind.CODE_SENT, to, origin=origin, now=now)
    subject_hash = _subject_hash(purpose, subject)
    session.execute(
        sa.update(OneTimeCode)
        .where(
            OneTimeCode.subject_hash == subject_hash,
            OneTimeCode.binding == token_digest(browser),
            OneTimeCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    code = random_digits(DIGITS)
    session.add(
        OneTimeCode(
            purpose=purpose,
            subject_hash=subject_hash,
            binding=token_digest(browser),
            code_hash=_code_hash(purpose, code, browser),
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return code


def use_code(
    session: Session, typed: str, *, purpose: str, subject: str, browser: str, now: datetime
) -> bool:
    """Whether this is the code; a right one is used up, a wrong one costs a try.

    The caller commits either way and raises CodeRefused afterwards: raising inside would undo the count.
    """
    current = (
        sa.select(OneTimeCode.id)
        .where(
            OneTimeCode.subject_hash == _subject_hash(purpose, subject),
            OneTimeCode.purpose == purpose,
            OneTimeCode.binding == token_digest(browser),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    # One conditional UPDATE: tries made at once are counted one by one.
    claim = (
        sa.update(OneTimeCode)
        .where(OneTimeCode.id == current, OneTimeCode.tries < TRIES, OneTimeCode.used_at.is_(None))
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode.id, OneTimeCode.code_hash)
    )
    row = session.execute(claim.execution_options(synchronize_session=False)).one_or_none()
    digits = "".join(normalise_digits(typed).split())  # many phones show them in two groups
    if row is None or not hmac.compare_digest(row.code_hash, _code_hash(purpose, digits, browser)):
        return False
    session.execute(sa.update(OneTimeCode).where(OneTimeCode.id == row.id).values(used_at=now))
    return True


def forget_old_codes(session: Session, *, now: datetime) -> None:
    session.execute(sa.delete(OneTimeCode).where(OneTimeCode.expires_at < now - KEPT))


def _subject_hash(purpose: str, subject: str) -> str:
    return hashlib.sha256(f"{purpose}\0{subject}".encode()).hexdigest()


def _code_hash(purpose: str, code: str, browser: str) -> str:
    return hmac.digest(browser.encode(), f"{purpose}\0{code}".encode(), "sha256").hex()
