"""Taking grams out of intakes and giving them back: the only place that moves them, by conditional updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.intake.errors import IntakesMoved
from shop.inventory.intake.models import Intake
from shop.storage.locks import LockRank, note_lock

_INTAKES: Final = cast(sa.Table, Intake.__table__)
_GRAMS: Final = sa.bindparam("moved", type_=sa.BigInteger)


def use_up(session: Session, grams: Mapping[int, int]) -> None:
    """So many grams of each intake are used, in id order. Raises IntakesMoved when fewer are left of one."""
    _move(session, grams, origin="left_g", target="used_g")


def give_back(session: Session, grams: Mapping[int, int]) -> None:
    """They are left again."""
    _move(session, grams, origin="used_g", target="left_g")


def _move(session: Session, grams: Mapping[int, int], *, origin: str, target: str) -> None:
    note_lock(session, LockRank.INTAKE)
    values: dict[str, Any] = {
        origin: _INTAKES.c[origin] - _GRAMS,
        target: _INTAKES.c[target] + _GRAMS,
    }
    statement = (
        sa.update(_INTAKES)
        .where(_INTAKES.c.id == sa.bindparam("intake"), _INTAKES.c[origin] >= _GRAMS)
        .values(values)
    )
    rows = [{"intake": intake_id, "moved": count} for intake_id, count in sorted(grams.items())]
    result = session.connection().execute(statement, rows)
    if result.rowcount != len(rows):
        raise IntakesMoved()
