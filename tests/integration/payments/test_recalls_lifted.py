"""A recall is lifted before, between and after the refund and the keeper's press: what was promised is done, and no more."""

from __future__ import annotations

from itertools import permutations

import pytest
import sqlalchemy as sa

from shop.fulfilment.beside_recalled import units_beside, units_called_back
from shop.fulfilment.handover import hand_over
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.point_errors import RefundToCome
from shop.fulfilment.point_list import waiting_people
from shop.fulfilment.promised_refunds import owes_refund, promised_refunds
from shop.fulfilment.reach import keeper
from shop.fulfilment.recalled_parcels import call_back_parcel
from shop.fulfilment.receipt import receive_order
from shop.inventory.trace_models import LotRecall
from shop.kit.errors import ShopError
from shop.ledger.models import Account, JournalEntry, Payout, Posting
from shop.ledger.payouts.payslips import read_payslip
from shop.ledger.recall_charges import (
    SecondPersonGivesBack,
    StillRecalled,
    charges_of_households,
    charges_of_recall,
    give_charges_back,
)
from shop.ordering.models import Order, OrderStatus
from shop.ordering.recalls import RecallWords, lift_recall, recall_lot
from shop.payments.models import Refund, RefundBearer
from shop.payments.recall_refunds import refund_recalled
from shop.rounds import complete_orders, settle_recalls
from tests.factories.trade import Trade, open_for_trade

PRESS, LIFT, REFUND, HAND_OVER = "press", "lift", "refund", "hand over"


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


class Stage:
    """One order with recalled and sound goods in one parcel at its point, and what people do with it."""

    def __init__(self, trade: Trade) -> None:
        self.trade = trade
        self.order_id = trade.sell({"honey": 1, "tea": 2})
        trade.ready(self.order_id)
        trade.ship(self.order_id)
        self.lot_id = trade.shop.lots["honey-pool"]
        self.other = trade.run(trade._second_person)
        trade.run(
            lambda s: recall_lot(
                s, self.lot_id, RecallWords("检出超标"), actor_id=trade.admin_id, now=trade.now
            )
        )
        settle_recalls(trade.unit_of_work, now=trade.now)
        self.recall_id = trade.run(lambda s: s.scalar(sa.select(LotRecall.id)))
        self.point = keeper(trade.admin_id, frozenset({trade.shop.point_id}))
        self.done: list[str] = []

    def parcel(self):
        (one,) = self.trade.parcels(self.order_id)
        return one

    def do(self, step: str) -> bool:
        """False when it is refused."""
        t = self.trade
        work = {
            PRESS: lambda s: call_back_parcel(s, self.parcel_code, by=self.point, now=t.now),
            LIFT: lambda s: lift_recall(s, self.lot_id, "复检合格", actor_id=self.other, now=t.now),
            REFUND: lambda s: refund_recalled(
                s, self.recall_id, self.order_id, bearer=RefundBearer.HOUSEHOLD, actor_id=t.admin_id, now=t.now,
                beside=units_beside, called_back=units_called_back,
            ),
            HAND_OVER: lambda s: hand_over(s, self.pickup_code, in_hand=[self.parcel_code], by=self.point, now=t.now),
        }[step]  # fmt: skip
        self.parcel_code = self.parcel().code
        self.pickup_code = t.run(lambda s: s.get_one(Order, self.order_id).pickup_code)
        try:
            t.run(work)
        except ShopError:
            return False
        if step == REFUND:
            t.send_refunds()
        self.done.append(step)
        return True

    def refunded(self) -> int:
        asked = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0))
        return int(self.trade.run(lambda s: s.scalar(asked.where(Refund.order_id == self.order_id))))

    def look(self) -> str:
        (one,) = self.trade.run(lambda s: order_progress(s, self.order_id, by_truck=True))
        return one.status

    def goods_fen(self) -> int:
        return self.trade.run(lambda s: s.get_one(Order, self.order_id)).goods_fen


def holds(stage: Stage) -> None:
    """What is true after every step, whatever came before."""
    done, everything = set(stage.done), stage.goods_fen()
    assert stage.refunded() == (everything if REFUND in done else 0)
    given = HAND_OVER in done
    assert not (given and done & {PRESS, REFUND}), "never both the goods and the money"
    owed = stage.trade.run(lambda s: [one.order_id for one in promised_refunds(s)])
    assert owed == ([stage.order_id] if PRESS in done and REFUND not in done else [])
    people = stage.trade.run(lambda s: waiting_people(s, stage.point))
    flagged = [code for one in people for code in one.recalled]
    free = [code for one in people for code in (*one.here, *one.coming)]
    if PRESS in done:
        assert (flagged, free, stage.look()) == ([], [], "called_back")
    elif given:
        assert (flagged, free, stage.look()) == ([], [], "handed_over")
    elif LIFT in done and REFUND not in done:
        assert (flagged, len(free)) == ([], 1)
    else:
        assert (len(flagged), free, stage.look()) == (1, [], "recalled")
    assert stage.trade.violations() == []


WALKS = [(*steps, HAND_OVER) for steps in permutations((PRESS, LIFT, REFUND))]


@pytest.mark.parametrize("steps", [*WALKS, (LIFT, HAND_OVER, PRESS, REFUND)], ids=", ".join)
def test_each_order_of_steps_keeps_every_promise(trade, steps):
    stage = Stage(trade)
    for step in steps:
        before = set(stage.done)
        lifted, refunded, pressed = LIFT in before, REFUND in before, PRESS in before
        gone = HAND_OVER in before
        possible = {
            PRESS: not gone and (not lifted or refunded),
            LIFT: True,
            REFUND: (not lifted or pressed) and not (gone and lifted),
            HAND_OVER: lifted and not refunded and not pressed,
        }[step]
        assert stage.do(step) == possible, (steps, step)
        holds(stage)


def test_the_order_is_not_completed_while_the_money_for_its_parcel_is_owed(trade):
    stage = Stage(trade)
    assert stage.do(PRESS)
    assert stage.do(LIFT)
    late = trade.now.replace(year=trade.now.year + 1)
    assert complete_orders(trade.unit_of_work, now=late) == 0
    with pytest.raises(RefundToCome):
        trade.run(lambda s: receive_order(s, stage.order_id, now=trade.now))
    assert trade.run(lambda s: s.scalar(sa.select(Order.id).where(owes_refund()))) == stage.order_id
    assert stage.do(REFUND)
    assert complete_orders(trade.unit_of_work, now=late) == 1
    assert trade.run(lambda s: s.get_one(Order, stage.order_id).status) is OrderStatus.COMPLETED


def test_a_household_reads_what_a_recall_costs_it_and_gets_it_back_when_that_was_lifted(trade):
    stage = Stage(trade)
    assert stage.do(REFUND)
    households = [trade.shop.households[name] for name in trade.shop.households]
    charged = trade.run(lambda s: charges_of_recall(s, stage.recall_id))
    assert charged
    assert sum(one.fen for one in charged) > 0
    assert trade.run(lambda s: charges_of_households(s, households)) == charged
    (line, *_) = charged
    assert (line.orders, line.reason_zh, line.back_fen, line.name_zh) == (1, "检出超标", 0, "好honey")
    with pytest.raises(StillRecalled):
        trade.run(lambda s: give_charges_back(s, stage.recall_id, actor_id=stage.other, now=trade.now))
    assert stage.do(LIFT)
    with pytest.raises(SecondPersonGivesBack):
        trade.run(lambda s: give_charges_back(s, stage.recall_id, actor_id=trade.admin_id, now=trade.now))
    given = trade.run(lambda s: give_charges_back(s, stage.recall_id, actor_id=stage.other, now=trade.now))
    again = trade.run(lambda s: give_charges_back(s, stage.recall_id, actor_id=stage.other, now=trade.now))
    assert (sum(given.values()), again) == (sum(one.fen for one in charged), {})
    after = trade.run(lambda s: charges_of_recall(s, stage.recall_id))
    assert all(one.fen == one.back_fen for one in after)
    borne = sa.select(sa.func.sum(Posting.amount_fen)).join(JournalEntry, JournalEntry.id == Posting.entry_id)
    of_order = borne.where(
        JournalEntry.reference.like("refund:%"), Posting.account == Account.HOUSEHOLD_PAYABLE
    )
    assert trade.run(lambda s: s.scalar(of_order)) == 0
    assert trade.violations() == []
    assert stage.parcel().status is ParcelStatus.SHIPPED


def test_the_charges_of_many_orders_are_given_back_together_and_once(trade):
    orders = [trade.sell({"honey": 1}, courier=True) for _ in range(8)]
    for order_id in orders:
        trade.ready(order_id)
        trade.ship(order_id)
    words = RecallWords("检出超标")
    lot_id, other = trade.shop.lots["honey-pool"], trade.run(trade._second_person)
    trade.run(lambda s: recall_lot(s, lot_id, words, actor_id=trade.admin_id, now=trade.now))
    recall_id = trade.run(lambda s: s.scalar(sa.select(LotRecall.id)))
    by = {"bearer": RefundBearer.HOUSEHOLD, "actor_id": trade.admin_id}
    for order_id in orders:
        trade.run(lambda s, one=order_id: refund_recalled(s, recall_id, one, now=trade.now, **by))
    trade.send_refunds()
    trade.run(lambda s: lift_recall(s, lot_id, "复检合格", actor_id=other, now=trade.now))
    give = lambda: trade.run(lambda s: give_charges_back(s, recall_id, actor_id=other, now=trade.now))  # noqa: E731
    charged = trade.run(lambda s: charges_of_recall(s, recall_id))
    assert (sum(give().values()), give()) == (sum(one.fen for one in charged), {})
    assert [(one.orders, one.back_fen) for one in trade.run(lambda s: charges_of_recall(s, recall_id))] == [
        (8, one.fen) for one in charged
    ]
    assert trade.violations() == []


def test_a_payslip_names_what_a_recall_cost_in_a_line_of_its_own_with_the_reason(trade):
    order_id = trade.sell({"honey": 2, "tea": 1}, courier=True)
    trade.deliver(order_id)
    trade.deliver(trade.sell({"honey": 3}, courier=True))  # so that something is left to pay out
    lot_id = trade.shop.lots["honey-pool"]
    words = RecallWords("检出超标")
    trade.run(lambda s: recall_lot(s, lot_id, words, actor_id=trade.admin_id, now=trade.now))
    recall_id = trade.run(lambda s: s.scalar(sa.select(LotRecall.id)))
    by = {"bearer": RefundBearer.HOUSEHOLD, "actor_id": trade.admin_id}
    trade.run(lambda s: refund_recalled(s, recall_id, order_id, now=trade.now, **by))
    trade.send_refunds()
    charged = sum(one.fen for one in trade.run(lambda s: charges_of_recall(s, recall_id)))
    trade.close()
    payouts = trade.run(lambda s: s.scalars(sa.select(Payout.id)).all())
    slips = [trade.run(lambda s, one=one: read_payslip(s, one)) for one in payouts]
    assert all(slip.lines_fen == slip.amount_fen for slip in slips)
    lines = [line for slip in slips for line in slip.lines if line.recall_zh]
    assert {line.recall_zh for line in lines} == {"检出超标"}
    assert sum(line.fen for line in lines) == -charged
    assert trade.violations() == []
