"""What was issued is written down once, for what is billable, to whom asked for it; red letters take it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Seller
from shop.invoicing.correcting import correct_number, correct_red_number
from shop.invoicing.errors import NothingToBill, NumberTaken, RefundDemandsIt
from shop.invoicing.handling import put_together, reject_request, retitle_request
from shop.invoicing.models import (
    InvoicePart,
    InvoiceStatus,
    RedLetterCause,
    RedLetterStatus,
    TaxDocument,
)
from shop.invoicing.recording import DiffersFromRequest, Issued, record_invoice
from shop.invoicing.red_letters import (
    RedIssued,
    ask_confirmation,
    begin_again,
    demand_red_letter,
    drop_red_letter,
    note_confirmed,
    record_red_letter,
)
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.transitions import IllegalStep
from shop.storage.outbox import OutboxMessage
from tests.factories.invoicing import (
    COMPANY,
    PERSON,
    ask,
    confirmation,
    document,
    invoice,
    issue,
    red_letters,
    take_back,
    to_bill,
)


@pytest.fixture
def by(trade):
    return {"actor_id": trade.admin_id, "now": trade.now}


@pytest.fixture
def delivered(trade):
    """An order that came to its buyer, so that a part of it can be refunded."""
    order_id = trade.sell({"tea": 2, "eggs": 1}, courier=True)
    trade.deliver(order_id)
    return order_id


def letters(trade, message):
    found = sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith(f"{message}:"))
    return trade.run(lambda s: s.scalars(found).all())


def test_it_is_written_down_once_with_its_parts_and_the_buyer_gets_one_letter(trade, audited):
    order_id = trade.sell({"tea": 1, "eggs": 1})
    [request] = ask(trade, order_id)
    for _ in range(2):
        issue(trade, request, 1, fen=12_700)
    found = invoice(trade, request)
    assert (found.status, found.amount_fen) == (InvoiceStatus.ISSUED, 12_700)
    parts = trade.run(lambda s: s.execute(sa.select(InvoicePart.tax_rate_bp, InvoicePart.amount_fen)).all())
    assert sorted(map(tuple, parts)) == [(0, 5900), (900, 6800)]
    assert len(letters(trade, "invoice_issued")) == 1
    assert len(audited("invoice.issued")) == 1


@pytest.mark.parametrize("fen", [6799, 6801, 0, -6800, 680_000])
def test_another_amount_than_is_billable_is_refused_with_the_right_one(trade, fen):
    [request] = ask(trade, trade.sell({"tea": 1}))
    with pytest.raises(InvalidInput) as refused:
        issue(trade, request, 1, fen=fen)
    assert refused.value.errors.keys() == {"amount"}
    assert refused.value.facts["billable"] == "68.00"
    assert invoice(trade, request).status is InvoiceStatus.REQUESTED


def test_the_amount_follows_a_refund_that_came_between(trade, delivered):
    [request] = ask(trade, delivered)
    before = to_bill(trade, request)
    trade.part_refund(delivered, "shop", units={"tea": 1})
    with pytest.raises(InvalidInput):
        issue(trade, request, 1, fen=before)
    issue(trade, request, 1, fen=before - 6800)


def test_a_number_is_of_one_document_and_the_refusal_says_whose_it_is(trade):
    first, second = (ask(trade, trade.sell({"tea": 1}))[0] for _ in range(2))
    issue(trade, first, 1)
    with pytest.raises(NumberTaken) as refused:
        issue(trade, second, 1)
    assert refused.value.facts["where"] == invoice(trade, first).number
    issue(trade, second, 2)


def test_another_title_or_number_is_shown_and_taken_only_with_a_reason(trade):
    [request] = ask(trade, trade.sell({"tea": 1}))
    other = replace(COMPANY, title="秦南大学", tax_number="12610000MC777777XX")
    with pytest.raises(DiffersFromRequest) as refused:
        issue(trade, request, 1, wish=other)
    assert refused.value.errors.keys() == {"title", "tax_number", "difference_reason"}
    assert refused.value.facts["asked_title"] == COMPANY.title
    issue(trade, request, 1, wish=other, reason="buyer asked by telephone")
    assert invoice(trade, request).difference_reason == "buyer asked by telephone"


def test_half_width_brackets_and_spaces_are_no_difference(trade):
    [request] = ask(trade, trade.sell({"tea": 1}))
    issue(trade, request, 1, wish=replace(COMPANY, title="秦南大学 (工会)"))
    assert invoice(trade, request).difference_reason == ""


def test_a_persons_invoice_has_no_tax_number(trade):
    [request] = ask(trade, trade.sell({"tea": 1}), PERSON)
    with pytest.raises(DiffersFromRequest) as refused:
        issue(trade, request, 1, wish=replace(PERSON, tax_number=COMPANY.tax_number))
    assert "tax_number" in refused.value.errors


def test_a_day_of_another_year_or_to_come_is_refused(trade):
    [request] = ask(trade, trade.sell({"tea": 1}))
    for day in (shanghai_date(trade.now) + timedelta(days=1), shanghai_date(trade.now) - timedelta(days=400)):
        with pytest.raises(InvalidInput):
            issue(trade, request, 1, day=day)


def test_what_waits_for_nothing_cannot_be_issued(trade, by):
    [request] = ask(trade, trade.sell({"tea": 1}))
    trade.run(partial(reject_request, invoice_id=request, reason="no", **by))
    issued = Issued(document(trade, 1), shanghai_date(trade.now), 6800, COMPANY.title, COMPANY.tax_number)
    with pytest.raises(IllegalStep):
        trade.run(partial(record_invoice, invoice_id=request, issued=issued, **by))


def test_with_everything_on_its_way_back_there_is_nothing_to_bill(trade):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    trade.cancel(order_id, also_confirmed=True)
    with pytest.raises(NothingToBill):
        issue(trade, request, 1, fen=6800)
    trade.send_refunds()


def test_a_mistyped_number_is_put_right_and_free_again(trade, by, audited):
    first, second = (ask(trade, trade.sell({"tea": 1}))[0] for _ in range(2))
    issue(trade, first, 1)
    day = shanghai_date(trade.now)
    change = partial(correct_number, invoice_id=first, issued_on=day, **by)
    with pytest.raises(InvalidInput):
        trade.run(partial(change, typed=document(trade, 3), reason=""))
    assert trade.run(partial(change, typed=document(trade, 3), reason="one digit")) is True
    assert trade.run(partial(change, typed=document(trade, 3), reason="one digit")) is False
    issue(trade, second, 1)
    assert len(trade.run(lambda s: s.scalars(sa.select(TaxDocument)).all())) == 2
    assert len(audited("invoice.number_corrected")) == 1


def test_an_issued_invoice_says_nothing_else_any_more(trade, by):
    [request] = ask(trade, trade.sell({"tea": 1}))
    issue(trade, request, 1)
    with pytest.raises(Exception, match="red letter"):
        trade.run(partial(retitle_request, invoice_id=request, wish=PERSON, **by))


# Red letters


def test_a_refund_after_the_invoice_demands_a_red_letter_by_itself(trade, delivered):
    [request] = ask(trade, delivered)
    issue(trade, request, 1)
    before = invoice(trade, request).amount_fen
    trade.part_refund(delivered, "shop", units={"tea": 1})
    [red] = red_letters(trade, request)
    assert (red.status, red.cause) == (RedLetterStatus.DUE, RedLetterCause.REFUND)
    trade.part_refund(delivered, "shop", free_fen=100)
    assert len(red_letters(trade, request)) == 1
    again = take_back(trade, request, 2)
    assert invoice(trade, request).status is InvoiceStatus.REVERSED
    assert invoice(trade, again).replaces_id == request
    assert to_bill(trade, again) == before - 6900
    issue(trade, again, 3)
    assert len(letters(trade, "invoice_reversed")) == 1


def test_after_a_full_refund_nothing_is_asked_for_again(trade, delivered):
    [request] = ask(trade, delivered)
    issue(trade, request, 1)
    trade.refund(delivered)
    assert take_back(trade, request, 2) is None


def test_a_refund_of_one_order_takes_the_common_invoice_back_and_bills_the_rest(trade, by):
    from_one = trade.sell({"tea": 1}, courier=True)
    trade.deliver(from_one)
    other = trade.sell({"tea": 1})
    requests = [ask(trade, one)[0] for one in (from_one, other)]
    trade.run(partial(put_together, invoice_id=requests[0], others=requests[1:], **by))
    whole = to_bill(trade, requests[0])
    issue(trade, requests[0], 1)
    trade.refund(from_one)
    again = take_back(trade, requests[0], 2)
    assert to_bill(trade, again) == 6800 < whole


def test_while_too_much_is_billed_nothing_more_is_and_its_red_letter_stays(trade, delivered, by):
    [request] = ask(trade, delivered)
    issue(trade, request, 1)
    trade.part_refund(delivered, "shop", units={"tea": 1})
    red = red_letters(trade, request)[0]
    assert red.status is RedLetterStatus.DUE
    with pytest.raises(NothingToBill):
        ask(trade, delivered)
    with pytest.raises(RefundDemandsIt):
        trade.run(partial(drop_red_letter, invoice_id=request, reason="no", **by))


def test_each_step_of_a_red_letter_comes_after_the_one_before(trade, by, audited):
    [request] = ask(trade, trade.sell({"tea": 1}))
    demand = partial(demand_red_letter, cause=RedLetterCause.MISTAKE, reason="title")
    with pytest.raises(IllegalStep):
        trade.run(partial(demand, invoice_id=request, **by))
    issue(trade, request, 1)
    trade.run(partial(demand, invoice_id=request, **by))
    trade.run(partial(demand, invoice_id=request, **by))
    issued = RedIssued(document(trade, 2), shanghai_date(trade.now), 6800)
    record = partial(record_red_letter, invoice_id=request, issued=issued, **by)
    asking = partial(ask_confirmation, invoice_id=request, no_answer_needed=False, **by)
    with pytest.raises(IllegalStep):
        trade.run(record)
    for wrong in (" ", "1", "QR" + confirmation(1)):
        with pytest.raises(InvalidInput, match="20 digits"):
            trade.run(partial(asking, confirmation_number=wrong))
    trade.run(partial(asking, confirmation_number=confirmation(1)))
    with pytest.raises(IllegalStep):
        trade.run(record)
    trade.run(partial(begin_again, invoice_id=request, reason="no answer for 72 hours", **by))
    trade.run(partial(asking, confirmation_number=confirmation(2)))
    trade.run(partial(note_confirmed, invoice_id=request, **by))
    with pytest.raises(InvalidInput):
        trade.run(partial(record_red_letter, invoice_id=request, issued=replace(issued, amount_fen=1), **by))
    again = trade.run(record)
    assert trade.run(record) is None
    assert to_bill(trade, again.id) == 6800
    assert [one.action for one in audited(*(f"red_letter.{step}" for step in STEPS))] == [
        *(f"red_letter.{step}" for step in STEPS)
    ]


STEPS = ("opened", "asked", "refused", "asked", "confirmed", "issued")


def test_a_red_letter_that_nobody_needs_is_dropped_and_the_invoice_stands(trade, by):
    [request] = ask(trade, trade.sell({"tea": 1}))
    issue(trade, request, 1)
    demand = partial(
        demand_red_letter, invoice_id=request, cause=RedLetterCause.MISTAKE, reason="title", **by
    )
    trade.run(demand)
    trade.run(partial(drop_red_letter, invoice_id=request, reason="it was right", **by))
    assert invoice(trade, request).status is InvoiceStatus.ISSUED
    trade.run(demand)
    assert [one.status for one in red_letters(trade, request)] == [
        RedLetterStatus.DROPPED,
        RedLetterStatus.DUE,
    ]


def test_a_red_letter_has_a_number_of_its_own(trade, by):
    first, second = (ask(trade, trade.sell({"tea": 1}))[0] for _ in range(2))
    issue(trade, first, 1)
    issue(trade, second, 2)
    trade.run(partial(demand_red_letter, invoice_id=first, cause=RedLetterCause.MISTAKE, reason="x", **by))
    with pytest.raises(NumberTaken):
        take_back(trade, first, 2)


def test_a_red_letter_has_not_the_number_of_its_confirmation_form(trade, by):
    [request] = ask(trade, trade.sell({"tea": 1}))
    issue(trade, request, 1)
    trade.run(partial(demand_red_letter, invoice_id=request, cause=RedLetterCause.MISTAKE, reason="x", **by))
    number = document(trade, 2)
    asked = {"confirmation_number": number, "no_answer_needed": True}
    trade.run(partial(ask_confirmation, invoice_id=request, **asked, **by))
    issued = RedIssued(number, shanghai_date(trade.now), 6800)
    with pytest.raises(InvalidInput, match="confirmation form"):
        trade.run(partial(record_red_letter, invoice_id=request, issued=issued, **by))
    right = replace(issued, document_number=document(trade, 3))
    trade.run(partial(record_red_letter, invoice_id=request, issued=right, **by))
    with pytest.raises(InvalidInput, match="confirmation form"):
        trade.run(
            partial(
                correct_red_number,
                invoice_id=request,
                typed=number,
                issued_on=issued.issued_on,
                reason="x",
                **by,
            )
        )


def test_a_mistyped_number_of_a_red_letter_is_put_right_and_free_again(trade, by, audited):
    first, second = (ask(trade, trade.sell({"tea": 1}))[0] for _ in range(2))
    issue(trade, first, 1)
    issue(trade, second, 2)
    today = shanghai_date(trade.now)
    correct = partial(correct_red_number, invoice_id=first, issued_on=today, **by)
    with pytest.raises(IllegalStep):
        trade.run(partial(correct, typed=document(trade, 9), reason="digits swapped"))
    trade.run(partial(demand_red_letter, invoice_id=first, cause=RedLetterCause.MISTAKE, reason="x", **by))
    again = take_back(trade, first, 3)
    with pytest.raises(NumberTaken):
        trade.run(partial(correct, typed=document(trade, 2), reason="digits swapped"))
    with pytest.raises(InvalidInput):
        trade.run(partial(correct, typed=document(trade, 4), reason=" "))
    assert trade.run(partial(correct, typed=document(trade, 4), reason="digits swapped"))
    assert not trade.run(partial(correct, typed=document(trade, 4), reason="digits swapped"))
    [red] = red_letters(trade, first)
    assert red.document_number == document(trade, 4)
    [said] = audited("red_letter.number_corrected")
    assert said.facts["document_number"] == [document(trade, 3), document(trade, 4)]
    issue(trade, again, 3)
    assert trade.violations() == []


def test_no_document_is_older_than_what_it_is_for(trade, by):
    order_id = trade.sell({"tea": 1})
    [request] = ask(trade, order_id)
    today = shanghai_date(trade.now)
    day_before = shanghai_date(trade.order_row(order_id).confirmed_at) - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        issue(trade, request, 1, day=day_before)
    assert refused.value.errors.keys() == {"issued_on"}
    issue(trade, request, 1, day=today)
    correct = partial(correct_number, invoice_id=request, reason="day", **by)
    with pytest.raises(InvalidInput) as refused:
        trade.run(partial(correct, typed=document(trade, 1), issued_on=day_before))
    assert refused.value.errors.keys() == {"issued_on"}
    demand = {"cause": RedLetterCause.MISTAKE, "reason": "title"}
    trade.run(partial(demand_red_letter, invoice_id=request, **demand, **by))
    confirmed = {"confirmation_number": confirmation(1), "no_answer_needed": True}
    trade.run(partial(ask_confirmation, invoice_id=request, **confirmed, **by))
    red = RedIssued(document(trade, 2), today - timedelta(days=1), 6800)
    with pytest.raises(InvalidInput) as refused:
        trade.run(partial(record_red_letter, invoice_id=request, issued=red, **by))
    assert refused.value.errors.keys() == {"issued_on"}


def test_a_seller_does_not_invoice_itself(trade, by):
    order_id = trade.sell({"tea": 1})
    own = trade.run(lambda s: s.get_one(Seller, trade.shop.seller_id)).tax_number
    itself = replace(COMPANY, tax_number=own)
    with pytest.raises(InvalidInput, match="seller's own tax number"):
        ask(trade, order_id, itself)
    [request] = ask(trade, order_id)
    with pytest.raises(InvalidInput, match="seller's own tax number"):
        trade.run(partial(retitle_request, invoice_id=request, wish=itself, **by))
    with pytest.raises(InvalidInput, match="seller's own tax number"):
        issue(trade, request, 1, wish=itself, reason="so it says")
