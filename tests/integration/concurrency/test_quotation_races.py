"""A version that several members accept at once becomes one order, and only the newest one does.

The race has a twin without the locks that must go red, or it proves nothing.
"""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.errors import ShopError
from shop.ordering.models import Order
from shop.quotations.accepting import Accepted, Answer, accept_version
from shop.quotations.models import QuotationState
from shop.quotations.reading import read_quotation
from shop.quotations.requesting import withdraw
from tests.factories.quotations import a_member, a_quotation, send_offer
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks
from tests.integration.concurrency.test_payment_races import at_once

THREADS = 8


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


def quoted(trade: Trade):
    """A quotation with its first version, and members of its organisation."""
    members = [
        trade.run(lambda s: a_member(s, trade.organisation_id, "owner", now=trade.now))
        for _ in range(THREADS)
    ]
    number = trade.run(
        lambda s: a_quotation(s, trade.shop, members[0], actor_id=trade.admin_id, now=trade.now)
    )
    return number, members


def accept(trade: Trade, unit_of_work, number, member, version=1):
    answer = Answer(number, version, "on_account")
    return unit_of_work.run(lambda s: accept_version(s, member, answer, now=trade.now))


def orders(trade: Trade) -> int:
    return trade.run(lambda s: s.scalar(sa.select(sa.func.count(Order.id))))


@pytest.mark.race(fence="the unique token of the order, and the key of the agreement")
def test_accepted_by_eight_at_once_it_is_one_order(trade, unit_of_work):
    number, members = quoted(trade)
    results = at_once([partial(accept, trade, unit_of_work, number, one) for one in members])
    assert all(isinstance(one, Accepted) for one in results)
    assert len({one.order_number for one in results}) == 1
    assert [one.is_new for one in results].count(True) == 1
    assert orders(trade) == 1
    assert trade.violations() == []


def answered_in_two_ways(trade: Trade, unit_of_work) -> None:
    """Half accept while half withdraw: one side hears yes, and an order stands exactly where it was accepted."""
    number, members = quoted(trade)
    works = [
        partial(accept, trade, unit_of_work, number, one)
        if place % 2
        else partial(unit_of_work.run, lambda s, by=one: withdraw(s, by, number, now=trade.now))
        for place, one in enumerate(members)
    ]
    results = at_once(works)
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, ShopError)]
    accepted, withdrawn = (
        any(one is True or isinstance(one, Accepted) for one in side)
        for side in (results[1::2], results[::2])
    )
    assert accepted != withdrawn
    found = trade.run(lambda s: read_quotation(s, number))
    agreed = found.agreement
    assert (found.state is QuotationState.ACCEPTED) == (agreed is not None)


@pytest.mark.race(twin="test_without_the_lock_it_is_ordered_and_withdrawn")
def test_accepted_and_withdrawn_at_once_it_is_one_of_both(trade, unit_of_work):
    answered_in_two_ways(trade, unit_of_work)
    assert trade.violations() == []


def test_without_the_lock_it_is_ordered_and_withdrawn(trade, unit_of_work):
    unlocked = without_locks(unit_of_work)
    assert goes_wrong(partial(answered_in_two_ways, trade, unlocked))


@pytest.mark.race(fence="the lock on the quotation, whose twin stands above")
def test_a_newer_version_that_goes_out_meanwhile_is_never_ordered_by_the_older_one(trade, unit_of_work):
    number, members = quoted(trade)
    send = partial(
        unit_of_work.run,
        lambda s: send_offer(s, trade.shop, number, actor_id=trade.admin_id, now=trade.now, freight_fen=0),
    )
    at_once([send, *(partial(accept, trade, unit_of_work, number, one) for one in members)])
    found = trade.run(lambda s: read_quotation(s, number))
    assert orders(trade) == (found.state is QuotationState.ACCEPTED)
    assert trade.violations() == []
