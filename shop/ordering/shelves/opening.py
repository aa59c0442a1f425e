"""A shelf is set up at a pickup point, or for a fair that the keepers of a point run."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.delivery.models import PickupPoint
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.outside.models import OutsideSource, SourceKind
from shop.ordering.shelves.models import Shelf

SOLD_FROM = (SourceKind.SHELF, SourceKind.FAIR)


def open_shelf(session: Session, source_id: int, point_id: int, *, actor_id: int, now: datetime) -> int:
    """Its id; the source's own where it has one at this point already. Raises InvalidInput."""
    source, point = session.get(OutsideSource, source_id), session.get(PickupPoint, point_id)
    errors = {}
    if source is None or source.kind not in SOLD_FROM or not source.active:
        errors["source_id"] = msg("Please choose one from the list.")
    if point is None or not point.active:
        errors["pickup_point_id"] = msg("Please choose one from the list.")
    if errors:
        raise InvalidInput(errors=errors)
    known = session.scalar(sa.select(Shelf).where(Shelf.source_id == source_id))
    if known is not None:
        if known.pickup_point_id != point_id:
            raise InvalidInput(msg("This source has its shelf at another point already."), field="source_id")
        return known.id
    shelf = Shelf(source_id=source_id, pickup_point_id=point_id, opened_at=now)
    session.add(shelf)
    session.flush()
    facts = {"source_id": source_id, "pickup_point_id": point_id}
    audit(session, actor_id, "shelf.opened", "shelf", shelf.id, facts, now=now)
    return shelf.id
