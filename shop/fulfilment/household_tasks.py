"""One household's standing tasks as its coordinator, or the place the goods come to, sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import PackingPlace, Producer, Village
from shop.fulfilment.board import STANDING, Lane, lane_of
from shop.fulfilment.giving_back import to_give_back
from shop.fulfilment.goods import Goods, goods_of_tasks
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.proposal_models import Proposal, ProposalStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.task_looks import look_of
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import LIVE_TASKS
from shop.fulfilment.unmade_parcels import UnmadeParcel, unmade_by_task
from shop.kit.errors import NotFound
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class ProducerHead:
    id: int
    name_zh: str
    name_en: str
    phone: str
    village_id: int
    village_zh: str
    village_en: str


@dataclass(frozen=True, slots=True)
class StandingTask:
    """A task by its order's number, still without the buyer."""

    id: int
    code: str
    lane: Lane
    status: TaskStatus
    producer_id: int
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    order_number: str
    place_id: int
    place_zh: str
    place_en: str
    earns_fen: int
    deadline_at: datetime
    ready_at: datetime | None
    received_at: datetime | None
    escalated_at: datetime | None
    needs_person_at: datetime | None
    decline_reason: str
    acted_for: bool
    acted_by: (
        str  # the name of who pressed last; empty for the shop itself, and for somebody who is forgotten
    )
    prepared_by_me: bool
    taken_in_by_me: bool
    reminded_at: datetime | None
    asked_until: datetime | None  # its buyer was asked about units that nobody has, and may answer until then
    waited_until: date | None  # its buyer waits for them until that day
    goods: tuple[Goods, ...] = ()
    lies_in: UnmadeParcel | None = (
        None  # goods to be given back that were packed when the order was called off
    )

    @property
    def number(self) -> str:
        return short_number(self.code)

    @property
    def look(self) -> str:
        """The status as people read it: received goods, and what a recall took away, are called so."""
        is_here = self.status is TaskStatus.READY and self.received_at is not None
        return Lane.RECEIVED.value if is_here else look_of(self.status, self.decline_reason)

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_TASKS


def producer_head(session: Session, producer_id: int, by: Reach) -> ProducerHead:
    """Raises NotFound for a producer of another village that brings nothing to an own place."""
    brings = sa.exists().where(Task.producer_id == producer_id, by.takes_in())
    row = session.execute(
        sa.select(
            Producer.id,
            Producer.name_zh,
            Producer.name_en,
            Producer.phone,
            Producer.village_id,
            Village.name_zh,
            Village.name_en,
        )
        .join(Village, Village.id == Producer.village_id)
        .where(Producer.id == producer_id, sa.or_(Producer.village_id.in_(by.village_ids), brings))
    ).one_or_none()
    if row is None:
        raise NotFound()
    return ProducerHead(*row)


def household_tasks(session: Session, producer_id: int, by: Reach, *, limit: int = 200) -> list[StandingTask]:
    """Standing tasks of one producer, the most urgent first. Two statements."""
    return _with_goods(
        session,
        _columns(by)
        .where(Task.producer_id == producer_id, Task.status.in_(STANDING))
        .order_by(Task.deadline_at, Task.id)
        .limit(limit),
    )


def order_tasks(session: Session, order_id: int, by: Reach) -> list[StandingTask]:
    """The tasks of one order that come to an own packing place, whatever became of them. Two statements."""
    return _with_goods(
        session, _columns(by).where(Task.order_id == order_id, by.takes_in()).order_by(Task.id)
    )


def one_task(session: Session, task_id: int, by: Reach) -> StandingTask:
    """Raises NotFound, the same for an absent task and another village's. Two statements."""
    found = _with_goods(session, _columns(by).where(Task.id == task_id))
    if not found:
        raise NotFound()
    return found[0]


def order_id_of_task(session: Session, task_id: int) -> int | None:
    return session.scalar(sa.select(Task.order_id).where(Task.id == task_id))


def work_list(session: Session, by: Reach, *, now: datetime, limit: int = 100) -> list[StandingTask]:
    """What somebody must decide: units that nobody has, and households silent past their deadline. Two statements."""
    silent = sa.and_(Task.status.in_((TaskStatus.OPEN, TaskStatus.ACCEPTED)), Task.deadline_at < now)
    statement = _columns(by).where(by.prepares(), sa.or_(Task.needs_person_at.is_not(None), silent))
    stuck_first = sa.case((Task.needs_person_at.is_not(None), 0), else_=1)
    return _with_goods(session, statement.order_by(stuck_first, Task.deadline_at, Task.id).limit(limit))


def give_back_list(session: Session, by: Reach, *, limit: int = 100) -> list[StandingTask]:
    """Goods of cancelled orders that lie at own places, and whose they are. Three statements."""
    statement = _columns(by).where(by.takes_in(), to_give_back())
    tasks = _with_goods(session, statement.order_by(Task.producer_id, Task.id).limit(limit))
    boxes = unmade_by_task(session, {task.order_number for task in tasks})
    return [replace(task, lies_in=boxes.get(task.id)) for task in tasks]


def count_work(session: Session, by: Reach, *, now: datetime) -> int:
    """How many tasks stand on the work list. One statement."""
    return session.scalar(work_counted(by, now=now)) or 0


def work_counted(by: Reach, *, now: datetime, give_back: bool = False) -> sa.Select[int]:
    """SQL: how many tasks stand on the work list, and (if asked) how many are to be given back."""
    silent = sa.and_(Task.status.in_((TaskStatus.OPEN, TaskStatus.ACCEPTED)), Task.deadline_at < now)
    waits = sa.and_(by.prepares(), sa.or_(Task.needs_person_at.is_not(None), silent))
    if give_back:
        waits = sa.or_(waits, sa.and_(by.takes_in(), to_give_back()))
    return sa.select(sa.func.count(Task.id)).where(waits)


def _columns(by: Reach) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Task.id,
            Task.code,
            lane_of().label("lane"),
            Task.status,
            Task.producer_id,
            Producer.name_zh,
            Producer.name_en,
            Village.name_zh,
            Village.name_en,
            Order.number,
            Task.packing_place_id,
            PackingPlace.name_zh,
            PackingPlace.name_en,
            Task.earns_fen,
            Task.deadline_at,
            Task.ready_at,
            Task.received_at,
            Task.escalated_at,
            Task.needs_person_at,
            Task.decline_reason,
            Task.acted_for,
            sa.func.coalesce(User.name, ""),
            sa.cast(sa.case((by.prepares(), 1), else_=0), sa.Boolean),
            sa.cast(sa.case((by.takes_in(), 1), else_=0), sa.Boolean),
            Task.reminded_at,
            _asked(ProposalStatus.OPEN, Proposal.answer_by),
            _asked(ProposalStatus.WAITING, Proposal.wait_until),
        )
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .join(Order, Order.id == Task.order_id)
        .outerjoin(User, User.id == Task.acted_by_id)
        .where(by.sees())
    )


def _asked(status: ProposalStatus, column: Any) -> sa.ScalarSelect[Any]:
    """The first day or moment by which something of the task is decided."""
    return (
        sa.select(sa.func.min(column))
        .join(TaskItem, TaskItem.allocation_id == Proposal.allocation_id)
        .where(TaskItem.task_id == Task.id, Proposal.status == status)
        .correlate(Task)
        .scalar_subquery()
    )


def _with_goods(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> list[StandingTask]:
    rows = session.execute(statement).all()
    goods = goods_of_tasks(session, [row.id for row in rows])
    return [replace(StandingTask(*row), lane=Lane(row.lane), goods=tuple(goods[row.id])) for row in rows]
