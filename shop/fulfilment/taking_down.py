"""The buyer wants fewer: units leave a paid order before they are handed in, and their price goes back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.fulfilment.events import TaskTakenAway, UnitsReassigned
from shop.fulfilment.finding import lock_orders, tasks_of_order
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.shortage import split_off
from shop.fulfilment.transitions import TASK_STATES
from shop.inventory.cutting import Cut, cut_off, note_cuts
from shop.inventory.holds import withdraw_allocations
from shop.inventory.incomes_of_lots import lot_incomes
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotStatus
from shop.inventory.movements import move_units, units_by_lot
from shop.inventory.stock import note_moved_stock
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.change_errors import OtherDifference
from shop.ordering.change_models import ChangeKind
from shop.ordering.changes import changed_with, demand_changeable, write_change
from shop.ordering.closing import close_units, prices_of
from shop.ordering.completion import mark_shipped
from shop.ordering.models import OrderLine
from shop.ordering.reasons import Reason
from shop.storage.event_log import record

# The least is lost by who has not begun: such tasks go first.
_EFFORT = {TaskStatus.OPEN: 0, TaskStatus.ACCEPTED: 1, TaskStatus.READY: 2}


class NotSoMany(Conflict):
    """Facts: `goods`, and `left`, how many of them can still be taken out."""

    code = "not_so_many"
    default_message = msg(
        "Of %(goods)s only %(left)s can still be taken out: the rest has been handed in, is packed, has left, or is not in the order any more."
    )


class NothingTaken(Conflict):
    code = "nothing_taken"
    default_message = msg("Please say of which goods how many are to be taken out.")


@dataclass(frozen=True, slots=True)
class Open:
    """Of one line: how many units, or gift boxes, can be taken out. `per` says how many units of each variant one has."""

    line: OrderLine
    most: int
    per: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class TakenDown:
    """`back_fen` goes back to the buyer, what was paid for the units; `is_new` is false of a form sent twice."""

    back_fen: int
    is_new: bool


def open_lines(session: Session, order_id: int, *, now: datetime) -> list[Open]:
    """What of an order can be taken out of it, by line. A few statements."""
    lines = list(
        session.scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id))
    )
    free = _free(session, order_id, now)
    return [_open(session, line, free) for line in lines]


def take_down(
    session: Session,
    order_id: int,
    units: Mapping[int, int],
    *,
    seen_back_fen: int | None,
    reason: str = "",
    token: str,
    actor_id: int | None,
    by_team: bool,
    now: datetime,
) -> TakenDown:
    """Take so many units, or gift boxes, of these lines out; their price goes back and their stock is for sale again.

    First of households that have not begun, then of those that have most from the shop: fair as the rule that chose them.
    With `seen_back_fen` nothing happens unless so much goes back. Locks the order, then lots. Raises NotFound,
    NotToBeChanged, ChangedElsewhere, NothingTaken, NotSoMany, OtherDifference, and NothingElseLeft when nothing would be
    left of the order: then it is called off.
    """
    order = lock_orders(session, [order_id]).get(order_id)
    if order is None:
        raise NotFound()
    known = changed_with(session, order_id, token)
    if known is not None:
        return TakenDown(-min(known.difference_fen, 0), is_new=False)
    demand_changeable(order)
    going = _choose(session, order_id, units, now)
    cuts, gone = _withdraw(session, order_id, going, now)
    ids = sorted(one.id for one in gone)
    back_fen = sum(prices_of(session, order_id, ids).values())
    if seen_back_fen is not None and back_fen != seen_back_fen:
        raise OtherDifference()
    said = tidy(reason)
    close_units(session, order, ids, reason=said or str(Reason.TAKEN_DOWN), actor_id=actor_id, now=now)
    _sell_again(session, gone, now)
    note_cuts(session, cuts, now=now)
    write_change(
        session,
        order,
        ChangeKind.FEWER,
        token=token,
        before={"goods": _as_goods(session, order_id, units)},
        after={},
        difference_fen=-back_fen,
        reason=said,
        actor_id=actor_id,
        by_team=by_team,
        now=now,
    )
    mark_shipped(session, order_id, now=now)
    return TakenDown(back_fen, is_new=True)


def _choose(
    session: Session, order_id: int, units: Mapping[int, int], now: datetime
) -> dict[Allocation, int]:
    """How many units of which allocation go."""
    free, wanted = _free(session, order_id, now), {line: count for line, count in units.items() if count}
    lines = {
        line.id: line
        for line in session.scalars(
            sa.select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.id.in_(wanted))
        )
    }
    if len(lines) != len(wanted) or any(count < 0 for count in wanted.values()):
        raise NotFound()
    if not wanted:
        raise NothingTaken()
    going: dict[Allocation, int] = {}
    for line_id, count in sorted(wanted.items()):
        of_line = _open(session, lines[line_id], free)
        if count > of_line.most:
            raise NotSoMany(goods=lines[line_id].product_name_zh, left=of_line.most)
        if lines[line_id].is_bundle:
            for variant_id, per in sorted(of_line.per.items()):
                of_variant = [one for one in free.get(line_id, ()) if one.variant_id == variant_id]
                going |= _taken(of_variant, per * count)
        else:
            going |= _taken(free.get(line_id, ()), count)
    return going


def _taken(free: Sequence[Allocation], count: int) -> dict[Allocation, int]:
    going: dict[Allocation, int] = {}
    for one in free:
        if taken := min(one.units, count):
            going[one] = taken
            count -= taken
    return going


def _open(session: Session, line: OrderLine, free: Mapping[int, Sequence[Allocation]]) -> Open:
    mine = free.get(line.id, ())
    if not line.is_bundle:
        return Open(line, sum(one.units for one in mine), {})
    per = _per_box(session, line)
    has = {variant_id: sum(one.units for one in mine if one.variant_id == variant_id) for variant_id in per}
    return Open(line, min((has[one] // count for one, count in per.items()), default=0), per)


def _per_box(session: Session, line: OrderLine) -> dict[int, int]:
    """What belongs into one gift box, as it was when it was ordered: all that stands for the line, by its boxes.

    Units that were given on to another household count once, where they are now.
    """
    later = aliased(Allocation)
    rows = session.execute(
        sa.select(Allocation.variant_id, sa.cast(sa.func.sum(Allocation.units), sa.BigInteger))
        .where(
            Allocation.order_line_id == line.id,
            ~sa.exists().where(later.instead_of_id == Allocation.id),
        )
        .group_by(Allocation.variant_id)
    )
    return {variant_id: int(units) // line.quantity for variant_id, units in rows}


def _free(session: Session, order_id: int, now: datetime) -> dict[int, list[Allocation]]:
    """By line: what households have and have not handed in, who loses least by it first."""
    effort: dict[int, int] = {}
    for task in tasks_of_order(session, order_id):
        if task.status in _EFFORT and task.received_at is None:
            effort |= {item.allocation_id: _EFFORT[task.status] for item in task.items}
    found = list(
        session.scalars(
            sa.select(Allocation).where(
                Allocation.id.in_(effort), Allocation.status == AllocationStatus.COMMITTED
            )
        )
    )
    incomes = lot_incomes(session, {one.lot_id for one in found}, now=now)
    free: dict[int, list[Allocation]] = {}
    for one in sorted(found, key=lambda one: (effort[one.id], -incomes.get(one.lot_id, 0), -one.id)):
        free.setdefault(one.order_line_id, []).append(one)
    return free


def _withdraw(
    session: Session, order_id: int, going: Mapping[Allocation, int], now: datetime
) -> tuple[list[Cut], list[Allocation]]:
    """What is chosen leaves its tasks and its households, and is nobody's; what was cut for it earns as before."""
    cuts, gone = _leave_tasks(session, tasks_of_order(session, order_id), going, now)
    ids = sorted(one.id for one in gone)
    withdraw_allocations(session, ids, now=now, reason=Reason.TAKEN_DOWN)
    if cuts:
        record(session, UnitsReassigned(order_id, tuple(cut.off.id for cut in cuts), tuple(ids)))
    return cuts, gone


def _leave_tasks(
    session: Session, tasks: Collection[Task], going: Mapping[Allocation, int], now: datetime
) -> tuple[list[Cut], list[Allocation]]:
    """The tasks that nobody has to do any more end; of the others only these units leave."""
    cuts: list[Cut] = []
    gone: list[Allocation] = []
    for task in tasks:
        mine = {item.allocation: going[item.allocation] for item in task.items if item.allocation in going}
        if not mine:
            continue
        whole = [one for one, count in mine.items() if count == one.units]
        cut = cut_off(session, {one: count for one, count in mine.items() if count < one.units}, now=now)
        cuts += cut
        leaving = [*whole, *(one.off for one in cut)]
        gone += leaving
        is_all = not cut and len(whole) == len(task.items)
        ended = task if is_all else split_off(session, task, leaving)
        ended.ready_at = task.ready_at
        record(session, TaskTakenAway(ended.id, now))
        ended.status = TASK_STATES.step(ended.status, TaskStatus.CANCELLED)
        ended.ended_at = now
        ended.needs_person_at = None
    session.flush()
    return cuts, gone


def _sell_again(session: Session, gone: Collection[Allocation], now: datetime) -> None:
    """Those of a lot that is off sale stay withdrawn."""
    lots = {one.lot_id for one in gone}
    is_open = sa.select(Lot.id).where(Lot.id.in_(lots), Lot.status == LotStatus.OPEN)
    for_sale = set(session.scalars(is_open))
    back = [one for one in gone if one.lot_id in for_sale]
    move_units(session, units_by_lot(back), origin="withdrawn", target="available")
    note_moved_stock(session, {one.variant_id for one in back}, now=now)


def _as_goods(session: Session, order_id: int, units: Mapping[int, int]) -> list[dict[str, Any]]:
    lines = session.scalars(
        sa.select(OrderLine)
        .where(OrderLine.order_id == order_id, OrderLine.id.in_(units))
        .order_by(OrderLine.id)
    )
    return [
        {
            "name_zh": f"{line.product_name_zh} {line.variant_name_zh}",
            "name_en": f"{line.product_name_en} {line.variant_name_en}",
            "units": units[line.id],
        }
        for line in lines
        if units[line.id]
    ]
