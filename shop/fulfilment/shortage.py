"""The household has only some of the units: what it lacks leaves its task, and the rest stays its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.accepting import record_hand, say_yes
from shop.fulfilment.errors import HasNone
from shop.fulfilment.events import UnitsReassigned
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.reassigning import give_away
from shop.fulfilment.tasks import new_code
from shop.fulfilment.transitions import TASK_STATES, WITH_THE_PRODUCER
from shop.inventory.cutting import Cut, cut_off, note_cuts
from shop.inventory.models import Allocation
from shop.kit.errors import Conflict
from shop.ordering.models import OrderLine
from shop.ordering.reasons import Reason
from shop.storage.event_log import record


def fall_short(session: Session, task_id: int, keeps: Mapping[int, int], *, by: Reach, now: datetime) -> bool:
    """The household has so many units of each variant, `keeps`, and no more; it prepares those.

    The missing ones leave its lot and go to another household by the rule; what nobody has waits for a person: False
    then. Saying the same again changes nothing. Raises NotFound for a task out of reach, HasNone when nothing would be
    left of it, Conflict when it has fewer units already, IllegalStep when the goods are ready or the order is off.
    """
    task = lock_task(session, task_id, by.prepares())
    if task.status not in WITH_THE_PRODUCER:
        TASK_STATES.step(task.status, TaskStatus.DECLINED)
    missing = _missing(session, task, keeps)
    if missing:
        record_hand(session, task, "task_short", by=by, now=now, units=sum(missing.values()))
        give_parts(session, {task: missing}, now=now)
    return not _still_waits(session, task)


def _missing(session: Session, task: Task, keeps: Mapping[int, int]) -> dict[Allocation, int]:
    """How many units of which allocation go: loose ones before those of gift boxes, which wait for one another."""
    boxes = _boxes(session, task)
    items = sorted(
        (item.allocation for item in task.items), key=lambda one: (one.order_line_id in boxes, one.id)
    )
    has = {one.variant_id: 0 for one in items}
    for one in items:
        has[one.variant_id] += one.units
    to_go = {variant: units - keeps.get(variant, units) for variant, units in has.items()}
    if any(units < 0 for units in to_go.values()) or not keeps.keys() <= has.keys():
        raise Conflict()
    if sum(to_go.values()) == sum(has.values()):
        raise HasNone()
    return dict(_taken(items, to_go))


def _taken(items: list[Allocation], to_go: dict[int, int]) -> Iterator[tuple[Allocation, int]]:
    for one in items:
        if units := min(one.units, to_go[one.variant_id]):
            to_go[one.variant_id] -= units
            yield one, units


def _boxes(session: Session, task: Task) -> set[int]:
    """The lines of the order that are gift boxes."""
    of_order = sa.select(OrderLine.id).where(
        OrderLine.order_id == task.order_id, OrderLine.is_bundle.is_(True)
    )
    return set(session.scalars(of_order))


def give_parts(
    session: Session,
    missing: Mapping[Task, Mapping[Allocation, int]],
    *,
    reason: Reason = Reason.SHORT,
    now: datetime,
) -> None:
    """So many units of tasks of one order go on to others, or wait. The order is locked.

    Of a task that keeps something, what is missing becomes a task of its own, declined at once: it waits and is refunded
    like any other.
    """
    cuts: list[Cut] = []
    going = [_part(session, task, units, cuts, now) for task, units in missing.items()]
    give_away(session, going, TaskStatus.DECLINED, reason=reason, now=now)
    if cuts:
        note_cuts(session, cuts, now=now)
        record(session, _as_cut(going[0].order_id, cuts))


def _part(
    session: Session, task: Task, missing: Mapping[Allocation, int], cuts: list[Cut], now: datetime
) -> Task:
    """The task itself where all of it is missing."""
    if sum(missing.values()) == sum(item.allocation.units for item in task.items):
        return task
    whole = [one for one, units in missing.items() if units == one.units]
    cut = cut_off(session, {one: units for one, units in missing.items() if units < one.units}, now=now)
    cuts += cut
    part = split_off(session, task, [*whole, *(one.off for one in cut)])
    if task.status is TaskStatus.OPEN:
        say_yes(session, task, now)
    return part


def split_off(session: Session, task: Task, allocations: list[Allocation]) -> Task:
    """These units become a task of their own, as far as the one that they were in. The order is locked."""
    moving = {one.id for one in allocations}
    for item in task.items:
        if item.allocation_id in moving:
            session.delete(item)
    session.flush()
    earns_fen = sum(one.household_fen for one in allocations)
    task.earns_fen -= earns_fen
    part = Task(
        code=new_code(session, task.village_id),
        order_id=task.order_id,
        producer_id=task.producer_id,
        village_id=task.village_id,
        packing_place_id=task.packing_place_id,
        status=task.status,
        earns_fen=earns_fen,
        opened_at=task.opened_at,
        deadline_at=task.deadline_at,
        accepted_at=task.accepted_at,
        acted_by_id=task.acted_by_id,
        acted_for=task.acted_for,
        items=[TaskItem(allocation_id=one.id, allocation=one) for one in allocations],
    )
    session.add(part)
    session.flush()
    session.expire(task, ["items"])
    return part


def _as_cut(order_id: int, cuts: list[Cut]) -> UnitsReassigned:
    """For the books, where the roundings moved as in the figures."""
    return UnitsReassigned(order_id, tuple(cut.off.id for cut in cuts))


def _still_waits(session: Session, task: Task) -> bool:
    waits = sa.exists().where(
        Task.order_id == task.order_id,
        Task.producer_id == task.producer_id,
        Task.decline_reason == Reason.SHORT,
        Task.needs_person_at.is_not(None),
    )
    return bool(session.scalar(sa.select(waits)))
