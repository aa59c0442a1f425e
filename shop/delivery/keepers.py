"""Who keeps which pickup points."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.accounts.proved_email import demand_known_owner
from shop.delivery.models import PickupPoint, PointKeeper
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg


def set_points(
    session: Session, user_id: int, point_ids: Collection[int], *, actor_id: int, now: datetime
) -> None:
    """Make these the points that somebody keeps. Raises NotFound, InvalidInput, OwnerUnknown."""
    if session.get(User, user_id) is None:
        raise NotFound()
    wanted = set(point_ids)
    if set(session.scalars(sa.select(PickupPoint.id).where(PickupPoint.id.in_(wanted)))) != wanted:
        raise InvalidInput(msg("Please choose one from the list."))
    kept = sa.select(PointKeeper).where(PointKeeper.user_id == user_id)
    rows = {row.pickup_point_id: row for row in session.scalars(kept)}
    if wanted - rows.keys():
        demand_known_owner(session, user_id)
    for point_id in sorted(wanted - rows.keys()):
        session.add(PointKeeper(user_id=user_id, pickup_point_id=point_id))
    for point_id in sorted(rows.keys() - wanted):
        session.delete(rows[point_id])
    session.flush()
    if rows.keys() != wanted:
        facts = {"pickup_points": [sorted(rows), sorted(wanted)]}
        audit(session, actor_id, "user.work_changed", "user", user_id, facts, now=now)
