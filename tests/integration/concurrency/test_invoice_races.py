"""Invoices at which several people stand at once: numbers without gaps, one document each, one effect of each click.

The twins without the lock must go red, or the races prove nothing.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial

import pytest
import sqlalchemy as sa

from shop.invoicing import number_series
from shop.invoicing.asking import ask_for_invoice
from shop.invoicing.errors import NumberTaken
from shop.invoicing.models import Invoice, InvoiceStatus, NumberSeries
from shop.invoicing.recording import Issued, record_invoice
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from tests.factories.invoicing import COMPANY, ask, document, invoice, issue, red_letters
from tests.factories.trade import open_for_trade
from tests.factories.without_locks import without_locks
from tests.integration.concurrency.test_payment_races import at_once

CROWD = 8


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def reckless(session, unit_of_work, monkeypatch):
    """Every lock switched off, and who meets a duplicate is not run again."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.unit_of_work = without_locks(unit_of_work)
    monkeypatch.setattr("shop.storage.unit_of_work.is_duplicate", lambda _error: False)
    return at_work


def everybody_asks(trade, orders):
    """Each for an order of their own, at the same moment; every third changes their mind at the last."""

    def ask_one(place, order_id):
        def work(session):
            ask_for_invoice(session, order_id, COMPANY, actor_id=None, now=trade.now)
            if place % 3 == 2:
                raise ZeroDivisionError

        return trade.unit_of_work.run(work)

    return at_once([partial(ask_one, place, order_id) for place, order_id in enumerate(orders)])


def sequences(trade):
    return trade.run(lambda s: list(s.scalars(sa.select(Invoice.sequence).order_by(Invoice.sequence))))


@pytest.mark.race(twin="test_without_the_lock_two_take_one_number")
@pytest.mark.parametrize("round_", range(2))
def test_numbers_have_no_gaps_however_many_ask_at_once_and_fail(trade, round_):
    orders = [trade.sell({"tea": 1}) for _ in range(CROWD)]
    results = everybody_asks(trade, orders)
    failed = [one for one in results if isinstance(one, Exception)]
    assert {type(one) for one in failed} == {ZeroDivisionError}
    assert sequences(trade) == list(range(1, CROWD - len(failed) + 1))


def test_without_the_lock_two_take_one_number(trade, backend, monkeypatch):
    if backend == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which no switch turns off")

    def unlocked(session, seller_id, series):
        wanted = sa.select(NumberSeries).where(NumberSeries.seller_id == seller_id)
        row = session.scalars(wanted).one()
        taken = row.last + 1
        time.sleep(0.3)  # on a slow machine too, all have read before one writes
        row.last = taken
        session.flush()
        return taken

    ask(trade, trade.sell({"tea": 1}))
    orders = [trade.sell({"tea": 1}) for _ in range(CROWD)]
    monkeypatch.setattr(number_series, "_next", unlocked)
    results = everybody_asks(trade, orders)
    unexpected = [
        one for one in results if isinstance(one, Exception) and not isinstance(one, ZeroDivisionError)
    ]
    assert unexpected, "somebody has to lose where nobody waits"


def test_with_numbers_taken_before_the_work_a_failure_leaves_a_gap(trade, monkeypatch):
    """The other way to number, in a transaction of its own, as database sequences do."""
    counted = iter(range(1, 100))

    def beforehand(session, seller_id, series):
        taken = next(counted)
        session.merge(NumberSeries(seller_id=seller_id, series=series, last=taken))
        session.flush()
        return taken

    monkeypatch.setattr(number_series, "_next", beforehand)
    orders = [trade.sell({"tea": 1}) for _ in range(4)]
    for place, order_id in enumerate(orders):

        def work(session, order_id=order_id, place=place):
            ask_for_invoice(session, order_id, COMPANY, actor_id=None, now=trade.now)
            if place == 2:
                raise ZeroDivisionError

        with nullcontext() if place != 2 else pytest.raises(ZeroDivisionError):
            trade.unit_of_work.run(work)
    assert sequences(trade) == [1, 2, 4]
    found = [one for one in trade.violations() if "without a gap" in one]
    trade.violations = list  # that is what this one is about
    assert found


def six_write_it_down(trade):
    [request] = ask(trade, trade.sell({"tea": 1}))
    issued = Issued(document(trade, 1), shanghai_date(trade.now), 6800, COMPANY.title, COMPANY.tax_number)
    who = {"actor_id": trade.admin_id, "now": trade.now}
    work = partial(record_invoice, invoice_id=request, issued=issued, **who)
    results = at_once([partial(trade.unit_of_work.run, work)] * 6)
    assert results == [None] * 6
    assert invoice(trade, request).status is InvoiceStatus.ISSUED


@pytest.mark.race(twin="test_without_locks_and_running_again_some_of_six_fail")
def test_six_who_write_the_same_invoice_down_at_once_write_it_once(trade):
    six_write_it_down(trade)


def test_without_locks_and_running_again_some_of_six_fail(reckless):
    with pytest.raises(AssertionError):
        six_write_it_down(reckless)


def two_take_one_document(trade):
    requests = [ask(trade, trade.sell({"tea": 1}))[0] for _ in range(2)]
    who = {"actor_id": trade.admin_id, "now": trade.now}
    issued = Issued(document(trade, 1), shanghai_date(trade.now), 6800, COMPANY.title, COMPANY.tax_number)
    works = [partial(record_invoice, invoice_id=one, issued=issued, **who) for one in requests]
    results = at_once([partial(trade.unit_of_work.run, work) for work in works])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", NumberTaken.__name__]


@pytest.mark.race(twin="test_without_locks_and_running_again_the_second_is_told_nothing")
def test_one_number_typed_for_two_invoices_at_once_is_one_of_them(trade):
    two_take_one_document(trade)


def test_without_locks_and_running_again_the_second_is_told_nothing(reckless):
    with pytest.raises(AssertionError):
        two_take_one_document(reckless)


def a_refund_beside_an_invoice(trade):
    """Whichever is first: either the invoice is refused, or a red letter is due."""
    order_id = trade.sell({"tea": 1}, courier=True)
    trade.deliver(order_id)
    [request] = ask(trade, order_id)
    fen = trade.order_row(order_id).total_fen
    trade.ask_refund(order_id)
    results = at_once([partial(issue, trade, request, request, fen=fen), trade.send_refunds])
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, ShopError)]
    found = invoice(trade, request)
    if found.status is InvoiceStatus.ISSUED:
        assert len(red_letters(trade, request)) == 1
    else:
        assert found.status is InvoiceStatus.WITHDRAWN


@pytest.mark.race(fence="what is billed is counted anew by whichever commits last")
@pytest.mark.parametrize("round_", range(3))
def test_a_refund_and_an_invoice_at_once_never_bill_what_went_back_unseen(trade, round_):
    a_refund_beside_an_invoice(trade)
