"""A coordinator gives units to another household than the fairness rule, with a reason."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.fulfilment.errors import LotNotToChoose, NothingWaits, ReasonMissing
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.override_models import Override
from shop.fulfilment.overriding import override
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.readiness import mark_ready
from shop.inventory.models import Lot
from shop.kit.errors import NotFound
from tests.factories.small_shop import add_lot
from tests.factories.trade import Trade


def give(trade: Trade, task, lot: str, reason: str = "家里老人住院", by: Reach = WORKER) -> None:
    trade.run(lambda s: override(s, task.id, trade.shop.lots[lot], reason, by=by, now=trade.now))


def overrides(trade: Trade) -> list[Override]:
    return trade.run(lambda s: list(s.scalars(sa.select(Override).order_by(Override.id))))


def stock(trade: Trade, lot: str) -> tuple[int, int]:
    found = trade.run(lambda s: s.get_one(Lot, trade.shop.lots[lot]))
    return found.available, found.committed


def tea_task(trade: Trade):
    """Its household by the rule, and the lot of the other one."""
    order_id = trade.sell({"tea": 3})
    (task,) = trade.tasks(order_id)
    names = {trade.shop.producers[name]: name for name in ("li", "wang")}
    mine = names[task.producer_id]
    return order_id, task, f"tea-{mine}", "tea-wang" if mine == "li" else "tea-li"


def test_the_chosen_household_has_the_units_and_the_money_and_the_first_may_sell_its_own(trade: Trade):
    order_id, task, mine, other = tea_task(trade)
    before = stock(trade, mine)
    for _ in range(2):
        give(trade, task, other)
    ended, new = trade.tasks(order_id)
    assert (ended.status, new.status, new.earns_fen) == (
        TaskStatus.REASSIGNED,
        TaskStatus.OPEN,
        task.earns_fen,
    )
    assert stock(trade, mine) == (before[0] + 3, before[1] - 3)
    (written,) = overrides(trade)
    assert (written.by_rule_id, written.given_to_id) == (task.producer_id, new.producer_id)
    assert (written.units, written.reason) == (3, "家里老人住院")
    trade.deliver(order_id)


def test_it_is_in_the_trail_who_did_it_and_why(trade: Trade):
    _, task, _, other = tea_task(trade)
    give(trade, task, other, by=Reach(user_id=trade.admin_id, everything=True))
    (entry,) = trade.run(
        lambda s: list(s.scalars(sa.select(AuditEntry).where(AuditEntry.action == "task.overridden")))
    )
    assert (entry.actor_id, entry.facts["reason"]) == (trade.admin_id, "家里老人住院")


def test_without_a_reason_and_of_goods_that_are_ready_nothing_is_given(trade: Trade):
    order_id, task, _, other = tea_task(trade)
    with pytest.raises(ReasonMissing):
        give(trade, task, other, reason="  ")
    trade.run(lambda s: mark_ready(s, [task.id], by=WORKER, now=trade.now))
    with pytest.raises(NothingWaits):
        give(trade, task, other)
    assert overrides(trade) == []
    assert len(trade.tasks(order_id)) == 1


def test_a_lot_that_has_too_few_or_whose_household_declined_is_not_to_be_chosen(trade: Trade):
    order_id, _, _, other = tea_task(trade)
    trade.decline(order_id)
    (new,) = trade.tasks(order_id, TaskStatus.OPEN)
    with pytest.raises(LotNotToChoose):
        give(trade, new, f"tea-{'li' if other == 'tea-wang' else 'wang'}")
    trade.run(lambda s: add_lot(s, trade.shop, "tea-few", "tea", "yu", units=2))
    with pytest.raises(LotNotToChoose):
        give(trade, new, "tea-few")


def test_units_that_wait_are_given_and_it_is_written_whom_the_rule_would_have_chosen(trade: Trade):
    order_id = trade.sell({"eggs": 2})
    trade.decline(order_id)
    (task,) = trade.tasks(order_id)
    for name in ("li", "wang"):
        trade.run(lambda s, name=name: add_lot(s, trade.shop, f"eggs-{name}", "eggs", name, units=5, days=30))
    give(trade, task, "eggs-wang")
    (written,) = overrides(trade)
    assert written.by_rule_id in {trade.shop.producers["li"], trade.shop.producers["wang"]}
    assert written.given_to_id == trade.shop.producers["wang"]
    trade.deliver(order_id)


def test_only_the_goods_of_the_chosen_lot_leave_a_task_of_several(trade: Trade):
    order_id = trade.sell({"tea": 1, "honey": 2})
    (task,) = [one for one in trade.tasks(order_id) if one.producer_id == trade.shop.producers["li"]]
    lot = "tea-wang"
    if len(trade.tasks(order_id)) > 1:  # the rule gave the tea to wang: honey goes instead
        trade.run(lambda s: add_lot(s, trade.shop, "honey-wang", "honey", "wang", units=9))
        lot = "honey-wang"
    give(trade, task, lot)
    assert sum(one.earns_fen for one in trade.tasks(order_id, TaskStatus.OPEN)) > 0
    trade.deliver(order_id)


def test_a_coordinator_reaches_own_villages_tasks_and_lots_only(trade: Trade):
    _, task, _, other = tea_task(trade)
    nobody = Reach(user_id=trade.admin_id, village_ids=frozenset({task.village_id + 99}))
    with pytest.raises(NotFound):
        give(trade, task, other, by=nobody)
    own = Reach(user_id=trade.admin_id, village_ids=frozenset({task.village_id}))
    with pytest.raises(NotFound):
        give(trade, task, other, by=own)  # the other village's household
    assert overrides(trade) == []
