"""承诺达标合格证: which lots need one of their own, and which a lot has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import ComplianceClass
from shop.inventory.trace_models import LotPledge


def demanded_on(day: date) -> sa.ColumnElement[bool]:
    """SQL: a lot of this class of goods that is declared on that day needs a pledge; an admin says from which day on."""
    return sa.and_(ComplianceClass.pledge_since.is_not(None), ComplianceClass.pledge_since <= day)


def pledge_of_lot(session: Session, lot_id: int) -> LotPledge | None:
    """The one that counts. One statement."""
    return session.scalar(
        sa.select(LotPledge).where(LotPledge.lot_id == lot_id, LotPledge.replaced_at.is_(None))
    )


def pledges_of_lot(session: Session, lot_id: int) -> Sequence[LotPledge]:
    """The newest first; those that were replaced too. One statement."""
    return session.scalars(
        sa.select(LotPledge).where(LotPledge.lot_id == lot_id).order_by(LotPledge.id.desc())
    ).all()
