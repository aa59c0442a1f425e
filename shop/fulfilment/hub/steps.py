"""A step at the hub is written down once, with the price of its day, and taken back when it is undone.

A village's own collection point is paid by its part of the price of goods: there nothing is written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, PackingPlaceKind
from shop.fulfilment.events import HubWorkDone, HubWorkUndone
from shop.fulfilment.hub.models import HubStep, HubStepKind
from shop.fulfilment.hub.rates import price_of
from shop.fulfilment.models import Parcel, Task
from shop.kit.clock import shanghai_date
from shop.ordering.models import OrderLine
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class Work:
    """What was done with what. `villages`: by how much of it is each village's, which divides the cost."""

    kind: HubStepKind
    place_id: int
    subject: str
    count: int
    villages: Mapping[int, int]
    order_id: int | None = None
    lot_id: int | None = None


def is_hub(session: Session, place_id: int) -> bool:
    place = session.get(PackingPlace, place_id)
    return place is not None and place.kind is PackingPlaceKind.HUB


def note_work(session: Session, work: Work, *, by_id: int | None, now: datetime) -> int | None:
    """Write it down, and have it booked; the step's id, or None where it was before, or the place is no hub."""
    step = write_step(session, work, by_id=by_id, now=now)
    if step is None:
        return None
    record(session, work_done(step, work))
    return step.id


def write_step(session: Session, work: Work, *, by_id: int | None, now: datetime) -> HubStep | None:
    """As `note_work`; booking is the caller's part.

    The caller has the order or the request locked; the unique index is the last defence.
    """
    if not is_hub(session, work.place_id) or _standing(session, work.subject, work.kind):
        return None
    step = HubStep(
        kind=work.kind,
        packing_place_id=work.place_id,
        subject=work.subject,
        order_id=work.order_id,
        lot_id=work.lot_id,
        count=work.count,
        price_fen=price_of(session, work.kind, shanghai_date(now)),
        done_at=now,
        done_by_id=by_id,
    )
    session.add(step)
    session.flush()
    return step


def work_done(step: HubStep, work: Work) -> HubWorkDone:
    return HubWorkDone(step.id, tuple(sorted(work.villages.items())))


def take_work_back(
    session: Session, subject: str, *kinds: HubStepKind, by_id: int | None, now: datetime
) -> None:
    """It was pressed by mistake: the steps of these kinds stay as undone, and their cost is taken back."""
    for step in _standing(session, subject, *kinds):
        step.undone_at, step.undone_by_id = now, by_id
        record(session, HubWorkUndone(step.id))
    session.flush()


def receiving_of(task: Task) -> Work:
    return Work(
        *(HubStepKind.RECEIVE, task.packing_place_id, task.code, 1, {task.village_id: 1}),
        order_id=task.order_id,
    )


def assembling_of(session: Session, parcel: Parcel, tasks: Iterable[Task]) -> Work | None:
    """One for each gift box in the parcel; loose goods are part of packing, as in a village."""
    boxed = [task for task in tasks if task.items]
    lines = {item.allocation.order_line_id for task in boxed for item in task.items}
    boxes = session.scalar(
        sa.select(sa.func.sum(OrderLine.quantity)).where(
            OrderLine.id.in_(lines), OrderLine.is_bundle.is_(True)
        )
    )
    if not boxes:
        return None
    return Work(
        *(HubStepKind.ASSEMBLE, parcel.packing_place_id, parcel.code, int(boxes), village_weights(boxed)),
        order_id=parcel.order_id,
    )


def village_weights(tasks: Iterable[Task]) -> dict[int, int]:
    """How much of these goods is each village's: by what the goods earn, as the packing part of prices is divided."""
    weights = Counter[int]()
    for task in tasks:
        weights[task.village_id] += max(task.earns_fen, 1)
    return dict(weights)


def _standing(session: Session, subject: str, *kinds: HubStepKind) -> list[HubStep]:
    standing = sa.select(HubStep).where(
        HubStep.subject == subject, HubStep.kind.in_(kinds), HubStep.undone_at.is_(None)
    )
    return list(session.scalars(standing.order_by(HubStep.id)))
