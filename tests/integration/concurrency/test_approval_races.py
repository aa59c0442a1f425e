"""Orders and approvers at once: no more than the limit without a second person, and each request decided once.

Each race has a twin without the locks that must go red, or it proves nothing.
"""

from __future__ import annotations

from functools import partial

import pytest

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import Span, SpendingLimit
from shop.accounts.shop_settings import set_shop_settings
from shop.kit.references import random_code
from shop.ordering.approvals.deciding import approve_order, return_order
from shop.ordering.approvals.errors import NotWaiting
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.on_account import OnAccount
from shop.payments.terms.accepting import Waits, buy_on_terms
from shop.payments.terms.debts import owed_by
from tests.factories.organisations import add_union
from tests.factories.without_locks import goes_wrong
from tests.integration.concurrency.test_payment_races import at_once, lab, reckless  # noqa: F401
from tests.integration.concurrency.test_terms_races import TEA, _place
from tests.integration.payments.conftest import Counter, counter, fake_stripe, small_shop  # noqa: F401


@pytest.fixture(autouse=True)
def account(counter):  # noqa: F811
    typed = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    counter.read(partial(set_shop_settings, typed=typed, actor_id=None, now=counter.now))
    counter.providers = {**counter.providers, ON_ACCOUNT: OnAccount(5)}


def open_union(desk: Counter, month_fen: int) -> tuple[int, int, list[int]]:
    """Who buys, for which organisation, and two persons who may approve."""

    def work(session):
        buyer, organisation_id = add_union(session, now=desk.now, slug=random_code(6).lower())
        session.add(
            SpendingLimit(organisation_id=organisation_id, span=Span.MONTH, limit_fen=month_fen, user_id=None)
        )
        people = [
            User(email=f"{random_code(8)}@shop.example", name="审批", created_at=desk.now) for _ in range(2)
        ]
        session.add_all(people)
        session.flush()
        for one in people:
            session.add(OrganisationMember(organisation_id=organisation_id, user_id=one.id, role="approver"))
        return buyer, organisation_id, [one.id for one in people]

    return desk.read(work)


def accept(desk: Counter, order_id: int, organisation_id: int):
    return buy_on_terms(
        desk.unit_of_work, desk.providers, order_id, organisation_id=organisation_id, now=desk.now
    )


def three_orders_meet_the_limit(desk: Counter) -> None:
    """There is room for one of them; the others wait for somebody."""
    buyer, organisation_id, _ = open_union(desk, TEA)
    orders = [_place(desk, buyer, number) for number in range(3)]
    results = at_once([partial(accept, desk, one, organisation_id) for one in orders])
    assert sorted(isinstance(one, Waits) for one in results) == [False, True, True]
    assert desk.read(lambda session: owed_by(session, {organisation_id})) == {organisation_id: TEA}


def two_persons_decide_at_once(desk: Counter) -> None:
    """One agrees and one returns it: whoever is first has decided, and the other hears of it."""
    buyer, organisation_id, people = open_union(desk, 0)
    order_id = _place(desk, buyer, 0)
    approval_id = accept(desk, order_id, organisation_id).approval_id
    first, second = people
    works = [
        lambda session: approve_order(session, organisation_id, approval_id, actor_id=first, now=desk.now),
        lambda session: return_order(
            session, organisation_id, approval_id, "不买", actor_id=second, now=desk.now
        ),
    ]
    results = at_once([partial(desk.unit_of_work.run, work) for work in works])
    assert sorted(isinstance(one, NotWaiting) for one in results) == [False, True]
    status = desk.read(lambda session: session.get_one(Order, order_id).status)
    assert status is (OrderStatus.CONFIRMED if results[0] is True else OrderStatus.CANCELLED)


@pytest.mark.race(twin="test_without_the_locks_three_orders_pass_one_limit")
def test_three_orders_at_once_pass_no_limit_unasked(counter):  # noqa: F811
    three_orders_meet_the_limit(counter)
    assert counter.violations() == []


def test_without_the_locks_three_orders_pass_one_limit(reckless):  # noqa: F811
    assert goes_wrong(partial(three_orders_meet_the_limit, reckless))


@pytest.mark.race(twin="test_without_the_locks_two_persons_both_decide")
def test_two_persons_at_once_decide_one_order_once(counter):  # noqa: F811
    two_persons_decide_at_once(counter)
    assert counter.violations() == []


def test_without_the_locks_two_persons_both_decide(reckless):  # noqa: F811
    assert goes_wrong(partial(two_persons_decide_at_once, reckless))
