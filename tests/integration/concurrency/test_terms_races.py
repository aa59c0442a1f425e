"""Orders on terms at once: together they never owe more than their organisation's limit.

The race has a twin without the locks that must go red, or it proves nothing.
"""

from __future__ import annotations

from functools import partial

import pytest

from shop.accounts.shop_settings import set_shop_settings
from shop.kit.references import random_code
from shop.ordering.basket import BasketOwner
from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.on_account import OnAccount
from shop.payments.terms.accepting import buy_on_terms
from shop.payments.terms.debts import owed_by
from shop.payments.terms.errors import OverLimit
from tests.factories.buying import buy, somebody
from tests.factories.organisations import add_union
from tests.factories.without_locks import goes_wrong
from tests.integration.concurrency.test_payment_races import at_once, lab, reckless  # noqa: F401
from tests.integration.payments.conftest import Counter, counter, fake_stripe, small_shop  # noqa: F401

TEA = 6800


@pytest.fixture(autouse=True)
def account(counter):  # noqa: F811
    typed = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    counter.read(partial(set_shop_settings, typed=typed, actor_id=None, now=counter.now))
    counter.providers = {**counter.providers, ON_ACCOUNT: OnAccount(5)}


def three_orders_meet_the_limit(desk: Counter) -> None:
    """Their organisation may owe for one of them."""
    slug = random_code(6).lower()
    buyer, organisation_id = desk.read(
        lambda session: add_union(session, now=desk.now, limit_fen=TEA, slug=slug)
    )
    orders = [_place(desk, buyer, number) for number in range(3)]
    works = [
        partial(
            buy_on_terms,
            desk.unit_of_work,
            desk.providers,
            one,
            organisation_id=organisation_id,
            now=desk.now,
        )
        for one in orders
    ]
    results = at_once(works)
    assert sorted(isinstance(one, OverLimit) for one in results) == [False, True, True]
    assert desk.read(lambda session: owed_by(session, {organisation_id})) == {organisation_id: TEA}


def _place(desk: Counter, buyer: int, number: int) -> int:
    def work(session):
        wish = {"payment_method": ON_ACCOUNT, "recipient": somebody(number)}
        return buy(session, desk.shop, {"tea": 1}, by=BasketOwner(user_id=buyer), **wish).order_id

    return desk.read(work)


@pytest.mark.race(twin="test_without_the_locks_three_orders_owe_more_than_the_limit")
def test_three_orders_at_once_owe_no_more_than_the_limit(counter):  # noqa: F811
    three_orders_meet_the_limit(counter)
    assert counter.violations() == []


def test_without_the_locks_three_orders_owe_more_than_the_limit(reckless):  # noqa: F811
    assert goes_wrong(partial(three_orders_meet_the_limit, reckless))
