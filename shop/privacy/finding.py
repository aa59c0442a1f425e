"""Whose account somebody at the desk means: by e-mail address, telephone, staff or student number, or our own number."""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.campus.models import CampusIdentity
from shop.accounts.campus.roster_table import normalise_number
from shop.accounts.contacts import email_subject, normalise_phone
from shop.accounts.models import User
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import half_width, msg, tidy

SEVERAL: Final = msg("Several accounts fit. Make sure which it is and enter one of these: %(accounts)s.")
_OWN_NUMBER: Final = re.compile(r"#\s?([0-9]{1,15})")
_MOST_NAMED: Final = 10


def find_account(session: Session, typed: str) -> int:
    """`#12` is the account of that number. Raises NotFound; InvalidInput (whose) naming the accounts where several fit."""
    plain = tidy(half_width(typed))
    if own := _OWN_NUMBER.fullmatch(plain):
        fits: sa.ColumnElement[bool] = User.id == int(own[1])
    elif "@" in plain:
        fits = User.email == email_subject(plain)
    else:
        numbered = sa.select(CampusIdentity.user_id).where(
            sa.func.upper(CampusIdentity.campus_number) == normalise_number(plain)
        )
        phone = _phone(plain)
        fits = sa.or_(User.phone == phone if phone else sa.false(), User.id.in_(numbered))
    found = session.execute(
        sa.select(User.id, User.name)
        .where(fits, User.erased_at.is_(None))
        .order_by(User.id)
        .limit(_MOST_NAMED)
    ).all()
    if not found:
        raise NotFound()
    if len(found) > 1:
        named = ", ".join(f"#{user_id} {name}".strip() for user_id, name in found)
        raise InvalidInput(SEVERAL, field="whose", accounts=named)
    return int(found[0].id)


def _phone(typed: str) -> str | None:
    """None for what is no telephone number."""
    try:
        return normalise_phone(typed)
    except InvalidInput:
        return None
