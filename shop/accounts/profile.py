"""What people change about themselves. Roles, e-mail address and password have their own ways."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_phone
from shop.accounts.models import User
from shop.accounts.users import known_unit_id
from shop.kit.text import tidy


def update_profile(
    session: Session, user_id: int, *, name: str, phone: str, unit_id: int | None, language: str
) -> None:
    """A number that signs its person in stays: it is changed with a code. Raises InvalidInput (phone, unit_id)."""
    user = session.get_one(User, user_id)
    user.name = tidy(name)[:80]
    if user.phone_confirmed_at is None:
        user.phone = normalise_phone(phone) if phone.strip() else None
    user.unit_id = known_unit_id(session, unit_id)
    user.language = language
