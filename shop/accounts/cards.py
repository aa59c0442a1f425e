"""A card with a code that signs its person's phone in: made by the coordinator, one at a time, taken back at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.audit import audit
from shop.accounts.card_models import SignInCard
from shop.accounts.device_sign_in import enter_device, who_may_have_card
from shop.accounts.errors import CardRefused, NoCardFor
from shop.accounts.models import AttemptKind, User
from shop.kit.errors import NotFound
from shop.kit.references import secret_token, token_digest
from shop.storage.named_locks import lock_name

# A card hangs in a kitchen: four sign-ins of 90 days, then the coordinator looks whether it is still the right hand.
LIFETIME: Final = timedelta(days=365)
KEPT: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Card:
    """A card that works, as its coordinator sees it."""

    id: int
    user_id: int
    issued_at: datetime
    expires_at: datetime
    uses: int
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardOwner:
    card_id: int
    user_id: int
    name: str


def issue_card(session: Session, user_id: int, *, actor_id: int, now: datetime) -> str:
    """A new card, whose token is returned and never again; the one before opens nothing from now on.

    Raises NotFound; NoCardFor somebody who works with money, answers for a village or has a second factor.
    """
    lock_name(session, f"card:{user_id}")  # two at once make one card after the other
    user = session.get(User, user_id)
    if user is None or not user.active:
        raise NotFound()
    if not who_may_have_card(session, [user_id]):
        raise NoCardFor()
    _end(session, user_id, now)
    token = secret_token()
    session.add(
        SignInCard(
            user_id=user_id,
            token_hash=token_digest(token),
            issued_by_id=actor_id,
            issued_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    audit(session, actor_id, "card.issued", "user", user_id, now=now)
    return token


def end_card(session: Session, user_id: int, *, actor_id: int | None, now: datetime) -> bool:
    """The card signs nobody in any more; phones that it signed in stay so. False when there was none."""
    ended = _end(session, user_id, now)
    if ended:
        audit(session, actor_id, "card.ended", "user", user_id, now=now)
    return ended


def card_owner(session: Session, token: str, *, now: datetime) -> CardOwner | None:
    """Whom this card signs in, if it does."""
    row = session.execute(
        sa.select(SignInCard.id, User.id, User.name)
        .join(User, User.id == SignInCard.user_id)
        .where(SignInCard.token_hash == token_digest(token), _works(now), User.active)
    ).one_or_none()
    if row is None or not who_may_have_card(session, [row[1]]):
        return None
    return CardOwner(*row)


def note_wrong_card(session: Session, token: str, *, origin: Origin, now: datetime) -> None:
    """Raises TooManyAttempts: 20 wrong cards in a quarter of an hour from one address."""
    begin_attempt(session, AttemptKind.CARD, token_digest(token), origin=origin, now=now)


def use_card(
    session: Session,
    token: str,
    *,
    device: str,
    origin: Origin,
    now: datetime,
    old_tokens: Collection[str] = (),
) -> str:
    """Sign this device in; the use is counted and written down. Raises CardRefused."""
    owner = card_owner(session, token, now=now)
    if owner is None:
        raise CardRefused()
    used = (
        sa.update(SignInCard)
        .where(SignInCard.id == owner.card_id, SignInCard.ended_at.is_(None))
        .values(uses=SignInCard.uses + 1, last_used_at=now)
        .returning(SignInCard.id)
    )
    if session.execute(used.execution_options(synchronize_session=False)).one_or_none() is None:
        raise CardRefused()  # taken back a moment ago
    return enter_device(
        session, owner.user_id, way="card", device=device, origin=origin, now=now, old_tokens=old_tokens
    )


def cards_of(session: Session, user_ids: Collection[int], *, now: datetime) -> dict[int, Card]:
    """The working card of each of these people. One statement."""
    rows = session.execute(
        sa.select(
            SignInCard.id,
            SignInCard.user_id,
            SignInCard.issued_at,
            SignInCard.expires_at,
            SignInCard.uses,
            SignInCard.last_used_at,
        ).where(SignInCard.user_id.in_(user_ids), _works(now))
    )
    return {row.user_id: Card(*row) for row in rows}


def forget_old_cards(session: Session, *, now: datetime) -> None:
    """Cards that have opened nothing for 90 days."""
    long_ago = now - KEPT
    session.execute(
        sa.delete(SignInCard).where(sa.or_(SignInCard.expires_at < long_ago, SignInCard.ended_at < long_ago))
    )


def _works(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(SignInCard.ended_at.is_(None), SignInCard.expires_at > now)


def _end(session: Session, user_id: int, now: datetime) -> bool:
    ended = session.execute(
        sa.update(SignInCard)
        .where(SignInCard.user_id == user_id, SignInCard.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignInCard.id)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.all())
