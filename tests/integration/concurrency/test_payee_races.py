"""Two who write payees down at the same moment."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.errors import InvalidInput
from shop.ledger.models import Payee, PayeeKind
from shop.ledger.payouts.payees import PayeeAsked, set_payee
from tests.factories.payouts import CIPHER, IDENTITY
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks
from tests.integration.concurrency.test_payment_races import at_once

CASH = PayeeAsked(PayeeKind.CASH, "李大山", IDENTITY)


@pytest.fixture
def trade(session, unit_of_work) -> Trade:
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def reckless(session, unit_of_work) -> Trade:
    """Every lock switched off."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.unit_of_work = without_locks(unit_of_work)
    return at_work


def one_person_for_two_households(trade: Trade) -> None:
    trade.run(lambda session: session.execute(sa.delete(Payee)))
    who = {"seen_version": 0, "cipher": CIPHER, "actor_id": trade.admin_id, "now": trade.now}
    first, second = list(trade.shop.households.values())[:2]

    def name(household_id: int) -> object:
        return trade.run(lambda session: set_payee(session, household_id, CASH, **who))

    results = at_once([partial(name, first), partial(name, second)])
    assert sorted(type(one).__name__ for one in results) == [InvalidInput.__name__, "bool"]
    assert trade.run(lambda session: session.scalar(sa.select(sa.func.count(Payee.id)))) == 1


@pytest.mark.race(twin="test_without_the_lock_one_person_takes_the_money_of_two")
@pytest.mark.parametrize("round_", range(3))
def test_one_identity_typed_for_two_households_at_once_stands_for_one(trade: Trade, round_: int):
    one_person_for_two_households(trade)


def test_without_the_lock_one_person_takes_the_money_of_two(reckless: Trade):
    assert goes_wrong(lambda: one_person_for_two_households(reckless))
