"""Goods of a recalled lot lie in closed boxes, and loose at the hub, until a person says that they are taken out.

The software takes them out of tasks and parcels at once; the box does not know. So a box is on every list where people
look for it, no truck leaves with it, and its sound goods are packed again only when it was opened. A recall that is
lifted meanwhile changes nothing of it: what lies in the box is not what the order has by now.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import (
    PackingPlace,
    PackingPlaceKind,
    PackingPlaceStaff,
    Product,
    Variant,
    Village,
    VillageCoordinator,
)
from shop.delivery.models import Run
from shop.fulfilment.errors import BoxNotOpened, RecalledAboard
from shop.fulfilment.events import TakeOutNeeded
from shop.fulfilment.left_behind import may_send
from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.reach import Reach
from shop.fulfilment.take_out_models import TakeOut
from shop.fulfilment.unmade_parcels import is_over
from shop.inventory.models import Lot
from shop.inventory.trace_models import LotRecall
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order
from shop.storage.event_log import record

MOST_SHOWN = 50
_IN_BOX, _LOOSE = "recalled_box_opened", "recalled_goods_taken"


@dataclass(frozen=True, slots=True)
class ToTakeOut:
    """As who stands before the box reads it; `run_code`: the truck on which it stands."""

    id: int
    parcel_code: str
    task_code: str
    units: int
    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    place_zh: str
    place_en: str
    run_code: str | None
    order_number: str
    is_over: bool  # its order was called off, or all its money goes back: what else lies in the box is not packed again

    @property
    def called(self) -> str:
        """The box by its label, loose goods by their task."""
        return self.parcel_code or self.task_code


def note_box(
    session: Session, recall: LotRecall, parcel: Parcel, tasks: Collection[Task], now: datetime
) -> None:
    """The parcel that is about to be unmade holds goods of the lot. The order is locked."""
    units = _units_of_lot(tasks, recall.lot_id)
    if units:
        _write(
            session, recall, parcel.order_id, units, now,
            parcel_code=parcel.code, place_id=parcel.packing_place_id, run_id=parcel.run_id,
            task_ids=[task.id for task in tasks],
        )  # fmt: skip


def note_loose(session: Session, recall: LotRecall, task: Task, now: datetime) -> None:
    """Goods that lie at a place but in no parcel: in a box that waits to be opened already, or loose at the hub."""
    units = _units_of_lot([task], recall.lot_id)
    if not units or task.received_at is None or task.parcel_id is not None:
        return
    box = next((one for one in closed_boxes(session, task.order_id) if task.id in one.task_ids), None)
    if box is not None:
        _write(
            session, recall, task.order_id, units, now,
            parcel_code=box.parcel_code, place_id=box.packing_place_id, run_id=box.run_id, task_ids=box.task_ids,
        )  # fmt: skip
    elif session.get_one(PackingPlace, task.packing_place_id).kind is PackingPlaceKind.HUB:
        _write(
            session, recall, task.order_id, units, now,
            task_code=task.code, place_id=task.packing_place_id, run_id=None, task_ids=[task.id],
        )  # fmt: skip


def closed_boxes(session: Session, order_id: int) -> Sequence[TakeOut]:
    """Boxes of an order that nobody has opened yet. One statement."""
    waits = sa.select(TakeOut).where(
        TakeOut.order_id == order_id, TakeOut.done_at.is_(None), TakeOut.parcel_code != ""
    )
    return session.scalars(waits.order_by(TakeOut.id)).all()


def demand_opened(session: Session, order_id: int, tasks: Collection[Task]) -> None:
    """Goods are packed again when the box in which they lie was opened. Raises BoxNotOpened."""
    ids = {task.id for task in tasks}
    for one in closed_boxes(session, order_id):
        if ids & set(one.task_ids):
            raise BoxNotOpened(parcel=one.parcel_code)


def demand_none_aboard(session: Session, run_id: int) -> None:
    """No truck leaves with a box that holds recalled goods. Raises RecalledAboard."""
    aboard = (
        sa.select(TakeOut.parcel_code).where(TakeOut.run_id == run_id, TakeOut.done_at.is_(None)).distinct()
    )
    codes = session.scalars(aboard.order_by(TakeOut.parcel_code).limit(MOST_SHOWN)).all()
    if codes:
        raise RecalledAboard(parcels=", ".join(codes))


def taken_out(session: Session, take_out_id: int, *, by: Reach, now: datetime) -> bool:
    """A person says so; of a box, for all recalled lots in it. Saying so again changes nothing.

    Whether what else lies in the box is packed again; else it goes back to its households. Locks the order. Raises NotFound for what lies elsewhere.
    """
    found = session.get(TakeOut, take_out_id)
    if found is None or not (
        _holds(found, by) or (found.run_id is not None and may_send(session, found.run_id, by))
    ):
        raise NotFound()
    lock_order(session, found.order_id)
    same = TakeOut.id == found.id if not found.parcel_code else TakeOut.parcel_code == found.parcel_code
    waiting = session.scalars(
        sa.select(TakeOut)
        .where(same, TakeOut.order_id == found.order_id, TakeOut.done_at.is_(None))
        .execution_options(populate_existing=True)
    ).all()
    for one in waiting:
        one.done_at, one.done_by_id = now, by.user_id
        kind, called = (_IN_BOX, one.parcel_code) if one.parcel_code else (_LOOSE, one.task_code)
        note(session, one.order_id, kind, now, by.user_id, parcel=called, units=one.units)
        lot_id = session.get_one(LotRecall, one.recall_id).lot_id
        facts = {"parcel": called, "units": one.units}
        audit(session, by.user_id, "lot.taken_out", "lot", session.get_one(Lot, lot_id).code, facts, now=now)
    return session.scalar(sa.select(Order.id).where(Order.id == found.order_id, is_over())) is None


def to_take_out(
    session: Session,
    by: Reach,
    *,
    run_id: int | None = None,
    recall_id: int | None = None,
    order_id: int | None = None,
) -> Sequence[ToTakeOut]:
    """What waits for a person of this reach, by place; all of one recall, whatever became of it. One statement."""
    statement = _shown().where(TakeOut.done_at.is_(None))
    if run_id is not None:
        statement = statement.where(TakeOut.run_id == run_id)
    elif not by.everything:
        statement = statement.where(_in_reach(by))
    if recall_id is not None:
        statement = statement.where(TakeOut.recall_id == recall_id)
    if order_id is not None:
        statement = statement.where(TakeOut.order_id == order_id)
    return [ToTakeOut(*row) for row in session.execute(statement.limit(MOST_SHOWN))]


def take_outs_counted(by: Reach) -> sa.Select[int]:
    """SQL: how much waits for a person of this reach."""
    return sa.select(sa.func.count(TakeOut.id)).where(TakeOut.done_at.is_(None), _in_reach(by))


def holders(session: Session, take_out: TakeOut) -> Sequence[int]:
    """Who has the box in hand: staff and villages of the place where it was packed, and the hub's of its truck. One statement."""
    of_place = sa.select(PackingPlaceStaff.user_id).where(
        PackingPlaceStaff.packing_place_id == take_out.packing_place_id
    )
    of_villages = (
        sa.select(VillageCoordinator.user_id)
        .join(Village, Village.id == VillageCoordinator.village_id)
        .where(Village.packing_place_id == take_out.packing_place_id)
    )
    of_hub = (
        sa.select(PackingPlaceStaff.user_id)
        .join(PackingPlace, PackingPlace.id == PackingPlaceStaff.packing_place_id)
        .where(PackingPlace.kind == PackingPlaceKind.HUB, sa.literal(take_out.run_id is not None))
    )
    everybody = sa.union(of_place, of_villages, of_hub).subquery()
    return session.scalars(sa.select(everybody.c.user_id).order_by(everybody.c.user_id)).all()


def boxes_of_reader(session: Session, recall_id: int, user_id: int) -> Sequence[ToTakeOut]:
    """What still waits of a recall, for the message to one of its holders. A few statements."""
    waiting = session.scalars(
        sa.select(TakeOut).where(TakeOut.recall_id == recall_id, TakeOut.done_at.is_(None)).limit(MOST_SHOWN)
    ).all()
    by_holders: dict[tuple[int, bool], bool] = {}
    mine = []
    for one in waiting:
        key = (one.packing_place_id, one.run_id is not None)
        if key not in by_holders:
            by_holders[key] = user_id in holders(session, one)
        if by_holders[key]:
            mine.append(one.id)
    rows = session.execute(_shown().where(TakeOut.id.in_(mine)))
    return [ToTakeOut(*row) for row in rows]


def _holds(found: TakeOut, by: Reach) -> bool:
    return by.packs_at(found.packing_place_id) or (found.run_id is not None and bool(by.hub_ids))


def _in_reach(by: Reach) -> sa.ColumnElement[bool]:
    """SQL: packed where the person works; the hub's people have the trucks in hand too."""
    if by.everything:
        return sa.true()
    on_truck = sa.and_(TakeOut.run_id.is_not(None), sa.literal(bool(by.hub_ids)))
    return sa.or_(TakeOut.packing_place_id.in_(by.packing_place_ids), on_truck)


def _shown() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(TakeOut.id, TakeOut.parcel_code, TakeOut.task_code, TakeOut.units, Lot.code),
            *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(PackingPlace.name_zh, PackingPlace.name_en, Run.code, Order.number, is_over()),
        )
        .select_from(TakeOut)
        .join(LotRecall, LotRecall.id == TakeOut.recall_id)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(PackingPlace, PackingPlace.id == TakeOut.packing_place_id)
        .join(Order, Order.id == TakeOut.order_id)
        .outerjoin(Run, Run.id == TakeOut.run_id)
        .order_by(TakeOut.packing_place_id, TakeOut.parcel_code, TakeOut.id)
    )


def _units_of_lot(tasks: Collection[Task], lot_id: int) -> int:
    return sum(
        item.allocation.units for task in tasks for item in task.items if item.allocation.lot_id == lot_id
    )


def _write(
    session: Session,
    recall: LotRecall,
    order_id: int,
    units: int,
    now: datetime,
    *,
    place_id: int,
    run_id: int | None,
    task_ids: list[int],
    parcel_code: str = "",
    task_code: str = "",
) -> None:
    known = session.scalar(
        sa.select(TakeOut).where(
            TakeOut.recall_id == recall.id, TakeOut.parcel_code == parcel_code, TakeOut.task_code == task_code
        )
    )
    if known is not None:
        known.units += units
        return
    found = TakeOut(
        recall_id=recall.id, order_id=order_id, packing_place_id=place_id, run_id=run_id, parcel_code=parcel_code,
        task_code=task_code, units=units, task_ids=task_ids, at=now,
    )  # fmt: skip
    session.add(found)
    session.flush()
    record(session, TakeOutNeeded(found.id, recall.id, now))
