"""验收: what arrived is written down, what is missing is credited, and the invoice is of what was accepted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.invoicing.billing import amounts_to_bill
from shop.invoicing.models import Invoice, InvoiceOrder
from shop.kit.errors import InvalidInput
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund, RefundBearer, RefundLine
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.refund_limits import RefundedUnits, left_to_refund
from shop.payments.short_deliveries import units_refunded
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
from tests.integration.concurrency.test_payment_races import at_once

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
    def work(session):
        order_id = read_quotation(session, number).agreement.order_id
        gone = units_refunded(session, order_id)
        return write_receipt(session, by or desk.buyer, number, what, "三箱压坏", refunded=gone, now=desk.now)

    return desk.run(work)


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


def credit(desk, number, session):
    return credit_missing(session, number, bearer="shop", actor_id=desk.trade.admin_id, now=desk.now)


def refunded_units(desk, order_id):
    statement = (
        sa.select(sa.func.sum(RefundLine.units))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id)
    )
    return desk.run(lambda s: s.scalar(statement))


def test_units_that_are_refunded_already_are_not_missing(desk):
    number, order_id = ordered(desk)
    desk.trade.part_refund(order_id, "shop", units={"tea": 2})
    assert write(desk, number, arrived(desk, order_id, missing=2)) is ReceiptState.WHOLE


def test_of_what_is_missing_only_what_is_not_refunded_is_credited(desk):
    number, order_id = ordered(desk)
    desk.trade.part_refund(order_id, "shop", units={"tea": 2})
    assert write(desk, number, arrived(desk, order_id, missing=3)) is ReceiptState.SHORT
    assert [desk.run(partial(credit, desk, number)) for _ in range(2)] == [True, False]
    assert refunded_units(desk, order_id) == 3


def test_what_is_refunded_while_the_shop_has_not_answered_is_not_credited_again(desk):
    number, order_id = ordered(desk)
    write(desk, number, arrived(desk, order_id, missing=2))
    desk.trade.part_refund(order_id, "shop", units={"tea": 2})
    assert desk.run(partial(credit, desk, number)) is True
    assert refunded_units(desk, order_id) == 2
    assert state(desk, number) is ReceiptState.CREDITED


@pytest.mark.race(fence="the lock on the quotation, then on the order")
def test_credited_and_refunded_by_several_at_once_no_unit_is_paid_for_twice(desk):
    number, order_id = ordered(desk)
    write(desk, number, arrived(desk, order_id, missing=2))
    work = desk.trade.unit_of_work
    line = desk.run(lambda s: s.scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id)).first())

    def refund(session):
        lock_order(session, order_id)
        fen = left_to_refund(session, order_id).lines[line.id].most_for(2)
        part = PartRefund(RefundBearer.SHOP, "压坏", (RefundedUnits(line.id, 2, fen),))
        return ask_part_refund(
            session, order_id, part, token="two broken", actor_id=desk.trade.admin_id, now=desk.now
        )

    at_once([partial(work.run, partial(credit, desk, number)), partial(work.run, refund)] * 3)
    # Credited first, the two that the refund is for are others: it was asked for whole units that are left.
    assert refunded_units(desk, order_id) in (2, 4)
    by_receipt = sa.select(Refund.id).where(Refund.request_token.startswith("receipt:"))
    assert (refunded_units(desk, order_id) == 4) == bool(desk.run(lambda s: s.scalar(by_receipt)))
