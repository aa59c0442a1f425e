from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from shop.catalogue.models import Seller
from shop.invoicing.handling import put_together
from shop.ordering.basket import add_item
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.buying import a_guest
from tests.factories.invoicing import ask, issue, take_back
from tests.factories.payouts import pay_in_cash
from tests.factories.trade import Trade, open_for_trade


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
    trade.claim(delivered, "honey")
    granted = trade.claim(delivered, "tea")
    trade.grant(granted)
    trade.close()
    pay_in_cash(trade, "li")
    trade.call_off(trade.sell({"tea": 1}, method="bank_transfer"))
    trade.decline(trade.sell({"tea": 3}))
    trade.decline(trade.sell({"eggs": 2}))  # nobody else has any: they wait
    trade.close_waiting(_short_of_eggs(trade))
    trade.ready(trade.sell({"box": 1}))
    trade.pack(trade.sell({"honey": 3}))
    trade.sell_on_terms({"tea": 1})
    trade.expire(trade.order({"honey": 1}, courier=True))
    trade.pay_by_receipt(trade.order({"tea": 1}, courier=True, method="bank_transfer"))
    trade.order({"tea": 2}, courier=True)  # waits for its money
    trade.run(lambda session: add_item(session, a_guest(), "tea", 1, now=trade.now))
    _invoice(trade, reversed_order=dented, issued_order=trade.sell({"honey": 1}))
    return trade


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


def _short_of_eggs(trade: Trade) -> int:
    """Its tea has left, and nobody has the eggs."""
    order_id = trade.sell({"tea": 1, "eggs": 1}, courier=True)
    trade.decline_by(order_id, "yu")
    trade.ship(order_id)
    return order_id
