"""Whether somebody hears of tasks by text message: their own choice, which others may note for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.kit.errors import NotFound


def choose_texts(session: Session, user_id: int, *, wants: bool, actor_id: int, now: datetime) -> None:
    """The same choice again changes nothing. Codes for signing in are sent in any case. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound()
    if user.wants_texts is not wants:
        user.wants_texts = wants
        audit(session, actor_id, "user.texts_chosen", "user", user_id, {"wants_texts": wants}, now=now)


@dataclass(frozen=True, slots=True)
class TextChoice:
    """`reachable`: there is a number at all."""

    wants: bool
    reachable: bool


def text_choice(session: Session, user_id: int) -> TextChoice:
    """One statement. Raises NotFound."""
    row = session.execute(sa.select(User.wants_texts, User.phone).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound()
    return TextChoice(wants=row.wants_texts, reachable=bool(row.phone))
