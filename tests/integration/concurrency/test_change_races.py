"""A paid order is changed while somebody packs it, refunds it, calls it off or changes it, too: no unit and no fen is lost.

Each race has a twin without the order's lock that must go red, or the race proves nothing.
"""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.delivery.models import Run
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.redirecting import Redirection, redirect_order
from shop.fulfilment.taking_down import NotSoMany, TakenDown, take_down
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.errors import Conflict, ShopError
from shop.ordering.change_errors import OtherDifference
from shop.ordering.change_models import OrderChange
from shop.ordering.models import DeliveryKind, OrderEvent, OrderLine, OrderStatus
from shop.ordering.wish import Pickup, Recipient
from shop.payments import refunds
from shop.payments.cancelling import cancel_order
from shop.payments.freight_back import freight_left
from shop.payments.models import Refund, RefundBearer, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.trade import LIVE, Trade, open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks
from tests.integration.concurrency.test_payment_races import at_once, unreserved

TEA = 6_800
FORMS = 4


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def reckless(trade):
    """A way to write with every lock switched off. What the books look like afterwards is not what a twin is about."""
    unlocked = without_locks(trade.unit_of_work)
    trade.violations = list
    return unlocked


def fewer(trade: Trade, crowd: UnitOfWork, order_id: int, units: int, token: str):
    line = trade.run(
        lambda s: s.scalar(
            sa.select(OrderLine.id).where(OrderLine.order_id == order_id, OrderLine.sku == "tea")
        )
    )
    press = partial(
        take_down, order_id=order_id, units={line: units}, seen_back_fen=None, token=token,
        actor_id=trade.admin_id, by_team=True, now=trade.now,
    )  # fmt: skip
    return partial(crowd.run, press)


def elsewhere(trade: Trade, crowd: UnitOfWork, order_id: int, to, *, seen: int = 0, token: str = "e"):
    press = partial(
        redirect_order, order_id=order_id, to=Redirection(Recipient(f"周{token}", "+8613900000001"), to),
        freight_left=freight_left, seen_difference_fen=seen, token=token, actor_id=None, by_team=True,
        now=trade.now,
    )  # fmt: skip
    return partial(crowd.run, press)


def called_off(trade: Trade, crowd: UnitOfWork, order_id: int):
    how = {"actor_id": None, "now": trade.now, "also_confirmed": True}
    return partial(cancel_order, crowd, trade.providers, order_id, **how)


def received(trade: Trade, crowd: UnitOfWork, order_id: int):
    ids = [task.id for task in trade.tasks(order_id, *LIVE)]
    return partial(crowd.run, partial(receive, task_ids=ids, by=WORKER, now=trade.now))


def packed(trade: Trade, crowd: UnitOfWork, order_id: int):
    """At the one place of what has been received."""
    [place] = {task.packing_place_id for task in trade.tasks(order_id, *LIVE)}
    press = partial(pack_parcel, order_id=order_id, packing_place_id=place, by=WORKER, now=trade.now)
    return partial(crowd.run, press)


def call_off_at_last(trade: Trade, order_id: int) -> None:
    """Who came second to a change waited until its money had gone back."""
    trade.send_refunds()
    if trade.order_row(order_id).status is not OrderStatus.CANCELLED:
        trade.call_off(order_id)
    trade.send_refunds()


def units_of(trade: Trade, order_id: int, *statuses: AllocationStatus) -> int:
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == order_id, Allocation.status.in_(statuses))
    )
    return trade.run(lambda s: int(s.scalar(units)))


def asked_back(trade: Trade, order_id: int) -> int:
    fen = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)).where(
        Refund.order_id == order_id, Refund.status != RefundStatus.FAILED
    )
    return trade.run(lambda s: int(s.scalar(fen)))


def for_sale(trade: Trade) -> int:
    return trade.run(lambda s: int(s.scalar(sa.select(sa.func.sum(Lot.available)))))


def room_taken(trade: Trade) -> int:
    return trade.run(lambda s: s.get_one(Run, trade.shop.run_id).booked_g)


def changes(trade: Trade) -> int:
    return trade.run(lambda s: s.scalar(sa.select(sa.func.count(OrderChange.id))))


def by_truck(trade: Trade) -> Pickup:
    return Pickup(trade.shop.point_id, trade.shop.run_id)


def two_of_three_leave_once(trade: Trade, crowd: UnitOfWork) -> None:
    """Four people take two of three units out, each with a form of their own."""
    order_id, before = trade.sell({"tea": 3}), changes(trade)
    said = at_once([fewer(trade, crowd, order_id, 2, f"{order_id}-{one}") for one in range(FORMS)])
    assert sorted(type(one).__name__ for one in said) == [*["NotSoMany"] * (FORMS - 1), "TakenDown"]
    gone, going = AllocationStatus.CLOSED, AllocationStatus.COMMITTED
    assert (units_of(trade, order_id, gone), units_of(trade, order_id, going)) == (2, 1)
    assert asked_back(trade, order_id) == 2 * TEA
    assert changes(trade) == before + 1


@pytest.mark.race(twin="test_without_the_lock_units_leave_that_are_not_there")
def test_two_changes_at_once_take_no_more_out_than_there_is(trade):
    two_of_three_leave_once(trade, trade.unit_of_work)


def test_without_the_lock_units_leave_that_are_not_there(trade, reckless):
    assert goes_wrong(partial(two_of_three_leave_once, trade, reckless))


def one_form_changes_once(trade: Trade, crowd: UnitOfWork) -> None:
    order_id = trade.sell({"tea": 3})
    said = at_once([fewer(trade, crowd, order_id, 1, f"same {order_id}")] * FORMS)
    assert all(isinstance(one, TakenDown) for one in said), said
    assert sorted(one.is_new for one in said) == [False] * (FORMS - 1) + [True]
    assert units_of(trade, order_id, AllocationStatus.COMMITTED) == 2
    assert asked_back(trade, order_id) == TEA


@pytest.mark.race(twin="test_without_the_lock_a_form_sent_again_is_not_known")
def test_the_same_form_sent_by_four_changes_once(trade):
    one_form_changes_once(trade, trade.unit_of_work)


def test_without_the_lock_a_form_sent_again_is_not_known(trade, reckless):
    assert goes_wrong(partial(one_form_changes_once, trade, reckless))


def goes_to_one_place(trade: Trade, crowd: UnitOfWork) -> None:
    """Four people send it by truck instead of by courier: its freight goes back once, and one of them is right."""
    order_id, room = trade.sell({"tea": 2}, courier=True), room_taken(trade)
    order = trade.order_row(order_id)
    to = [
        elsewhere(trade, crowd, order_id, by_truck(trade), seen=-order.freight_fen, token=f"{order_id}-{one}")
        for one in range(FORMS)
    ]
    said = at_once(to)
    assert [one for one in said if one is True] == [True]
    assert {type(one) for one in said if one is not True} == {OtherDifference}
    assert asked_back(trade, order_id) == order.freight_fen
    assert room_taken(trade) == room + order.gross_weight_g


@pytest.mark.race(twin="test_without_the_lock_its_room_or_its_freight_is_counted_twice")
def test_an_order_that_several_send_elsewhere_goes_to_one_place(trade):
    goes_to_one_place(trade, trade.unit_of_work)


def test_without_the_lock_its_room_or_its_freight_is_counted_twice(trade, reckless):
    assert goes_wrong(partial(goes_to_one_place, trade, reckless))


def handed_in_or_taken_out(trade: Trade, crowd: UnitOfWork) -> None:
    """A pack is taken out while it is handed in to be packed: it lies in a parcel, or its price goes back, never both."""
    order_id = trade.sell({"tea": 1, "eggs": 1}, courier=True)
    trade.ready(order_id)
    _done, taken = at_once(
        [received(trade, crowd, order_id), fewer(trade, crowd, order_id, 1, f"p{order_id}")]
    )
    assert isinstance(taken, TakenDown | NotSoMany), taken
    gone = int(isinstance(taken, TakenDown))
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(Task.order_id == order_id)
    )
    both = units.where(Task.received_at.is_not(None), Allocation.status == AllocationStatus.CLOSED)
    assert trade.run(lambda s: int(s.scalar(both))) == 0
    trade.pack(order_id)
    assert trade.run(lambda s: int(s.scalar(units.where(Task.parcel_id.is_not(None))))) == 2 - gone
    assert units_of(trade, order_id, AllocationStatus.CLOSED) == gone
    assert asked_back(trade, order_id) == gone * TEA


@pytest.mark.race(twin="test_without_the_lock_a_unit_is_handed_in_and_paid_back")
def test_a_unit_is_handed_in_or_taken_out(trade):
    handed_in_or_taken_out(trade, trade.unit_of_work)


def test_without_the_lock_a_unit_is_handed_in_and_paid_back(trade, reckless):
    assert goes_wrong(partial(handed_in_or_taken_out, trade, reckless))


def packed_for_where_it_goes(trade: Trade, crowd: UnitOfWork) -> None:
    """It is sent elsewhere while it is packed: then it was sent first, or it is refused."""
    order_id = trade.sell({"eggs": 1}, courier=True)
    trade.ready(order_id)
    received(trade, trade.unit_of_work, order_id)()
    freight_fen = trade.order_row(order_id).freight_fen
    to = elsewhere(trade, crowd, order_id, by_truck(trade), seen=-freight_fen, token=f"w{order_id}")
    _done, sent = at_once([packed(trade, crowd, order_id), to])
    assert sent is True or isinstance(sent, Conflict), sent
    kinds = sa.select(OrderEvent.kind).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id)
    history = trade.run(lambda s: list(s.scalars(kinds)))
    moved = [place for place, kind in enumerate(history) if kind == "order_redirected"]
    first_packed = history.index("parcel_packed")
    assert moved == [] or moved[0] < first_packed
    assert (trade.order_row(order_id).delivery is DeliveryKind.PICKUP) == (sent is True)


@pytest.mark.race(twin="test_without_the_lock_it_is_packed_for_the_old_place")
def test_what_is_packed_goes_where_its_label_says(trade):
    packed_for_where_it_goes(trade, trade.unit_of_work)


def test_without_the_lock_it_is_packed_for_the_old_place(trade, reckless):
    assert goes_wrong(partial(packed_for_where_it_goes, trade, reckless))


def no_more_back_than_came(trade: Trade, crowd: UnitOfWork) -> None:
    """A unit is taken out while somebody refunds nearly all of the price."""
    order_id = trade.sell({"tea": 2})
    part = PartRefund(RefundBearer.SHOP, "kindness", (), free_fen=2 * TEA - 100)
    how = {"token": f"k{order_id}", "actor_id": None, "now": trade.now}
    refund = partial(crowd.run, partial(ask_part_refund, order_id=order_id, part=part, **how))
    said = at_once([refund, fewer(trade, crowd, order_id, 1, f"r{order_id}")])
    assert len([one for one in said if isinstance(one, ShopError)]) == 1, said
    assert asked_back(trade, order_id) in (TEA, 2 * TEA - 100)


@pytest.mark.race(twin="test_without_the_lock_more_goes_back_than_came")
def test_a_change_and_a_refund_give_no_more_back_than_came(trade):
    no_more_back_than_came(trade, trade.unit_of_work)


def test_without_the_lock_more_goes_back_than_came(trade, reckless, monkeypatch):
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    assert goes_wrong(partial(no_more_back_than_came, trade, reckless))


def all_is_for_sale_again(trade: Trade, crowd: UnitOfWork) -> None:
    """A unit is taken out while the order is called off: all of the price goes back, and all units are for sale."""
    stock = for_sale(trade)
    order_id = trade.sell({"tea": 3})
    at_once([called_off(trade, crowd, order_id), fewer(trade, crowd, order_id, 1, f"c{order_id}")])
    assert asked_back(trade, order_id) <= 3 * TEA
    call_off_at_last(trade, order_id)
    assert trade.order_row(order_id).status is OrderStatus.CANCELLED
    assert asked_back(trade, order_id) == 3 * TEA
    assert for_sale(trade) == stock


@pytest.mark.race(twin="test_without_the_lock_units_or_money_come_back_twice")
def test_a_change_and_calling_off_give_each_unit_back_once(trade):
    all_is_for_sale_again(trade, trade.unit_of_work)


def test_without_the_lock_units_or_money_come_back_twice(trade, reckless, monkeypatch):
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    assert goes_wrong(partial(all_is_for_sale_again, trade, reckless))


def room_is_given_back(trade: Trade, crowd: UnitOfWork) -> None:
    """It is sent by truck while it is called off: no room stays taken, and all of its price goes back."""
    room = room_taken(trade)
    order_id = trade.sell({"tea": 2}, courier=True)
    order = trade.order_row(order_id)
    to = elsewhere(trade, crowd, order_id, by_truck(trade), seen=-order.freight_fen, token=f"o{order_id}")
    at_once([called_off(trade, crowd, order_id), to])
    assert asked_back(trade, order_id) <= order.total_fen
    call_off_at_last(trade, order_id)
    assert trade.order_row(order_id).status is OrderStatus.CANCELLED
    assert asked_back(trade, order_id) == order.total_fen
    assert room_taken(trade) == room


@pytest.mark.race(twin="test_without_the_lock_a_truck_keeps_room_for_nobody")
def test_an_order_sent_elsewhere_and_called_off_takes_no_room(trade):
    room_is_given_back(trade, trade.unit_of_work)


def test_without_the_lock_a_truck_keeps_room_for_nobody(trade, reckless, monkeypatch):
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    assert goes_wrong(partial(room_is_given_back, trade, reckless))
