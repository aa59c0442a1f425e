"""The demo's union buys on account: what it was granted, before its year begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember, RoleName, User, UserRole
from shop.accounts.terms import BUYING_ROLES, grant_of
from shop.accounts.terms_models import OrganisationTerms

LIMIT_FEN: Final = 2_000_000
DAYS: Final = 20
HOLD_DAYS: Final = 15
NOTE: Final = "2026 年度采购协议（示例）"


@dataclass(frozen=True, slots=True)
class OnAccount:
    """An order on terms; `paid_after` it was accepted its transfer came, or never yet."""

    organisation_id: int
    days: int
    paid_after: timedelta | None


def grant_terms(session: Session, buyer: str, *, now: datetime) -> int | None:
    """The organisation that this account buys for, with terms in force; None where there is none, or no two admins."""
    organisation_id = session.scalar(
        sa.select(sa.func.min(OrganisationMember.organisation_id))
        .join(User, User.id == OrganisationMember.user_id)
        .where(User.email == buyer, OrganisationMember.role.in_(BUYING_ROLES))
    )
    if organisation_id is None or grant_of(session, organisation_id) is not None:
        return organisation_id
    finance = sa.select(UserRole.user_id).where(UserRole.role == RoleName.FINANCE).order_by(UserRole.user_id)
    persons = session.scalars(finance.limit(2)).all()
    if len(persons) < 2:
        return None
    session.add(
        OrganisationTerms(
            organisation_id=organisation_id,
            limit_fen=LIMIT_FEN,
            days=DAYS,
            hold_days=HOLD_DAYS,
            note=NOTE,
            proposed_at=now,
            proposed_by_id=persons[0],
            approved_at=now,
            approved_by_id=persons[1],
        )
    )
    session.flush()
    return organisation_id
