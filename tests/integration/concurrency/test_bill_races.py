"""Members of one organisation who ask for invoices at the same moment: every order is on one request."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.invoicing.one_for_many import ask_for_one_invoice
from shop.ordering.models import Order
from shop.reimbursement.about import find_about
from shop.reimbursement.making import ask_for_pack
from shop.reimbursement.models import PackKind, ReimbursementPack
from tests.factories.invoicing import to_bill
from tests.factories.trade import open_for_trade
from tests.integration.concurrency.test_payment_races import at_once

TEA = 6_800


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


def asks(trade, orders):
    def work(session):
        numbers = session.scalars(sa.select(Order.number).where(Order.id.in_(orders))).all()
        own = session.get_one(Organisation, trade.organisation_id)
        return ask_for_one_invoice(
            session, own, trade.shop.seller_id, numbers, actor_id=trade.union_id, now=trade.now
        ).id

    return trade.unit_of_work.run(work)


@pytest.mark.race(fence="of one seller, an order stands on one request that waits, by an index of the table")
def test_two_who_choose_overlapping_orders_never_put_one_on_two_requests(trade):
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(4)]
    choices = [orders[:3], orders[1:], orders, orders[2:]]
    at_once([partial(asks, trade, chosen) for chosen in choices])
    rows = trade.run(
        lambda s: s.execute(
            sa.select(InvoiceOrder.order_id, InvoiceOrder.invoice_id).where(InvoiceOrder.waits.is_(True))
        ).all()
    )
    assert len({row.order_id for row in rows}) == len(rows)
    open_ones = trade.run(
        lambda s: list(s.scalars(sa.select(Invoice.id).where(Invoice.status == InvoiceStatus.REQUESTED)))
    )
    assert sum(to_bill(trade, one) for one in open_ones) == len(rows) * TEA


@pytest.mark.race(fence="of one subject, one pack waits, by an index of the table")
def test_papers_that_many_ask_for_at_once_are_made_once(trade):
    order = trade.sell_on_terms({"tea": 1})
    number = trade.order_row(order).number

    def ask():
        def work(session):
            own = session.get_one(Organisation, trade.organisation_id)
            about = find_about(session, own, PackKind.ORDER, number)
            return ask_for_pack(session, about, "zh", actor_id=trade.union_id, now=trade.now)

        return trade.unit_of_work.run(work)

    assert len(set(at_once([ask] * 8))) == 1
    packs = sa.select(sa.func.count()).select_from(ReimbursementPack)
    assert trade.run(lambda s: s.scalar(packs)) == 1
