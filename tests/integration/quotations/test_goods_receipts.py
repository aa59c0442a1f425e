"""验收: what arrived is written down, what is missing is credited, and the invoice is of what was accepted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.invoicing.billing import amounts_to_bill
from shop.invoicing.models import Invoice, InvoiceOrder
from shop.kit.errors import InvalidInput
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund, RefundBearer
from shop.payments.terms.accepting import buy_on_terms
from shop.payments.terms.debts import open_debts
from shop.quotations.accepting import Answer, accept_version
from shop.quotations.errors import NothingToReceive, NotYourPart, OwnReceipt, ReceivedAlready, WrittenAnew
from shop.quotations.reading import read_quotation, short_receipts
from shop.quotations.receipt_models import ReceiptState
from shop.quotations.receiving import (
    Arrived,
    confirm_receipt,
    credit_missing,
    dispute_missing,
    receipt_of,
    write_receipt,
)
from tests.factories.quotations import a_quotation

TOTAL = 8 * 6_000 + 3 * 5_900 + 1_500 - 701


def ordered(desk, *, delivered=True, **asked):
    """A quotation of which the goods are there; its number and its order."""
    admin = desk.trade.admin_id
    number = desk.run(lambda s: a_quotation(s, desk.shop, desk.buyer, actor_id=admin, now=desk.now, **asked))
    answer = Answer(number, 1, "on_account")
    order_id = desk.run(lambda s: accept_version(s, desk.buyer, answer, now=desk.now)).order_id
    own = desk.buyer.organisation_id
    buy_on_terms(desk.trade.unit_of_work, desk.trade.providers, order_id, organisation_id=own, now=desk.now)
    if delivered:
        desk.trade.deliver(order_id)
    return number, order_id


def arrived(desk, order_id, *, missing=0):
    """Everything, but so many units of the first line."""
    lines = desk.run(
        lambda s: s.scalars(
            sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
        ).all()
    )
    first = lines[0].id
    return {one.id: Arrived(one.quantity - (missing if one.id == first else 0)) for one in lines}


def write(desk, number, what, by=None):
    return desk.run(lambda s: write_receipt(s, by or desk.buyer, number, what, "三箱压坏", now=desk.now))


def state(desk, number):
    return desk.run(lambda s: receipt_of(s, read_quotation(s, number).id).state)


def written_at(desk, number):
    return desk.run(lambda s: receipt_of(s, read_quotation(s, number).id).written_at.isoformat())


def test_everything_arrived_and_nobody_has_to_do_anything(desk):
    number, order_id = ordered(desk)
    assert write(desk, number, arrived(desk, order_id)) is ReceiptState.WHOLE
    assert desk.run(lambda s: short_receipts(s, most=5)).total == 0


def test_what_is_missing_is_owed_no_more_and_the_invoice_is_of_the_rest(desk):
    number, order_id = ordered(desk)
    assert write(desk, number, arrived(desk, order_id, missing=2)) is ReceiptState.SHORT
    assert desk.run(lambda s: [one[0] for one in short_receipts(s, most=5).items]) == [number]
    admin = desk.trade.admin_id

    def credit(session):
        return credit_missing(session, number, bearer="shop", actor_id=admin, now=desk.now)

    assert [desk.run(credit), desk.run(credit)] == [True, False]
    [refund] = desk.run(lambda s: s.scalars(sa.select(Refund)).all())
    line = desk.run(lambda s: s.scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id)).first())
    assert refund.bearer is RefundBearer.SHOP
    assert 0 < refund.amount_fen <= 2 * line.unit_price_fen
    [debt] = desk.run(lambda s: open_debts(s, desk.buyer.organisation_id))
    assert debt.due_fen == TOTAL - refund.amount_fen
    assert state(desk, number) is ReceiptState.CREDITED

    def billed(session):
        invoice = session.scalars(
            sa.select(Invoice)
            .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
            .where(InvoiceOrder.order_id == order_id)
        ).one()
        return amounts_to_bill(session, [(invoice.id, invoice.seller_id)])[invoice.id]

    assert desk.run(billed) == TOTAL - refund.amount_fen
    assert desk.run(lambda s: s.get_one(Order, order_id).refunded_fen) == refund.amount_fen


def test_where_two_persons_shall_accept_one_alone_does_not_do(desk):
    number, order_id = ordered(desk, two_accept=True)
    assert write(desk, number, arrived(desk, order_id, missing=1)) is ReceiptState.WRITTEN
    assert desk.run(lambda s: short_receipts(s, most=5)).total == 0
    seen = written_at(desk, number)
    with pytest.raises(OwnReceipt):
        desk.run(lambda s: confirm_receipt(s, desk.buyer, number, seen, now=desk.now))

    def confirm(session):
        return confirm_receipt(session, desk.approver, number, seen, now=desk.now)

    assert [desk.run(confirm), desk.run(confirm)] == [True, False]
    assert state(desk, number) is ReceiptState.SHORT


def test_what_was_written_anew_after_the_second_person_looked_is_not_confirmed(desk):
    number, order_id = ordered(desk, two_accept=True)
    write(desk, number, arrived(desk, order_id))
    seen, later = written_at(desk, number), desk.now + timedelta(hours=1)
    short = arrived(desk, order_id, missing=2)
    desk.run(lambda s: write_receipt(s, desk.buyer, number, short, now=later))
    for stale in (seen, ""):
        with pytest.raises(WrittenAnew):
            desk.run(lambda s, at=stale: confirm_receipt(s, desk.approver, number, at, now=later))
    assert state(desk, number) is ReceiptState.WRITTEN
    assert desk.run(lambda s: confirm_receipt(s, desk.approver, number, later.isoformat(), now=later))
    assert state(desk, number) is ReceiptState.SHORT


def test_the_shop_may_say_that_it_was_delivered(desk):
    number, order_id = ordered(desk)
    write(desk, number, arrived(desk, order_id, missing=1))
    admin = desk.trade.admin_id
    with pytest.raises(InvalidInput):
        desk.run(lambda s: dispute_missing(s, number, "", actor_id=admin, now=desk.now))
    assert desk.run(lambda s: dispute_missing(s, number, "签收单上是 8 份", actor_id=admin, now=desk.now))
    assert state(desk, number) is ReceiptState.DISPUTED
    assert desk.run(lambda s: s.scalar(sa.select(sa.func.count(Refund.id)))) == 0


def test_before_anything_has_left_nothing_is_taken_over(desk):
    number, order_id = ordered(desk, delivered=False)
    with pytest.raises(NothingToReceive):
        write(desk, number, arrived(desk, order_id))


def test_more_than_was_ordered_cannot_arrive_and_a_settled_receipt_stays(desk):
    number, order_id = ordered(desk)
    with pytest.raises(InvalidInput):
        write(desk, number, arrived(desk, order_id, missing=-1))
    with pytest.raises(NotYourPart):
        write(desk, number, arrived(desk, order_id), by=desk.viewer)
    write(desk, number, arrived(desk, order_id))
    with pytest.raises(ReceivedAlready):
        write(desk, number, arrived(desk, order_id, missing=1))
