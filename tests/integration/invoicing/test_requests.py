"""Requests: opened with the money, numbered without gaps, changed, put together, rejected and asked again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.invoicing.asking import ask_for_invoice
from shop.invoicing.errors import NotAlike, NothingToBill, NotYetConfirmed, OfSeveralOrders, TooLateToAsk
from shop.invoicing.handling import put_together, reject_request, retitle_request, take_out, withdraw_request
from shop.invoicing.models import InvoiceStatus, TaxEntry
from shop.kit.errors import InvalidInput
from shop.kit.transitions import IllegalStep
from shop.ordering.models import InvoiceKind, Order
from shop.ordering.wish import InvoiceWish
from shop.storage.outbox import OutboxMessage
from tests.factories.buying import an_account, buy
from tests.factories.invoicing import COMPANY, PERSON, ask, invoice, invoices_of, issue, to_bill, waiting


@pytest.fixture
def by(trade):
    return {"actor_id": trade.admin_id, "now": trade.now}


def ordered_with(trade, wish, goods=None, **changes):
    """Placed with an invoice chosen at checkout."""
    bought = trade.run(lambda s: buy(s, trade.shop, goods or {"tea": 1}, invoice=wish, **changes)).order_id
    trade.attempt(bought)
    return bought


def test_who_chose_an_invoice_has_asked_for_it_once_it_is_paid(trade):
    order_id = ordered_with(trade, COMPANY)
    assert waiting(trade, order_id) == []
    trade.pay(order_id)
    [request] = invoices_of(trade, order_id)
    assert (request.kind, request.title, request.tax_number) == (
        COMPANY.kind,
        COMPANY.title,
        COMPANY.tax_number,
    )
    assert request.number == f"KP{trade.shop.seller_id}-000001"
    assert to_bill(trade, request.id) == 6800


def test_nobody_is_asked_for_what_nobody_wants(trade):
    assert invoices_of(trade, trade.sell({"tea": 1})) == []


def test_each_seller_of_an_order_has_a_request_and_its_share_of_the_freight(trade):
    order_id = trade.sell({"tea": 1, "oil": 1}, courier=True)
    requests = ask(trade, order_id)
    amounts = [to_bill(trade, one) for one in requests]
    order = trade.order_row(order_id)
    assert len(requests) == 2
    assert order.freight_fen > 0
    assert sum(amounts) == order.total_fen
    assert amounts[0] > 6800
    assert amounts[1] > 9000


def test_the_rate_is_the_sellers_and_stays_as_it_was_placed(trade):
    order_id = trade.sell({"tea": 1, "eggs": 1, "oil": 1})
    trade.run(lambda s: s.execute(sa.text("UPDATE variant_taxes SET tax_rate_bp = 100, tax_exempt = false")))
    entries = sa.select(TaxEntry.tax_rate_bp, TaxEntry.tax_exempt, TaxEntry.amount_fen).order_by(TaxEntry.id)
    rows = trade.run(lambda s: s.execute(entries.where(TaxEntry.order_id == order_id)).all())
    assert sorted(map(tuple, rows)) == [(0, True, 5900), (900, False, 6800), (1300, False, 9000)]


def test_numbers_follow_one_another_and_a_failed_request_takes_none(trade, by):
    first = ask(trade, trade.sell({"tea": 1}))
    order_id = trade.sell({"tea": 1})

    def fail(session):
        ask_for_invoice(session, order_id, COMPANY, **by)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trade.run(fail)
    second = ask(trade, order_id)
    assert [invoice(trade, one).sequence for one in (*first, *second)] == [1, 2]


def test_asking_twice_is_asking_once(trade):
    order_id = trade.sell({"tea": 1})
    assert ask(trade, order_id) == ask(trade, order_id)


def test_before_the_money_and_long_after_it_nobody_can_ask(trade):
    order_id = trade.order({"tea": 1})
    with pytest.raises(NotYetConfirmed):
        ask(trade, order_id)
    trade.pay(order_id)
    trade.now += timedelta(days=181)
    with pytest.raises(TooLateToAsk):
        ask(trade, order_id)
    trade.violations = list  # half a year went by without the nightly work


def test_what_was_refunded_cannot_be_billed(trade):
    order_id = trade.sell({"tea": 1})
    trade.refund(order_id)
    with pytest.raises(NothingToBill):
        ask(trade, order_id)


def test_a_buyer_says_something_else_and_then_wants_none(trade):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    assert ask(trade, order_id, PERSON) == [request]
    assert invoice(trade, request).title == PERSON.title
    assert trade.order_row(order_id).invoice_kind is InvoiceKind.PERSONAL
    assert ask(trade, order_id, InvoiceWish()) == []
    assert invoice(trade, request).status is InvoiceStatus.WITHDRAWN
    [again] = ask(trade, order_id)
    assert invoice(trade, again).sequence == 2


def test_a_rejected_request_is_told_and_may_be_asked_for_again(trade, by, audited):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    with pytest.raises(InvalidInput):
        trade.run(partial(reject_request, invoice_id=request, reason="  ", **by))
    trade.run(partial(reject_request, invoice_id=request, reason="税号不对", **by))
    assert invoice(trade, request).reason == "税号不对"
    with pytest.raises(IllegalStep):
        issue(trade, request, 1)
    assert ask(trade, order_id) == [request]
    assert invoice(trade, request).status is InvoiceStatus.REQUESTED
    [letter] = trade.run(
        lambda s: s.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith("invoice_rejected"))
        ).all()
    )
    assert letter.payload["invoice_id"] == request
    assert len(audited("invoice.rejected")) == 1


def test_a_full_refund_withdraws_what_waits(trade):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    trade.call_off(order_id)
    assert invoice(trade, request).status is InvoiceStatus.WITHDRAWN
    assert invoice(trade, request).reason == "nothing_left"


def test_a_part_refund_makes_the_request_smaller(trade):
    order_id = trade.sell({"tea": 2}, courier=True)
    trade.deliver(order_id)
    [request] = ask(trade, order_id)
    before = to_bill(trade, request)
    trade.part_refund(order_id, "shop", units={"tea": 1})
    assert to_bill(trade, request) == before - 6800


def test_money_on_its_way_back_is_not_billed_and_is_again_when_it_failed(trade):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    trade.cancel(order_id, also_confirmed=True)
    assert to_bill(trade, request) == 0
    trade.run(lambda s: s.execute(sa.text("UPDATE refunds SET status = 'failed', failure = 'x'")))
    trade.run(lambda s: s.execute(sa.text("UPDATE payments SET refunding_fen = 0")))
    assert to_bill(trade, request) == 6800
    trade.violations = list  # an order called off and not refunded is not what this one is about


def test_one_invoice_for_many_orders_of_an_organisation(trade, by, audited):
    orders = [trade.sell({"tea": 1}) for _ in range(3)]
    requests = [ask(trade, one)[0] for one in orders]
    trade.run(partial(put_together, invoice_id=requests[0], others=requests[1:], **by))
    assert to_bill(trade, requests[0]) == 3 * 6800
    assert [invoice(trade, one).status for one in requests[1:]] == [InvoiceStatus.MERGED] * 2
    issue(trade, requests[0], 1)
    assert invoice(trade, requests[0]).amount_fen == 3 * 6800
    assert [len(invoices_of(trade, one)) for one in orders] == [1, 1, 1]
    assert len(audited("invoice.merged")) == 1


def test_only_requests_that_are_alike_are_put_together(trade, by):
    company, person, other = (
        ask(trade, trade.sell({"tea": 1}), wish)[0]
        for wish in (COMPANY, PERSON, InvoiceWish(COMPANY.kind, "别的单位", COMPANY.tax_number))
    )
    oil = ask(trade, trade.sell({"oil": 1}))[0]
    for one in (person, other, oil):
        with pytest.raises(NotAlike):
            trade.run(partial(put_together, invoice_id=company, others=[one], **by))
    with pytest.raises(InvalidInput):
        trade.run(partial(put_together, invoice_id=company, others=[], **by))


def test_two_people_of_one_name_never_share_an_invoice(trade, by):
    first, second = (ask(trade, trade.sell({"tea": 1}), PERSON)[0] for _ in range(2))
    with pytest.raises(NotAlike):
        trade.run(partial(put_together, invoice_id=first, others=[second], **by))


def test_on_a_common_request_a_buyer_changes_only_what_is_all_their_own(trade, by):
    first, second = trade.sell({"tea": 1}), trade.sell({"tea": 1})
    requests = [ask(trade, one)[0] for one in (first, second)]
    trade.run(partial(put_together, invoice_id=requests[0], others=requests[1:], **by))
    with pytest.raises(OfSeveralOrders):
        ask(trade, first, PERSON)
    owner = trade.run(lambda s: an_account(s, now=trade.now))
    trade.run(lambda s: s.execute(sa.update(Order).values(user_id=owner.user_id)))
    ask(trade, first, PERSON)
    assert invoice(trade, requests[0]).title == PERSON.title


def test_an_order_is_taken_out_again_with_a_number_of_its_own(trade, by):
    first, second = trade.sell({"tea": 1}), trade.sell({"tea": 1})
    requests = [ask(trade, one)[0] for one in (first, second)]
    trade.run(partial(put_together, invoice_id=requests[0], others=requests[1:], **by))
    own = trade.run(partial(take_out, invoice_id=requests[0], order_id=second, **by))
    assert own.sequence == 3
    assert waiting(trade, second) == [own.id]
    with pytest.raises(IllegalStep):
        trade.run(partial(take_out, invoice_id=requests[0], order_id=first, **by))


def test_finance_changes_the_title_and_the_trail_says_so(trade, by, audited):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    assert trade.run(partial(retitle_request, invoice_id=request, wish=PERSON, **by)) is True
    assert trade.run(partial(retitle_request, invoice_id=request, wish=PERSON, **by)) is False
    assert trade.order_row(order_id).invoice_title == PERSON.title
    assert len(audited("invoice.retitled")) == 1


def test_withdrawing_needs_a_reason(trade, by):
    [request] = ask(trade, trade.sell({"tea": 1}))
    with pytest.raises(InvalidInput):
        trade.run(partial(withdraw_request, invoice_id=request, reason="", **by))
    trade.run(partial(withdraw_request, invoice_id=request, reason="buyer called", **by))
    assert invoice(trade, request).status is InvoiceStatus.WITHDRAWN
