"""One gift's tasks of one household, gathered: many parcels with the same in each are one piece of work.

What is pressed is pressed for all of them: for those that its person saw (`upto`, the newest of them), so that a press
that was kept on a phone takes none along that came later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import PackingPlace, Product, Variant
from shop.fulfilment.accepting import accept
from shop.fulfilment.finding import lock_tasks
from shop.fulfilment.goods import GOODS_COLUMNS, GOODS_GROUP, Goods
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.inventory.models import Allocation
from shop.kit.errors import NotFound
from shop.ordering.gift_models import OrderGift
from shop.storage.paging import Page, read_page

SHOWN: Final = (*WITH_THE_PRODUCER, TaskStatus.READY)
PAGE_SIZE: Final = 30


@dataclass(frozen=True, slots=True)
class GiftWork:
    """So many tasks of one gift in one stage; `upto` is the newest of them."""

    gift_id: int
    status: TaskStatus
    tasks: int
    earns_fen: int
    deadline_at: datetime
    upto: int
    received: int
    place_zh: str
    goods: tuple[Goods, ...] = ()

    @property
    def id(self) -> str:
        """What its card is called on the page."""
        return f"g{self.gift_id}-{self.status}"

    @property
    def to_do(self) -> bool:
        return self.status in WITH_THE_PRODUCER

    @property
    def can_undo(self) -> bool:
        return self.status is TaskStatus.READY and not self.received


@dataclass(frozen=True, slots=True)
class GiftTask:
    """One of them, to be looked at by itself."""

    id: int
    number: str
    status: TaskStatus


def is_of_gift() -> sa.ColumnElement[bool]:
    """SQL, of Task."""
    return sa.exists().where(OrderGift.order_id == Task.order_id)


def gift_work(session: Session, by: Reach) -> list[GiftWork]:
    """What stands with the household, the most urgent first, and what is ready. Two statements."""
    within = sa.and_(by.prepares(), Task.status.in_(SHOWN))
    rows = session.execute(
        sa.select(
            *(OrderGift.gift_id, Task.status, sa.func.count(Task.id), _whole(sa.func.sum(Task.earns_fen))),
            *(sa.func.min(Task.deadline_at).label("deadline_at"), sa.func.max(Task.id)),
            *(sa.func.count(Task.received_at), sa.func.min(PackingPlace.name_zh)),
        )
        .join(OrderGift, OrderGift.order_id == Task.order_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .where(within)
        .group_by(OrderGift.gift_id, Task.status)
        .order_by(sa.func.min(Task.deadline_at), OrderGift.gift_id)
    ).all()
    goods = _goods(session, within) if rows else {}
    return [GiftWork(*row, goods=tuple(goods[row[0], row[1]])) for row in rows]


def gift_tasks(session: Session, gift_id: int, by: Reach, *, page: int = 1) -> Page[GiftTask]:
    """The standing ones, one by one. Raises NotFound where the household has none. Two statements."""
    statement = (
        sa.select(Task.id, Task.code, Task.status)
        .join(OrderGift, OrderGift.order_id == Task.order_id)
        .where(OrderGift.gift_id == gift_id, by.prepares(), Task.status.in_(SHOWN))
        .order_by(Task.id)
    )
    found = read_page(session, statement, number=page, size=PAGE_SIZE)
    if not found.total:
        raise NotFound()
    return found.map(lambda row: GiftTask(row.id, short_number(row.code), row.status))


def accept_gift(session: Session, gift_id: int, *, upto: int, by: Reach, now: datetime) -> int:
    """Accept all that is not answered yet; returns how many. Pressing again changes nothing.

    Raises NotFound for a gift of which the household has nothing.
    """
    ids = _standing(session, gift_id, upto, by, (TaskStatus.OPEN,))
    if ids:
        accept(session, ids, by=by, now=now)
    return len(ids)


def ready_gift(session: Session, gift_id: int, *, upto: int, by: Reach, now: datetime) -> int:
    """All of it stands prepared; returns how many. Raises NotFound as `accept_gift` does."""
    ids = _standing(session, gift_id, upto, by, WITH_THE_PRODUCER)
    if ids:
        mark_ready(session, ids, by=by, now=now)
    return len(ids)


def undo_gift(session: Session, gift_id: int, *, upto: int, by: Reach, now: datetime) -> int:
    """Take "ready" back of what nobody has received; returns how many. Raises NotFound as `accept_gift` does."""
    ids = _standing(session, gift_id, upto, by, (TaskStatus.READY,))
    if ids:
        tasks = lock_tasks(session, ids, by.prepares())
        waiting = [one.id for one in tasks if one.status is TaskStatus.READY and one.received_at is None]
        for task_id in sorted(waiting):
            undo_ready(session, task_id, by=by, now=now)
        return len(waiting)
    return 0


def with_its_gift(session: Session, task_id: int) -> Sequence[int]:
    """The standing tasks of the same producer for the same gift; the task alone where it is of none. One statement."""
    this, its = aliased(Task), aliased(OrderGift)
    ids = session.scalars(
        sa.select(Task.id)
        .join(OrderGift, OrderGift.order_id == Task.order_id)
        .join(its, its.gift_id == OrderGift.gift_id)
        .join(this, sa.and_(this.order_id == its.order_id, this.producer_id == Task.producer_id))
        .where(this.id == task_id, Task.status.in_(WITH_THE_PRODUCER))
        .order_by(Task.id)
    ).all()
    return ids if task_id in ids else [task_id]


def gifts_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, int]:
    """The gift of each task that is of one. One statement."""
    rows = session.execute(
        sa.select(Task.id, OrderGift.gift_id)
        .join(OrderGift, OrderGift.order_id == Task.order_id)
        .where(Task.id.in_(task_ids))
    )
    return {task_id: gift_id for task_id, gift_id in rows}  # noqa: C416  rows are no pairs to mypy


def _standing(
    session: Session, gift_id: int, upto: int, by: Reach, statuses: Collection[TaskStatus]
) -> list[int]:
    of_gift = (
        sa.select(Task.id, Task.status)
        .join(OrderGift, OrderGift.order_id == Task.order_id)
        .where(OrderGift.gift_id == gift_id, by.prepares())
    )
    rows = session.execute(of_gift.order_by(Task.id)).all()
    if not rows:
        raise NotFound()
    return [row.id for row in rows if row.status in statuses and row.id <= upto]


def _goods(session: Session, within: sa.ColumnElement[bool]) -> dict[tuple[int, TaskStatus], list[Goods]]:
    statement = (
        sa.select(OrderGift.gift_id, Task.status, *GOODS_COLUMNS)
        .select_from(Task)
        .join(OrderGift, OrderGift.order_id == Task.order_id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(within)
        .group_by(OrderGift.gift_id, Task.status, *GOODS_GROUP)
        .order_by(Variant.id)
    )
    found: dict[tuple[int, TaskStatus], list[Goods]] = defaultdict(list)
    for row in session.execute(statement):
        found[row[0], row[1]].append(Goods(*row[2:]))
    return found


def _whole(column: Any) -> sa.ColumnElement[int]:
    """PostgreSQL adds whole numbers up to a decimal."""
    return sa.cast(column, sa.BigInteger)
