"""Fewer units of a paid order, or more beside it: stock, tasks and money follow, each once, and the books agree."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.taking_down import NothingTaken, NotSoMany, open_lines, take_down
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.errors import InvalidInput
from shop.ordering.change_errors import NotToBeChanged, OtherDifference
from shop.ordering.change_models import ChangeKind, OrderChange
from shop.ordering.closing import NothingElseLeft
from shop.ordering.direct.wish import Item
from shop.ordering.models import OrderLine, OrderStatus
from shop.ordering.supplements import add_supplement, supplement_of
from shop.payments.models import Refund, RefundBearer, RefundStatus


@pytest.fixture
def fewer(trade):
    def _fewer(order_id, units, *, token="t1", seen=None):
        def work(session):
            lines = sa.select(OrderLine).where(OrderLine.order_id == order_id)
            by_name = {line.sku: line.id for line in session.scalars(lines)}
            wanted = {by_name[sku]: count for sku, count in units.items()}
            return take_down(
                session, order_id, wanted, seen_back_fen=seen, token=token, actor_id=trade.admin_id,
                by_team=True, now=trade.now,
            )  # fmt: skip

        return trade.run(work)

    return _fewer


@pytest.fixture
def more(trade):
    def _more(order_id, sku, units, **facts):
        variant_id = trade.shop.variants[sku]
        facts = {"token": "m1", "seen_total_fen": None, "actor_id": trade.admin_id, "by_team": True, **facts}
        work = partial(
            add_supplement, order_id=order_id, items=[Item(variant_id, units)], now=trade.now, **facts
        )
        return trade.run(work)

    return _more


def refunds(trade, order_id):
    return trade.run(lambda s: list(s.scalars(sa.select(Refund).where(Refund.order_id == order_id))))


def units(trade, order_id, status):
    total = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == order_id, Allocation.status == status)
    )
    return trade.run(lambda s: int(s.scalar(total)))


def for_sale(trade):
    return trade.run(lambda s: int(s.scalar(sa.select(sa.func.sum(Lot.available)))))


def test_units_leave_the_order_their_price_goes_back_and_they_are_for_sale_again(trade, fewer):
    order_id = trade.sell({"tea": 3, "eggs": 1})
    price, free = _price(trade, order_id, "tea"), for_sale(trade)
    done = fewer(order_id, {"tea": 2})
    assert done.back_fen == 2 * price
    assert for_sale(trade) == free + 2
    assert units(trade, order_id, AllocationStatus.COMMITTED) == 2
    [refund] = refunds(trade, order_id)
    assert (refund.amount_fen, refund.bearer) == (2 * price, RefundBearer.REVERSAL)
    trade.send_refunds()
    assert trade.order_row(order_id).refunded_fen == 2 * price
    trade.deliver(order_id)


def test_the_same_form_takes_out_once_and_another_sum_is_asked_anew(trade, fewer):
    order_id = trade.sell({"tea": 3})
    with pytest.raises(OtherDifference):
        fewer(order_id, {"tea": 1}, seen=1)
    first = fewer(order_id, {"tea": 1})
    again = fewer(order_id, {"tea": 1})
    assert (first.is_new, again.is_new, again.back_fen) == (True, False, first.back_fen)
    assert len(refunds(trade, order_id)) == 1


def test_a_task_of_which_nothing_is_left_ends_and_its_household_is_told(trade, fewer):
    order_id = trade.sell({"tea": 1, "eggs": 2})
    fewer(order_id, {"eggs": 2})
    ended = trade.tasks(order_id, TaskStatus.CANCELLED)
    assert len(ended) == 1
    assert ended[0].parcel_id is None


def test_whoever_has_not_begun_loses_first(trade, fewer):
    order_id = trade.sell({"tea": 30})
    tasks = trade.tasks(order_id, TaskStatus.OPEN)
    assert len(tasks) == 2
    trade.run(lambda s: setattr(s.get_one(Task, tasks[0].id), "status", TaskStatus.ACCEPTED))
    kept = _units_of(trade, tasks[0].id)
    fewer(order_id, {"tea": 1})
    assert _units_of(trade, tasks[0].id) == kept


def test_what_was_handed_in_stays_and_all_of_an_order_is_called_off_instead(trade, fewer):
    order_id = trade.sell({"tea": 2})
    with pytest.raises(NothingElseLeft):
        fewer(order_id, {"tea": 2})
    with pytest.raises(NothingTaken):
        fewer(order_id, {"tea": 0})
    ids = [one.id for one in trade.tasks(order_id)]
    trade.run(lambda s: receive(s, ids, by=WORKER, now=trade.now))
    with pytest.raises(NotSoMany):
        fewer(order_id, {"tea": 1})


def test_a_gift_box_leaves_whole(trade, fewer):
    order_id = trade.sell({"box": 2, "tea": 1})
    done = fewer(order_id, {"box": 1})
    assert abs(done.back_fen - _price(trade, order_id, "box")) <= 1
    assert units(trade, order_id, AllocationStatus.CLOSED) == 3
    assert [one.most for one in trade.run(lambda s: open_lines(s, order_id, now=trade.now))] == [1, 1]
    trade.send_refunds()


def test_more_is_an_order_beside_it_that_is_prepared_once_it_is_paid(trade, more):
    order_id = trade.sell({"tea": 1})
    beside = more(order_id, "eggs", 2)
    assert (beside.is_new, beside.freight_fen) == (True, 0)
    assert trade.tasks(beside.order_id) == []
    assert more(order_id, "eggs", 2).number == beside.number
    first, second = trade.order_row(order_id), trade.order_row(beside.order_id)
    assert (first.run_id, first.pickup_point_id) == (second.run_id, second.pickup_point_id)
    assert trade.run(lambda s: supplement_of(s, beside.order_id)) == first.number
    trade.pay(beside.order_id)
    assert trade.order_row(beside.order_id).status is OrderStatus.CONFIRMED
    assert trade.tasks(beside.order_id)
    with pytest.raises(OtherDifference):
        more(order_id, "tea", 1, token="m2", seen_total_fen=1)


def test_a_couriers_parcel_beside_it_has_freight_which_the_team_waives_with_a_reason(trade, more):
    order_id = trade.sell({"tea": 1}, courier=True)
    paid = more(order_id, "tea", 1)
    assert paid.freight_fen > 0
    with pytest.raises(InvalidInput):
        more(order_id, "tea", 1, token="m2", waive_freight=True)
    free = more(order_id, "tea", 1, token="m2", waive_freight=True, reason="漏发的")
    assert (free.freight_fen, free.waived_fen) == (0, paid.freight_fen)
    kinds = trade.run(lambda s: list(s.scalars(sa.select(OrderChange.kind))))
    assert kinds == [ChangeKind.ADDED, ChangeKind.ADDED]


def test_nothing_is_taken_from_or_put_beside_what_is_not_paid_or_over(trade, fewer, more):
    unpaid = trade.order({"tea": 2})
    with pytest.raises(NotToBeChanged):
        fewer(unpaid, {"tea": 1})
    with pytest.raises(NotToBeChanged):
        more(unpaid, "tea", 1)


def test_on_terms_fewer_makes_the_debt_smaller_at_once(trade, fewer):
    order_id = trade.sell_on_terms({"tea": 3})
    fewer(order_id, {"tea": 1})
    [refund] = refunds(trade, order_id)
    assert (refund.is_credit, refund.status) == (True, RefundStatus.SUCCEEDED)


def _price(trade, order_id, sku):
    found = sa.select(OrderLine.unit_price_fen).where(OrderLine.order_id == order_id, OrderLine.sku == sku)
    return trade.run(lambda s: s.scalars(found).one())


def _units_of(trade, task_id):
    total = sa.select(sa.func.sum(Allocation.units)).join(TaskItem, TaskItem.allocation_id == Allocation.id)
    return trade.run(lambda s: int(s.scalar(total.where(TaskItem.task_id == task_id))))
