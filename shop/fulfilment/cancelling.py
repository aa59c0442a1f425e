"""The order was cancelled: nobody prepares for it any more."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import Run
from shop.fulfilment.events import TaskTakenAway
from shop.fulfilment.finding import tasks_of_order
from shop.fulfilment.models import Parcel, ParcelStatus, TaskStatus
from shop.fulfilment.packing import dissolve
from shop.fulfilment.settling_proposals import settle_of_order
from shop.fulfilment.transitions import LIVE_TASKS, TASK_STATES
from shop.fulfilment.unmade_parcels import CALLED_OFF, note_unmade
from shop.storage.event_log import record


def cancel_tasks(session: Session, order_id: int, *, now: datetime) -> None:
    """End the order's live tasks and unmake parcels that never left. Repeating changes nothing.

    Units and money are the caller's part. The caller has the order locked.
    """
    packed = sa.select(Parcel).where(Parcel.order_id == order_id, Parcel.status == ParcelStatus.PACKED)
    unmade = list(session.scalars(packed))
    gone = {parcel.id for parcel in unmade}
    tasks = tasks_of_order(session, order_id)
    for parcel in unmade:
        inside = [task for task in tasks if task.parcel_id == parcel.id]
        note_unmade(session, parcel, CALLED_OFF, inside, now, **truck_of(session, parcel))
    for task in tasks:
        task.needs_person_at = None  # units that waited are refunded with the rest
        if task.status in LIVE_TASKS and (task.parcel_id is None or task.parcel_id in gone):
            if task.received_at is None:  # else the goods lie at the place, and are given back
                record(session, TaskTakenAway(task.id, now))
            task.status = TASK_STATES.step(task.status, TaskStatus.CANCELLED)
            task.ended_at = now
            task.parcel_id = None
    session.flush()
    settle_of_order(session, order_id, now=now)
    for parcel in unmade:
        dissolve(session, parcel, now=now)


def truck_of(session: Session, parcel: Parcel) -> dict[str, str]:
    """The truck on which it stands; nothing while it is not loaded."""
    return {"run": session.get_one(Run, parcel.run_id).code} if parcel.run_id is not None else {}
