"""What providers call units, and which of ours each is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.models import CampusIdentity, CampusUnit, Provider
from shop.accounts.models import Unit, User
from shop.accounts.users import known_unit_id
from shop.kit.errors import NotFound
from shop.storage.paging import Page, read_page


def unit_said(session: Session, provider: Provider, code: str, *, now: datetime) -> int | None:
    """Our unit for what a provider calls one. What nobody has mapped is kept for the admin; what is written as one of
    ours is written is that one.
    """
    if not code:
        return None
    known = session.scalar(
        sa.select(CampusUnit).where(CampusUnit.provider == provider, CampusUnit.code == code)
    )
    if known is None:
        folded = code.casefold()
        same = sa.or_(Unit.slug == folded, Unit.name_zh == code, sa.func.lower(Unit.name_en) == folded)
        unit_id = session.scalar(sa.select(Unit.id).where(same).order_by(Unit.id).limit(1))
        known = CampusUnit(provider=provider, code=code, unit_id=unit_id, first_seen_at=now)
        session.add(known)
        session.flush()
    return known.unit_id


def proved_place(session: Session, user_id: int, *, now: datetime) -> int | None:
    """Our unit in which an identity that has not ended puts somebody; the first of several."""
    lives = sa.select(CampusIdentity).where(
        CampusIdentity.user_id == user_id, CampusIdentity.ended_at.is_(None)
    )
    places = [
        unit_said(session, one.provider, one.unit_code, now=now)
        for one in session.scalars(lives.order_by(CampusIdentity.id)).all()
    ]
    return next((place for place in places if place is not None), None)


def page_of_campus_units(session: Session, *, unmapped: bool | None, page: int = 1) -> Page[CampusUnit]:
    """Those without a unit of ours first, the newest of them first."""
    statement = sa.select(CampusUnit).order_by(CampusUnit.unit_id.is_not(None), CampusUnit.id.desc())
    if unmapped is not None:
        is_unmapped = CampusUnit.unit_id.is_(None)
        statement = statement.where(is_unmapped if unmapped else sa.not_(is_unmapped))
    return read_page(session, statement, number=page, scalars=True)


def get_campus_unit(session: Session, record_id: int) -> CampusUnit:
    """Raises NotFound."""
    found = session.get(CampusUnit, record_id)
    if found is None:
        raise NotFound()
    return found


def people_of_campus_unit(session: Session, unit: CampusUnit) -> int:
    """How many live identities the provider puts there."""
    statement = sa.select(sa.func.count()).where(*_of_unit(unit))
    return session.scalar(statement) or 0


def map_campus_unit(
    session: Session, record_id: int, unit_id: int | None, *, actor_id: int, now: datetime
) -> int:
    """Say which of our units this is, also for everybody who is there already; returns how many accounts that moved.

    Raises NotFound, InvalidInput.
    """
    unit = get_campus_unit(session, record_id)
    old, unit.unit_id = unit.unit_id, known_unit_id(session, unit_id)
    session.flush()
    moved = 0
    if unit.unit_id is not None or old is not None:
        theirs = sa.select(CampusIdentity.user_id).where(*_of_unit(unit))
        was = User.proved_unit_id.is_not_distinct_from(old) if unit.unit_id is None else sa.true()
        changed = session.execute(
            sa.update(User)
            .where(User.id.in_(theirs), was, User.proved_unit_id.is_distinct_from(unit.unit_id))
            .values(unit_id=unit.unit_id, proved_unit_id=unit.unit_id)
            .returning(User.id)
            .execution_options(synchronize_session=False)
        )
        moved = len(changed.all())
    if old != unit.unit_id:
        facts = {
            "code": unit.code,
            "campus_provider": unit.provider.value,
            "unit_id": unit.unit_id,
            "people": moved,
        }
        audit(session, actor_id, "campus_unit.mapped", "campus_unit", unit.id, facts, now=now)
    return moved


def _of_unit(unit: CampusUnit) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        CampusIdentity.provider == unit.provider,
        CampusIdentity.unit_code == unit.code,
        CampusIdentity.ended_at.is_(None),
    )
