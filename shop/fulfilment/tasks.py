"""A confirmed order becomes tasks: one for each producer and packing place."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, PackingPlaceKind, Producer, Product, Variant, Village
from shop.delivery.models import Run
from shop.fulfilment.due import Truck, deadline
from shop.fulfilment.events import TasksOpened
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.truck_hours import hours_before_truck
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.references import random_code
from shop.ordering.models import Order, OrderLine
from shop.storage.event_log import record

NUMBER_LENGTH = 3
CODE_LENGTH = 10  # its first digits are what a household writes on the goods
NUMBERS = frozenset(f"{number:03d}" for number in range(1000))
BEFORE_PACKING = (TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY)


def short_number(code: str) -> str:
    """What stands on the goods until they are packed: no two standing tasks of a village have the same."""
    return code[:NUMBER_LENGTH]


@dataclass(frozen=True, slots=True)
class _Part:
    """One committed allocation that no task holds yet, and what decides where it belongs."""

    allocation_id: int
    household_fen: int
    producer_id: int
    village_id: int
    packing_place_id: int
    place: PackingPlaceKind
    ready_hours: int


def open_tasks(session: Session, order_id: int, *, now: datetime) -> list[int]:
    """Open one task a producer and packing place for every committed allocation without a task.

    Nobody prepares what is not harvested: those tasks open with the harvest. Safe to repeat: what has a task already is left alone. The caller has the order locked.
    Returns the ids of the new tasks.
    """
    truck = _truck(session, order_id)
    grouped: dict[tuple[int, int], list[_Part]] = defaultdict(list)
    for part in _parts(session, order_id):
        grouped[part.producer_id, part.packing_place_id].append(part)
    taken = _numbers_in(session, {parts[0].village_id for parts in grouped.values()})
    earlier = hours_before_truck(session) if truck is not None and grouped else {}
    tasks = [
        _new_task(order_id, parts, truck, taken, now, earlier) for _key, parts in sorted(grouped.items())
    ]
    session.add_all(tasks)
    session.flush()
    task_ids = [task.id for task in tasks]
    if task_ids:
        record(session, TasksOpened(tuple(task_ids), now))
    return task_ids


def tasks_of_what_left(session: Session, order_id: int, *, now: datetime) -> list[Task]:
    """The same for units that had left before they were ordered, from a shelf: nobody is told to prepare them.

    The caller writes the tasks down as done.
    """
    grouped: dict[tuple[int, int], list[_Part]] = defaultdict(list)
    for part in _parts(session, order_id, AllocationStatus.SHIPPED):
        grouped[part.producer_id, part.packing_place_id].append(part)
    taken = _numbers_in(session, {parts[0].village_id for parts in grouped.values()})
    return [_new_task(order_id, parts, None, taken, now, {}) for _key, parts in sorted(grouped.items())]


def new_code(session: Session, village_id: int) -> str:
    """A code for one more task, whose number no other goods of the village have."""
    return _code(_numbers_in(session, {village_id})[village_id])


def code_as_before(session: Session, task: Task) -> str:
    """The code of a task that stands again: its own, or a new one where other goods have its number by now."""
    taken = _numbers_in(session, {task.village_id})[task.village_id]
    return _code(taken) if short_number(task.code) in taken else task.code


def waiting_units(session: Session, order_id: int) -> bool:
    """Whether some units of the order found no other producer yet."""
    statement = sa.select(
        sa.exists().where(TaskItem.task_id == Task.id, Task.order_id == order_id, TaskItem.waits.is_(True))
    )
    return bool(session.scalar(statement))


def _new_task(
    order_id: int,
    parts: Collection[_Part],
    truck: Truck | None,
    taken: dict[int, set[str]],
    now: datetime,
    earlier: Mapping[PackingPlaceKind, timedelta],
) -> Task:
    first = next(iter(parts))
    hours = min(part.ready_hours for part in parts)  # the freshest of the goods must not wait for the others
    return Task(
        code=_code(taken[first.village_id]),
        order_id=order_id,
        producer_id=first.producer_id,
        village_id=first.village_id,
        packing_place_id=first.packing_place_id,
        earns_fen=sum(part.household_fen for part in parts),
        opened_at=now,
        deadline_at=deadline(now, hours, first.place, truck, earlier),
        items=[TaskItem(allocation_id=part.allocation_id) for part in parts],
    )


def _numbers_in(session: Session, village_ids: Collection[int]) -> dict[int, set[str]]:
    """The numbers that lie on goods of these villages now. One statement."""
    found: dict[int, set[str]] = defaultdict(set)
    statement = sa.select(Task.village_id, Task.code).where(
        Task.village_id.in_(village_ids), Task.status.in_(BEFORE_PACKING)
    )
    for village_id, code in session.execute(statement):
        found[village_id].add(short_number(code))
    return found


def _code(taken: set[str]) -> str:
    return _free_number(taken) + random_code(CODE_LENGTH - NUMBER_LENGTH)


def _free_number(taken: set[str]) -> str:
    """One that no goods have; by chance, so that two orders at the same moment hardly choose the same."""
    number = secrets.choice(sorted(NUMBERS - taken) or sorted(NUMBERS))
    taken.add(number)
    return number


def _truck(session: Session, order_id: int) -> Truck | None:
    row = session.execute(
        sa.select(Run.cutoff_at, Run.departs_at)
        .join(Order, Order.run_id == Run.id)
        .where(Order.id == order_id)
    ).one_or_none()
    return None if row is None else Truck(row.cutoff_at, row.departs_at)


def _parts(
    session: Session, order_id: int, status: AllocationStatus = AllocationStatus.COMMITTED
) -> Iterable[_Part]:
    """What a gift box is made of goes to the county hub, everything else to its village's own place."""
    hub = _hub(session)
    for row in session.execute(_unassigned(order_id, status)):
        place_id, kind = row.packing_place_id, row.kind
        if row.is_bundle and hub is not None:
            place_id, kind = hub, PackingPlaceKind.HUB
        yield _Part(
            allocation_id=row.id,
            household_fen=row.household_fen,
            producer_id=row.producer_id,
            village_id=row.village_id,
            packing_place_id=place_id,
            place=kind,
            ready_hours=row.ready_hours,
        )


def _unassigned(order_id: int, status: AllocationStatus) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Allocation.id,
            Allocation.household_fen,
            OrderLine.is_bundle,
            Lot.producer_id,
            Producer.village_id,
            Village.packing_place_id,
            PackingPlace.kind,
            Product.ready_hours,
        )
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(PackingPlace, PackingPlace.id == Village.packing_place_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .where(
            OrderLine.order_id == order_id,
            Allocation.status == status,
            TaskItem.task_id.is_(None),
            Lot.expected_on.is_(None),
        )
        .order_by(Allocation.id)
    )


def _hub(session: Session) -> int | None:
    hubs = sa.select(PackingPlace.id).where(PackingPlace.kind == PackingPlaceKind.HUB)
    return session.scalar(hubs.order_by(PackingPlace.id).limit(1))
