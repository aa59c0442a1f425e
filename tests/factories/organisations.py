"""An organisation with terms, and who buys for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.terms_models import OrganisationTerms


def add_union(
    session: Session, *, now: datetime, limit_fen: int = 100_000_000, days: int = 30, slug: str = "union"
) -> tuple[int, int]:
    """Returns the buyer's id and the organisation's. Two persons of finance have granted the terms."""
    people = [
        User(email=f"{slug}.{name}@shop.example", name=name, created_at=now)
        for name in ("buyer", "grants", "agrees")
    ]
    organisation = Organisation(
        slug=slug, name=f"校工会 {slug}", invoice_title=f"某某大学{slug}", tax_number="12100000437201234A"
    )
    session.add_all([*people, organisation])
    session.flush()
    session.add(OrganisationMember(organisation_id=organisation.id, user_id=people[0].id, role="buyer"))
    grant_terms(session, organisation.id, people[1].id, people[2].id, now=now, limit_fen=limit_fen, days=days)
    return people[0].id, organisation.id


def grant_terms(
    session: Session,
    organisation_id: int,
    by: int,
    second: int,
    *,
    now: datetime,
    limit_fen: int,
    days: int = 30,
    hold_days: int | None = None,
) -> None:
    session.add(
        OrganisationTerms(
            organisation_id=organisation_id,
            limit_fen=limit_fen,
            days=days,
            hold_days=hold_days,
            proposed_at=now,
            proposed_by_id=by,
            approved_at=now,
            approved_by_id=second,
        )
    )
    session.flush()
