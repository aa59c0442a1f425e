"""Whatever is pressed in whatever order: units asked for go, have gone, wait, or are paid back, and the books agree."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from shop.fulfilment.accepting import accept
from shop.fulfilment.answering import answer_of_buyer
from shop.fulfilment.declining import decline, reassign
from shop.fulfilment.goods import add_up, goods_of_tasks
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.overriding import override
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.proposal_models import Answer, Proposal
from shop.fulfilment.proposing import Offered, propose
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.fulfilment.shortage import fall_short
from shop.fulfilment.substitutes import substitutes
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.reactions import REACTIONS
from shop.rounds import close_lots, escalate_tasks, follow_proposals
from shop.storage.database import WRITES
from shop.storage.unit_of_work import UnitOfWork
from tests.databases import SqliteTemplate, own_engine
from tests.factories.small_shop import add_lot, add_product, fill_shelves
from tests.factories.trade import Trade, open_for_trade

STANDS = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED, AllocationStatus.CLOSED)
PARTS_OF_BOX = 3  # two teas and a honey
WHICH = st.integers(0, 50)


@dataclass
class Shops:
    """One shop, opened once; each walk through its days begins on a copy."""

    template: SqliteTemplate
    trade: Trade
    folder: Path
    opened: list[sa.Engine] = field(default_factory=list)

    def another(self) -> Trade:
        with self.template.copy(self.folder) as url:
            engine = own_engine(url)
        self.opened.append(engine)
        trade = copy.copy(self.trade)
        trade.shop, trade.unit_of_work = copy.deepcopy(self.trade.shop), UnitOfWork(engine, REACTIONS)
        return trade


@pytest.fixture
def shops(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Shops]:
    with sqlite_template.copy(tmp_path) as url:
        engine = own_engine(url)
        with Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as session:
            trade = open_for_trade(session, UnitOfWork(engine, REACTIONS))
            add_product(session, trade.shop, "goose", price_fen=5200, return_exempt=True)
            add_lot(session, trade.shop, "goose-chen", "goose", "chen", units=6)
            fill_shelves(session, trade.shop)
            session.commit()
        engine.dispose()
        filled = sqlite_template.refilled(url)
    walks = tmp_path / "walks"
    walks.mkdir()
    found = Shops(filled, trade, walks)
    yield found
    for engine in found.opened:
        engine.dispose()


class Days(RuleBasedStateMachine):
    shops: Shops

    def __init__(self) -> None:
        super().__init__()
        self.trade = self.shops.another()
        self.lots = self.labels = 0

    def may(self, work: Callable[[Session], object]) -> None:
        """What is refused changes nothing."""
        try:
            self.trade.run(work)
        except ShopError:
            return

    def pick(self, statement: sa.Select[int], which: int) -> int | None:
        ids = self.trade.run(lambda s: list(s.scalars(statement)))
        return ids[which % len(ids)] if ids else None

    def with_task(self, which: int, work: Callable[[Session, Task], object]) -> None:
        task_id = self.pick(sa.select(Task.id).order_by(Task.id), which)
        if task_id is not None:
            self.may(lambda s: work(s, s.get_one(Task, task_id)))

    @initialize()
    def two_orders(self) -> None:
        self.trade.sell({"tea": 3, "eggs": 3}, courier=True)
        self.trade.sell({"tea": 2, "box": 1, "eggs": 1})

    @rule(tea=st.integers(0, 8), eggs=st.integers(0, 4), boxes=st.integers(0, 1), courier=st.booleans())
    def buy(self, tea: int, eggs: int, boxes: int, courier: bool) -> None:
        goods = {"tea": tea, "eggs": eggs, "box": boxes}
        try:
            self.trade.sell({sku: units for sku, units in goods.items() if units}, courier=courier)
        except ShopError:
            return

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        self.with_task(which, lambda s, task: accept(s, [task.id], by=WORKER, now=self.trade.now))

    @rule(which=WHICH)
    def put_ready(self, which: int) -> None:
        self.with_task(which, lambda s, task: mark_ready(s, [task.id], by=WORKER, now=self.trade.now))

    @rule(which=WHICH)
    def take_ready_back(self, which: int) -> None:
        self.with_task(which, lambda s, task: undo_ready(s, task.id, by=WORKER, now=self.trade.now))

    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        self.with_task(which, lambda s, task: decline(s, task.id, "货不够", by=WORKER, now=self.trade.now))

    @rule(which=WHICH)
    def one_short(self, which: int) -> None:
        def press(session: Session, task: Task) -> None:
            goods = add_up(goods_of_tasks(session, [task.id])[task.id])
            has = {goods[0].variant_id: goods[0].units - 1}
            fall_short(session, task.id, has, by=WORKER, now=self.trade.now)

        self.with_task(which, press)

    @rule(which=WHICH)
    def look_for_another(self, which: int) -> None:
        self.with_task(which, lambda s, task: reassign(s, task.id, by=WORKER, now=self.trade.now))

    @rule(which=WHICH, lot=WHICH)
    def override(self, which: int, lot: int) -> None:
        def press(session: Session, task: Task) -> None:
            of_task = sa.select(Allocation.variant_id).join(TaskItem, TaskItem.allocation_id == Allocation.id)
            lots = session.scalars(
                sa.select(Lot.id)
                .where(Lot.variant_id.in_(of_task.where(TaskItem.task_id == task.id)), Lot.available > 0)
                .order_by(Lot.id)
            ).all()
            if lots:
                chosen = lots[lot % len(lots)]
                override(session, task.id, chosen, "轮到他家", by=WORKER, now=self.trade.now)

        self.with_task(which, press)

    @rule(which=WHICH, days=st.integers(0, 3), other=st.booleans())
    def ask_buyer(self, which: int, days: int, other: bool) -> None:
        waits = sa.select(TaskItem.allocation_id).where(TaskItem.waits.is_(True))
        allocation_id = self.pick(waits.order_by(TaskItem.allocation_id), which)
        if allocation_id is None:
            return
        day = shanghai_date(self.trade.now) + timedelta(days=days) if days else None

        def ask(session: Session) -> None:
            item = session.scalars(sa.select(TaskItem).where(TaskItem.allocation_id == allocation_id)).one()
            order_id = session.get_one(Task, item.task_id).order_id
            found = substitutes(session, order_id, allocation_id, now=self.trade.now) if other else []
            offered = Offered(day, found[0].variant_id if found else None)
            propose(session, item.task_id, allocation_id, offered, by=WORKER, now=self.trade.now)

        self.may(ask)

    @rule(which=WHICH, answer=st.sampled_from(list(Answer)))
    def answer(self, which: int, answer: Answer) -> None:
        proposal_id = self.pick(sa.select(Proposal.id).order_by(Proposal.id.desc()), which % 3)
        if proposal_id is None:
            return

        def press(session: Session) -> None:
            order_id = session.get_one(Proposal, proposal_id).order_id
            answer_of_buyer(session, order_id, proposal_id, answer, actor_id=None, now=self.trade.now)

        self.may(press)

    @rule(
        sku=st.sampled_from(["tea", "eggs", "honey", "goose"]),
        who=st.sampled_from(["li", "chen", "wang", "yu"]),
    )
    def declare(self, sku: str, who: str) -> None:
        self.lots += 1
        name = f"more-{self.lots}"

        def bring(session: Session) -> None:
            add_lot(session, self.trade.shop, name, sku, who, units=3, days=60)
            fill_shelves(session, self.trade.shop)

        self.trade.run(bring)

    @rule(which=WHICH)
    def take_in_and_pack(self, which: int) -> None:
        def press(session: Session, task: Task) -> None:
            receive(session, [task.id], by=WORKER, now=self.trade.now)
            pack_parcel(
                session, task.order_id, task.packing_place_id, partly=True, by=WORKER, now=self.trade.now
            )

        self.with_task(which, press)

    @rule(which=WHICH)
    def ship(self, which: int) -> None:
        packed = sa.select(Parcel.id).where(Parcel.status == ParcelStatus.PACKED).order_by(Parcel.id)
        parcel_id = self.pick(packed, which)
        if parcel_id is None:
            return
        self.labels += 1
        number = f"SF{self.labels:013d}"

        def press(session: Session) -> None:
            code = session.get_one(Parcel, parcel_id).code
            ship_parcels(session, [Consignment(code, "sf", number)], by=WORKER, now=self.trade.now)

        self.may(press)

    @rule(which=WHICH)
    def call_off(self, which: int) -> None:
        order_id = self.pick(sa.select(Order.id).order_by(Order.id), which)
        if order_id is None:
            return
        try:
            self.trade.cancel(order_id, also_confirmed=True)
        except ShopError:
            return

    @rule()
    def refunds_arrive(self) -> None:
        self.trade.send_refunds()

    @rule(hours=st.sampled_from([1, 13, 50]))
    def time_goes_by(self, hours: int) -> None:
        self.trade.now += timedelta(hours=hours)
        close_lots(self.trade.unit_of_work, now=self.trade.now)
        self.trade.run(lambda s: refresh_stock_state(s, now=self.trade.now))
        escalate_tasks(self.trade.unit_of_work, now=self.trade.now)
        follow_proposals(self.trade.unit_of_work, now=self.trade.now)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        for asked, found in self.trade.run(_units):
            assert asked == found

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert self.trade.violations() == []


def _units(session: Session) -> list[tuple[int, int]]:
    """Of each line of a standing order: units asked for, and units that go, have gone, wait, or left with their price."""
    counted = sa.or_(Allocation.status.in_(STANDS), TaskItem.waits.is_(True))
    parts = sa.case((OrderLine.is_bundle, PARTS_OF_BOX), else_=1)
    rows = session.execute(
        sa.select(
            OrderLine.quantity * parts,
            sa.func.coalesce(sa.func.sum(sa.case((counted, Allocation.units), else_=0)), 0),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .where(Order.status.not_in([OrderStatus.CANCELLED, OrderStatus.AWAITING_PAYMENT]))
        .group_by(OrderLine.id)
    )
    return [(int(asked), int(found)) for asked, found in rows]


def test_units_asked_are_units_that_go_wait_or_are_paid_back(shops: Shops):
    Days.shops = shops
    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=5,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],  # a day is told as it was: making it shorter takes long
            suppress_health_check=list(HealthCheck),
        ),
    )
