"""Which pickup points somebody keeps."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import PointKeeper


def pickup_points_of(session: Session, user_id: int) -> frozenset[int]:
    kept = sa.select(PointKeeper.pickup_point_id).where(PointKeeper.user_id == user_id)
    return frozenset(session.scalars(kept))
