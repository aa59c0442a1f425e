"""How much a department means to buy in a year: every version stays, the newest holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Unit, User
from shop.accounts.units import get_unit
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy
from shop.purchases.models import UnitTarget

FIRST_YEAR: Final = 2015
LAST_YEAR: Final = 2100
MOST_FEN: Final = 10**13  # a hundred thousand million yuan is a slip of the finger


@dataclass(frozen=True)
class TargetVersion:
    """`by` is empty for somebody who is gone."""

    year: int
    version: int
    target_fen: int
    reason: str
    set_at: datetime
    by: str


def newest_targets(year: int) -> sa.Subquery:
    """SQL: `unit_id` and `target_fen` of departments that have a target for this year."""
    newest = (
        sa.select(UnitTarget.unit_id, sa.func.max(UnitTarget.version).label("version"))
        .where(UnitTarget.year == year)
        .group_by(UnitTarget.unit_id)
        .subquery()
    )
    return (
        sa.select(UnitTarget.unit_id, UnitTarget.target_fen)
        .join(
            newest,
            sa.and_(newest.c.unit_id == UnitTarget.unit_id, newest.c.version == UnitTarget.version),
        )
        .where(UnitTarget.year == year, UnitTarget.target_fen > 0)
        .subquery("targets")
    )


def set_target(
    session: Session,
    unit_id: int,
    year: int,
    target_fen: int,
    reason: str,
    *,
    actor_id: int | None,
    now: datetime,
) -> int:
    """The version that holds now; the same target again is no new one. Raises NotFound, InvalidInput. Locks the unit."""
    get_unit(session, unit_id)
    session.execute(sa.select(Unit.id).where(Unit.id == unit_id).with_for_update())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput(msg("Please choose one from the list."), field="year")
    if not 0 <= target_fen <= MOST_FEN:
        raise InvalidInput(msg("Please enter an amount that can be."), field="target_fen")
    last = session.scalar(
        sa.select(UnitTarget)
        .where(UnitTarget.unit_id == unit_id, UnitTarget.year == year)
        .order_by(UnitTarget.version.desc())
        .limit(1)
    )
    before = last.target_fen if last else 0
    if before == target_fen:
        return last.version if last else 0
    version = last.version + 1 if last else 1
    session.add(
        UnitTarget(
            unit_id=unit_id,
            year=year,
            version=version,
            target_fen=target_fen,
            reason=tidy(reason)[:200],
            set_at=now,
            set_by_id=actor_id,
        )
    )
    session.flush()
    facts = {"year": year, "target": [plain_yuan(before), plain_yuan(target_fen)]}
    audit(session, actor_id, "unit_target.set", "unit", unit_id, facts, now=now)
    return version


def versions_of(session: Session, unit_id: int, *, most: int = 30) -> Sequence[TargetVersion]:
    """The newest first. One statement."""
    columns: tuple[Any, ...] = (
        *(UnitTarget.year, UnitTarget.version, UnitTarget.target_fen, UnitTarget.reason, UnitTarget.set_at),
        sa.func.coalesce(User.name, ""),
    )
    statement = (
        sa.select(*columns)
        .outerjoin(User, User.id == UnitTarget.set_by_id)
        .where(UnitTarget.unit_id == unit_id)
        .order_by(UnitTarget.year.desc(), UnitTarget.version.desc())
        .limit(most)
    )
    return [TargetVersion(*row) for row in session.execute(statement)]
