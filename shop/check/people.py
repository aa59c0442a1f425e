"""Nothing is left of people who are gone, and nobody has altered the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit_queries import verify_chain
from shop.accounts.card_models import SignInCard
from shop.accounts.models import SignInSession, User
from shop.check.rule import Rule, rule
from shop.ordering.models import Basket, BasketItem

_nobody = ~sa.exists().where(User.id == Basket.user_id)


def _shut_out_people_are_signed_in_nowhere(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(SignInSession.id, SignInSession.user_id)
        .outerjoin(User, User.id == SignInSession.user_id)
        .where(
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            sa.or_(User.id.is_(None), User.active.is_(False)),
        )
    )
    for session_id, user_id in session.execute(wrong):
        yield f"session {session_id}", f"open, but user {user_id} is gone or shut out"


def _shut_out_people_have_no_card(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(SignInCard.id, SignInCard.user_id)
        .join(User, User.id == SignInCard.user_id)
        .where(SignInCard.ended_at.is_(None), SignInCard.expires_at > now, User.active.is_(False))
    )
    for card_id, user_id in session.execute(wrong):
        yield f"card {card_id}", f"works, but user {user_id} is shut out"


def _the_audit_trail_is_whole(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    for broken in verify_chain(session):
        yield f"audit entry {broken.entry_id}", broken.what


RULES = (
    rule(
        "basket: somebody's",
        sa.select(Basket.id, Basket.user_id).where(
            sa.or_(
                sa.and_(Basket.user_id.is_not(None), _nobody),
                sa.and_(Basket.user_id.is_(None), Basket.token_hash.is_(None)),
            )
        ),
        "basket {id}",
        "user {user_id} is gone",
    ),
    rule(
        "basket: a good is in it at least once",
        sa.select(BasketItem.basket_id, BasketItem.quantity).where(BasketItem.quantity <= 0),
        "basket {basket_id}",
        "a line of {quantity} units",
    ),
    Rule("session: none of somebody who is gone or shut out", _shut_out_people_are_signed_in_nowhere),
    Rule("card: none of somebody who is shut out", _shut_out_people_have_no_card),
    Rule("audit: the chain is whole", _the_audit_trail_is_whole),
)
