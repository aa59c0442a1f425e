from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from shop.catalogue.models import Seller
from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.hub.rates import write_rates
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive, undo_receive
from shop.inventory.intake import weighing
from shop.inventory.intake.undoing import undo_processing
from shop.invoicing.handling import put_together
from shop.kit.clock import shanghai_date
from shop.ordering.basket import add_item
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.buying import a_guest
from tests.factories.invoicing import ask, issue, take_back
from tests.factories.money_steps import bring_receipts, pay_twice
from tests.factories.payouts import pay_in_cash
from tests.factories.trade import Trade, open_for_trade
from tests.factories.workshop import add_workshop


@pytest.fixture
def busy(session: Session, unit_of_work: UnitOfWork) -> Trade:
    """A shop in which everything has happened once, and much is under way."""
    trade = open_for_trade(session, unit_of_work)
    session.get_one(Seller, trade.shop.seller_id).buys_from_households = True
    session.commit()
    delivered = trade.sell({"tea": 2, "honey": 1}, courier=True)
    trade.deliver(delivered)
    trade.refund(delivered)
    trade.deliver(trade.sell({"honey": 2}))
    for bearer in ("household", "courier"):
        dented = trade.sell({"tea": 2}, courier=True)
        trade.ship(dented)
        trade.part_refund(dented, bearer, units={"tea": 1}, freight_fen=100 if bearer == "courier" else 0)
    back = trade.sell({"honey": 2}, courier=True)
    trade.ship(back)
    for goods in ("restock", "write_off"):
        trade.part_refund(back, "shop", units={"honey": 1}, goods=goods)
    trade.claim(delivered, "honey")
    granted = trade.claim(delivered, "tea")
    trade.grant(granted)
    trade.close()
    pay_in_cash(trade, "li")
    trade.call_off(trade.sell({"tea": 1}, method="bank_transfer"))
    trade.decline(trade.sell({"tea": 3}))
    trade.decline(trade.sell({"eggs": 2}))  # nobody else has any: they wait
    trade.close_waiting(_short_of_eggs(trade))
    boxes = trade.sell({"box": 1})
    trade.ready(boxes)
    _come_to_the_hub(trade, boxes)
    twice = trade.order({"honey": 3})
    pay_twice(trade, twice)
    trade.send_refunds()
    trade.pack(twice)
    trade.sell_on_terms({"tea": 1})
    trade.expire(trade.order({"honey": 1}, courier=True))
    trade.pay_by_receipt(trade.order({"tea": 1}, courier=True, method="bank_transfer"))
    bring_receipts(trade, 4200)
    trade.order({"tea": 2}, courier=True)  # waits for its money
    trade.run(lambda session: add_item(session, a_guest(), "tea", 1, now=trade.now))
    _invoice(trade, reversed_order=dented, issued_order=trade.sell({"honey": 1}))
    _work_in_a_workshop(session, trade)
    return trade


def _work_in_a_workshop(session: Session, trade: Trade) -> None:
    """A lot made of two households' leaf, one that was undone, a slip taken back, and some that is left."""
    workshop = add_workshop(session, trade.shop)
    li, chen = workshop.weigh(session, "li", 6_000), workshop.weigh(session, "chen", 9_000, second=True)
    workshop.make(session, {li.id: 6_000, chen.id: 3_000}, 15, packaging={workshop.tins: 15})
    undone = workshop.make(session, {chen.id: 3_000}, 5, packaging={workshop.tins: 5})
    workshop.press(session, undo_processing, undone.id, reason="打错")
    wrong = workshop.weigh(session, "li", 5_000)
    workshop.press(session, weighing.take_back, wrong.id, reason="看错秤", right_g=500)


def _invoice(trade: Trade, *, reversed_order: int, issued_order: int) -> None:
    """One taken back and asked for again, one issued, and two that wait together."""
    [first] = ask(trade, reversed_order)
    issue(trade, first, 1)
    trade.part_refund(reversed_order, "shop", free_fen=100)
    take_back(trade, first, 2)
    issue(trade, ask(trade, issued_order)[0], 3)
    others = [ask(trade, trade.sell({"honey": 1}))[0] for _ in range(2)]
    by = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda session: put_together(session, others[0], others[1:], **by))


def _come_to_the_hub(trade: Trade, order_id: int) -> None:
    """What belongs into the box is received there, one part of it by mistake at first."""
    day = shanghai_date(trade.now)
    prices = dict.fromkeys(HubStepKind, 35)
    trade.run(lambda session: write_rates(session, prices, day, actor_id=trade.admin_id, now=trade.now))
    ids = [task.id for task in trade.tasks(order_id)]
    trade.run(lambda session: receive(session, ids, by=WORKER, now=trade.now))
    trade.run(lambda session: undo_receive(session, ids[0], by=WORKER, now=trade.now))
    trade.run(lambda session: receive(session, ids, by=WORKER, now=trade.now))


def _short_of_eggs(trade: Trade) -> int:
    """Its tea has left, and nobody has the eggs."""
    order_id = trade.sell({"tea": 1, "eggs": 1}, courier=True)
    trade.decline_by(order_id, "yu")
    trade.ship(order_id)
    return order_id
