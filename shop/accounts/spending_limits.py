"""How much may be bought on account before somebody has to agree: of one order, in a month, in a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.membership import get_member
from shop.accounts.organisation_models import Span, SpendingLimit
from shop.accounts.terms import MOST_FEN, lock_organisation
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

SPANS: Final = {
    Span.ORDER: msg("Of one order"),
    Span.MONTH: msg("In a calendar month"),
    Span.YEAR: msg("In a calendar year"),
}
TOO_MUCH: Final = msg("Please enter an amount between 0 and 10 million yuan, or nothing.")


def limits_for(session: Session, organisation_id: int, user_id: int | None) -> Sequence[SpendingLimit]:
    """Those of the organisation, and of this member. One statement."""
    statement = sa.select(SpendingLimit).where(
        SpendingLimit.organisation_id == organisation_id,
        sa.or_(SpendingLimit.user_id.is_(None), SpendingLimit.user_id == user_id),
    )
    return session.scalars(statement.order_by(SpendingLimit.id)).all()


def limits_of(session: Session, organisation_id: int, user_id: int | None) -> dict[Span, int]:
    """Of the organisation alone, or of one member alone, in fen."""
    own = limits_for(session, organisation_id, user_id)
    return {one.span: one.limit_fen for one in own if one.user_id == user_id}


def limits_by_member(session: Session, organisation_id: int) -> dict[int, dict[Span, int]]:
    """Of all members who have one. One statement."""
    statement = sa.select(SpendingLimit).where(
        SpendingLimit.organisation_id == organisation_id, SpendingLimit.user_id.is_not(None)
    )
    found: dict[int, dict[Span, int]] = {}
    for one in session.scalars(statement):
        found.setdefault(one.user_id or 0, {})[one.span] = one.limit_fen
    return found


def set_limits(
    session: Session,
    organisation_id: int,
    user_id: int | None,
    wanted: Mapping[Span, int | None],
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """In fen by span; None ends one. Without a member, of the whole organisation.

    Raises NotFound for who is no member, InvalidInput by span. Locks the organisation: an order that is judged at this
    moment sees all of the old limits or all of the new ones.
    """
    wrong = {
        span.value: TOO_MUCH for span, fen in wanted.items() if fen is not None and not 0 <= fen <= MOST_FEN
    }
    if wrong:
        raise InvalidInput(errors=wrong)
    lock_organisation(session, organisation_id)
    if user_id is not None:
        get_member(session, organisation_id, user_id)
    known = {one.span: one for one in limits_for(session, organisation_id, user_id) if one.user_id == user_id}
    before = {span: one.limit_fen for span, one in known.items()}
    after = {span: fen for span, fen in wanted.items() if fen is not None}
    if before == after:
        return
    for span, one in known.items():
        if span not in after:
            session.delete(one)
    for span, fen in after.items():
        if span in known:
            known[span].limit_fen = fen
        else:
            session.add(
                SpendingLimit(organisation_id=organisation_id, user_id=user_id, span=span, limit_fen=fen)
            )
    session.flush()
    facts = {f"{span.value}_limit_fen": [before.get(span), after.get(span)] for span in Span}
    if user_id is not None:
        facts["user_id"] = user_id  # type: ignore[assignment]
    audit(session, actor_id, "organisation.limits_set", "organisation", organisation_id, facts, now=now)
