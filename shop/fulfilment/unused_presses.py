"""A button that was pressed without a network and came too late: noted in the order's history, with who was faster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import ProducerMember
from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.ordering.history import note
from shop.ordering.models import OrderEvent

UNUSED = "press_unused"


@dataclass(frozen=True, slots=True)
class StandingDeed:
    """What was done to a task last. ``name`` is that of somebody of the same producer, and empty for anybody else."""

    status: TaskStatus
    kind: str = ""
    at: datetime | None = None
    by_id: int | None = None
    name: str = ""
    acted_for: bool = False


def note_unused(
    session: Session, task_id: int, pressed: str, *, by: Reach, made_at: datetime, now: datetime
) -> None:
    """Write down that `pressed` (a kind of the history) did not stand; `made_at` is what the phone says."""
    found = session.execute(
        sa.select(Task.order_id, Task.code, Task.producer_id).where(Task.id == task_id, by.prepares())
    ).one_or_none()
    if found is not None:
        note(
            session,
            found.order_id,
            UNUSED,
            now,
            by.user_id,
            task=found.code,
            producer_id=found.producer_id,
            pressed=pressed,
            made_at=made_at.isoformat(timespec="seconds"),
        )


def note_unused_of_parcels(
    session: Session, codes: Collection[str], pressed: str, *, by: Reach, made_at: datetime, now: datetime
) -> None:
    """The same for what was pressed about parcels that the person sees."""
    found = sa.select(Parcel.order_id, Parcel.code).where(Parcel.code.in_(codes), by.parcels())
    for order_id, code in session.execute(found.order_by(Parcel.id)):
        said = made_at.isoformat(timespec="seconds")
        note(session, order_id, UNUSED, now, by.user_id, parcel=code, pressed=pressed, made_at=said)


def standing_deed(session: Session, task_id: int, by: Reach) -> StandingDeed | None:
    """The last thing that was done to a task; None for one out of reach. Two statements."""
    task = session.execute(
        sa.select(Task.order_id, Task.code, Task.producer_id, Task.status).where(
            Task.id == task_id, by.prepares()
        )
    ).one_or_none()
    if task is None:
        return None
    is_of_house = sa.exists().where(
        ProducerMember.user_id == OrderEvent.actor_id, ProducerMember.producer_id == task.producer_id
    )
    last = session.execute(
        sa.select(OrderEvent, sa.case((is_of_house, User.name), else_=""))
        .outerjoin(User, User.id == OrderEvent.actor_id)
        .where(
            OrderEvent.order_id == task.order_id,
            OrderEvent.kind != UNUSED,
            OrderEvent.facts["task"].as_string() == task.code,
        )
        .order_by(OrderEvent.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return StandingDeed(task.status)
    event, name = last
    return StandingDeed(
        task.status, event.kind, event.at, event.actor_id, name, bool(event.facts.get("acted_for"))
    )
