"""One order has goods of one lot in two tasks: in a gift box, packed at the hub, and loose, packed in the village."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop import rounds
from shop.fulfilment.harvest_too_early import SPOILS
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.stopping import orders_to_stop
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.clock import shanghai_date
from shop.ordering.history import note
from shop.ordering.models import OrderLine
from shop.ordering.reasons import Reason
from shop.ordering.recalls import RecallWords, recall_lot
from shop.rounds import settle_early_harvests, settle_recalls
from tests.factories.small_shop import add_lot


@pytest.fixture
def orders(trade) -> tuple[int, int]:
    """A gift box and loose honey of the one lot, then honey for somebody else; another household has honey since."""
    order_id, later = trade.sell({"box": 1, "honey": 2}), trade.sell({"honey": 1})
    trade.run(lambda s: add_lot(s, trade.shop, "honey-later", "honey", "wang", units=30))
    assert len([task for task in trade.tasks(order_id) if _has(trade, task, "honey-pool")]) == 2
    return order_id, later


def _has(trade, task: Task, lot: str) -> bool:
    of_lot = (
        sa.select(Allocation.id)
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .where(TaskItem.task_id == task.id, Allocation.lot_id == trade.shop.lots[lot])
    )
    return trade.run(lambda s: s.scalar(of_lot)) is not None


def going(trade, order_id: int, lot: str) -> int:
    """How many units of the lot the order is promised."""
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(
            OrderLine.order_id == order_id,
            Allocation.lot_id == trade.shop.lots[lot],
            Allocation.status == AllocationStatus.COMMITTED,
        )
    )
    return int(trade.run(lambda s: s.scalar(units)))


def recall(trade, lot: str = "honey-pool") -> None:
    words = RecallWords("检出超标")
    lot_id = trade.shop.lots[lot]
    trade.run(lambda s: recall_lot(s, lot_id, words, actor_id=trade.admin_id, now=trade.now))


def test_a_recall_takes_them_out_of_both_and_goes_on_with_the_next_order(trade, orders):
    recall(trade)
    assert settle_recalls(trade.unit_of_work, now=trade.now) == 2
    assert trade.run(orders_to_stop) == []
    assert [going(trade, one, "honey-pool") for one in orders] == [0, 0]
    assert [going(trade, one, "honey-later") for one in orders] == [3, 1]


def test_a_harvest_that_spoils_takes_them_out_of_both(trade, orders):
    in_two_tasks, _ = orders
    lot_id = trade.shop.lots["honey-pool"]

    def spoils(session):
        session.get_one(Lot, lot_id).best_before = shanghai_date(trade.now) + timedelta(days=1)
        note(session, in_two_tasks, SPOILS, trade.now, None, lot_id=lot_id)

    trade.run(spoils)
    assert settle_early_harvests(trade.unit_of_work, now=trade.now) == 1
    assert (going(trade, in_two_tasks, "honey-pool"), going(trade, in_two_tasks, "honey-later")) == (0, 3)
    ended = trade.tasks(in_two_tasks, TaskStatus.DECLINED)
    assert {task.decline_reason for task in ended} == {Reason.SPOILS_BEFORE}


def test_one_order_that_fails_of_anything_is_an_error_in_the_log_and_the_others_are_stopped(
    trade, orders, monkeypatch, caplog
):
    in_two_tasks, later = orders
    recall(trade)
    stop = rounds.stop_recalled

    def stop_recalled(session, recall_id, order_id, *, now):
        if order_id == in_two_tasks:
            raise RuntimeError("a mistake of ours")
        stop(session, recall_id, order_id, now=now)

    monkeypatch.setattr(rounds, "stop_recalled", stop_recalled)
    with caplog.at_level(logging.WARNING, logger="shop.rounds"):
        assert settle_recalls(trade.unit_of_work, now=trade.now) == 1
    assert going(trade, later, "honey-pool") == 0
    (told,) = [one for one in caplog.records if one.name == "shop.rounds"]
    assert (told.levelno, told.exc_info is not None) == (logging.ERROR, True)
    assert f"order_id={in_two_tasks}" in told.getMessage()
    monkeypatch.undo()
    assert settle_recalls(trade.unit_of_work, now=trade.now) == 1
