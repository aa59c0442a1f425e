"""Whether somebody hears of tasks by text message: their own choice, which others may note for them."""

from __future__ import annotations

from datetime import datetime

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
