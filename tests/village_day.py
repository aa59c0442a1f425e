"""A day in the villages, played through the shop's own use cases: every task that stands is answered, goods come in,
are packed, and leave; what nobody has is refunded. Some decline, some have too few, some say nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.delivery.models import PickupPoint, Run, RunStatus
from shop.fulfilment.accepting import accept
from shop.fulfilment.closing import close_waiting
from shop.fulfilment.declining import decline
from shop.fulfilment.handover import hand_over
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER, keeper
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import arrive, depart, load
from shop.fulfilment.shipping import Consignment, mark_delivered, ship_parcels
from shop.fulfilment.shortage import fall_short
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.inventory.models import Allocation
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.errors import ShopError
from shop.ordering.closing import NothingElseLeft
from shop.ordering.models import DeliveryKind, Order
from shop.payments.cancelling import cancel_order
from shop.payments.providers.base import Providers
from shop.rounds import close_lots, complete_orders, escalate_tasks
from shop.storage.unit_of_work import UnitOfWork

DECLINE, SHORT, SILENT = 0.04, 0.03, 0.03  # of the tasks
MOST_ROUNDS = 6
AT_ONCE = 40  # parcels in one list

Result = TypeVar("Result")


class VillageDay:
    """`log` counts what happened. The clock goes on only where people wait."""

    def __init__(self, units: UnitOfWork, providers: Providers, *, now: datetime, seed: int = 7) -> None:
        self._units, self._providers, self._chance, self.now = units, providers, Random(seed), now
        self._numbers = iter(range(1, 10**9))
        self.log = Counter[str]()

    def play(self) -> Counter[str]:
        for _ in range(MOST_ROUNDS):
            if not self._answer():
                break
            self._wait_for_the_silent()
        self._close_what_nobody_has()
        self._bring_in()
        self._pack()
        self._ship()
        self._drive()
        self._complete()
        return self.log

    def _answer(self) -> int:
        """Every household answers its tasks; how many there were."""
        rows = self._rows(
            sa.select(Task.id, Task.producer_id).where(Task.status.in_(WITH_THE_PRODUCER)).order_by(Task.id)
        )
        by_house: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            by_house[row.producer_id].append(row.id)
        for task_ids in by_house.values():
            self._answer_of(task_ids)
        return len(rows)

    def _answer_of(self, task_ids: Sequence[int]) -> None:
        ready = []
        for task_id in task_ids:
            said = self._chance.random()
            if said < DECLINE:
                self._do(
                    "declined", partial(decline, task_id=task_id, reason="没有货", by=WORKER, now=self.now)
                )
            elif said < DECLINE + SHORT:
                self._fall_short(task_id)
                ready.append(task_id)
            elif said >= DECLINE + SHORT + SILENT:
                ready.append(task_id)
        standing = [row.id for row in self._rows(sa.select(Task.id).where(Task.id.in_(ready), _STANDS))]
        if standing:
            self._do("accepted", partial(accept, task_ids=standing, by=WORKER, now=self.now))
            self._do("ready", partial(mark_ready, task_ids=standing, by=WORKER, now=self.now))

    def _fall_short(self, task_id: int) -> None:
        """It has one unit less of everything of which it has several."""
        units = sa.select(Allocation.variant_id, sa.func.sum(Allocation.units).label("units")).join(
            TaskItem, TaskItem.allocation_id == Allocation.id
        )
        rows = self._rows(units.where(TaskItem.task_id == task_id).group_by(Allocation.variant_id))
        keeps = {row.variant_id: int(row.units) - 1 for row in rows if row.units > 1}
        if keeps:
            self._do("short", partial(fall_short, task_id=task_id, keeps=keeps, by=WORKER, now=self.now))

    def _wait_for_the_silent(self) -> None:
        """Deadlines pass, coordinators call for their hours, and then another household is asked."""
        for _ in range(2):
            self.now += timedelta(days=4)
            while moved := escalate_tasks(self._units, now=self.now):
                self.log["escalated"] += moved

    def _close_what_nobody_has(self) -> None:
        """The price of what nobody has goes back; where that is all there is, the order is called off."""
        admin = self._somebody("admin")
        waiting = sa.select(Task.order_id).join(TaskItem, TaskItem.task_id == Task.id).where(TaskItem.waits)
        for row in self._rows(waiting.distinct()):
            close = partial(
                close_waiting, order_id=row.order_id, reason="没有货", actor_id=admin, now=self.now
            )
            try:
                self._units.run(close)
                self.log["closed"] += 1
            except NothingElseLeft:
                call_off = partial(cancel_order, actor_id=admin, now=self.now, also_confirmed=True)
                call_off(self._units, self._providers, row.order_id)
                self.log["called_off"] += 1

    def _bring_in(self) -> None:
        standing = sa.select(Task.id, Task.packing_place_id).where(
            Task.status == TaskStatus.READY, Task.received_at.is_(None)
        )
        by_place: dict[int, list[int]] = defaultdict(list)
        for row in self._rows(standing.order_by(Task.id)):
            by_place[row.packing_place_id].append(row.id)
        for task_ids in by_place.values():
            for some in _parts(task_ids):
                self._do("received", partial(receive, task_ids=some, by=WORKER, now=self.now))

    def _pack(self) -> None:
        wanted = sa.select(Task.order_id, Task.packing_place_id).where(
            Task.status == TaskStatus.READY, Task.received_at.is_not(None)
        )
        for row in self._rows(wanted.distinct().order_by(Task.order_id, Task.packing_place_id)):
            self._do(
                "packed",
                partial(
                    pack_parcel,
                    order_id=row.order_id,
                    packing_place_id=row.packing_place_id,
                    by=WORKER,
                    now=self.now,
                ),
            )

    def _ship(self) -> None:
        for some in _parts([row.code for row in self._parcels(DeliveryKind.COURIER, ParcelStatus.PACKED)]):
            lines = [Consignment(code, "sf", f"SF{next(self._numbers):013d}") for code in some]
            self._do("shipped", partial(ship_parcels, consignments=lines, by=WORKER, now=self.now))
        for row in self._parcels(DeliveryKind.COURIER, ParcelStatus.SHIPPED):
            self._do("delivered", partial(mark_delivered, parcel_code=row.code, by=WORKER, now=self.now))

    def _drive(self) -> None:
        """Each truck takes what is booked on it; at the point everybody comes."""
        trucks: dict[str, list[str]] = defaultdict(list)
        for row in self._parcels(DeliveryKind.PICKUP, ParcelStatus.PACKED):
            if row.run_status is RunStatus.PLANNED:
                trucks[row.run_code].append(row.code)
        for run_code, codes in trucks.items():
            for some in _parts(codes):
                self._do(
                    "loaded", partial(load, run_code=run_code, parcel_codes=some, by=WORKER, now=self.now)
                )
            run = self._rows(sa.select(Run.departs_at, Run.arrives_at).where(Run.code == run_code))[0]
            self.now = max(self.now, run.arrives_at)
            self._do("departed", partial(depart, run_code=run_code, by=WORKER, behind="晚到", now=self.now))
            self._do("arrived", partial(arrive, run_code=run_code, now=self.now))
        points = frozenset(row.id for row in self._rows(sa.select(PickupPoint.id)))
        at_the_points = keeper(self._somebody("point"), points)
        here = {
            row.order_id: row.pickup_code for row in self._parcels(DeliveryKind.PICKUP, ParcelStatus.SHIPPED)
        }
        for order_id, code in here.items():
            self._do(
                "handed_over",
                partial(hand_over, typed_code=code, order_id=order_id, by=at_the_points, now=self.now),
            )

    def _complete(self) -> None:
        """Weeks later; what has spoiled meanwhile is off sale."""
        self.now += timedelta(days=30)
        while moved := complete_orders(self._units, now=self.now):
            self.log["completed"] += moved
        close_lots(self._units, now=self.now)
        self._units.run(partial(refresh_stock_state, now=self.now))

    def _somebody(self, name: str) -> int:
        """A person of the demo."""
        found: int = self._rows(sa.select(User.id).where(User.email == f"{name}@demo.example"))[0].id
        return found

    def _parcels(self, delivery: DeliveryKind, status: ParcelStatus) -> Sequence[Any]:
        statement = (
            sa.select(
                Parcel.code, Parcel.order_id, Order.pickup_code, Run.code.label("run_code"), Run.status.label("run_status")
            )
            .join(Order, Order.id == Parcel.order_id)
            .outerjoin(Run, Run.id == sa.func.coalesce(Parcel.run_id, Order.run_id))
            .where(Order.delivery == delivery, Parcel.status == status)
        )  # fmt: skip
        return self._rows(statement.order_by(Parcel.id))

    def _rows(self, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[Any]:
        return self._units.run(lambda session: session.execute(statement).all())

    def _do(self, what: str, step: Callable[[Session], Result]) -> None:
        """What the rules refuse is counted by its name: a person would see the sentence and do something else."""
        try:
            self._units.run(step)
        except ShopError as refused:
            self.log[f"{what}: {refused.code}"] += 1
        else:
            self.log[what] += 1


_STANDS = Task.status.in_(WITH_THE_PRODUCER)


def _parts(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[start : start + AT_ONCE] for start in range(0, len(things), AT_ONCE))


# What people look at all day; none of these pages may cost more statements when there is more to do.
BOARDS: Mapping[str, Sequence[str]] = {
    "coordinator": (
        "/village", "/village/work", "/village/packing", "/village/parcels", "/village/parcels/labels",
        "/village/parcels/ship", "/village/picking-list", "/village/runs", "/village/lots", "/village/households",
    ),
    "farmer": ("/farm/tasks", "/farm/lots", "/farm/money"),
    "point": ("/point", "/point/expected", "/point/uncollected"),
    "admin": ("/admin", "/admin/orders", "/admin/tasks"),
}  # fmt: skip
