"""An order above a limit: it waits, one other person decides, once; every invariant is asked at the end of each."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import Span
from shop.accounts.spending_limits import set_limits
from shop.inventory.models import Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.approvals.deciding import approve_order, return_order
from shop.ordering.approvals.errors import NobodyApproves, NotWaiting, OwnOrder
from shop.ordering.approvals.models import OrderApproval
from shop.ordering.approvals.spending import spent_by
from shop.ordering.models import OrderStatus
from shop.payments.models import PaymentStatus
from shop.payments.releasing import release_dead_orders
from shop.payments.starting import start_payment
from shop.payments.terms.accepting import Waits
from shop.storage.outbox import OutboxMessage
from tests.factories.trade import PAGES, Trade
from tests.integration.terms.conftest import trade  # noqa: F401
from tests.integration.terms.test_debts import place

TEA = 6800


@pytest.fixture
def approver(trade: Trade) -> int:  # noqa: F811
    return member(trade, "approver")


def member(trade: Trade, role: str) -> int:  # noqa: F811
    def add(session):
        person = User(email=f"{role}@shop.example", name=role, created_at=trade.now)
        session.add(person)
        session.flush()
        session.add(OrganisationMember(organisation_id=trade.organisation_id, user_id=person.id, role=role))
        return person.id

    return trade.run(add)


def limit(trade: Trade, span: Span, fen: int, *, of: int | None = None) -> None:  # noqa: F811
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda session: set_limits(session, trade.organisation_id, of, {span: fen}, **who))


def wait(trade: Trade, units: int = 1) -> tuple[int, int]:  # noqa: F811
    """An order that waits, and the request."""
    order_id = place(trade, {"tea": units})
    outcome = trade.accept_on_terms(order_id)
    assert isinstance(outcome, Waits)
    return order_id, outcome.approval_id


def decide(trade: Trade, how, approval_id: int, by: int, *words: str):  # noqa: F811
    where = (trade.organisation_id, approval_id, *words)
    return trade.run(lambda session: how(session, *where, actor_id=by, now=trade.now))


def request(trade: Trade, approval_id: int) -> OrderApproval:  # noqa: F811
    return trade.run(lambda session: session.get_one(OrderApproval, approval_id))


def letters(trade: Trade, message: str) -> list[int]:  # noqa: F811
    payloads = trade.run(lambda session: session.scalars(sa.select(OutboxMessage.payload)).all())
    return [one.get("user_id") for one in payloads if one["message"] == message]


def held(trade: Trade) -> int:  # noqa: F811
    return trade.run(lambda session: session.scalar(sa.select(sa.func.sum(Lot.held))))


def test_within_its_limits_nobody_is_asked(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, TEA)
    limit(trade, Span.MONTH, TEA)
    order_id = trade.sell_on_terms({"tea": 1})
    assert trade.order_row(order_id).status is OrderStatus.CONFIRMED
    assert letters(trade, "approval_asked") == []


def test_above_a_limit_it_waits_with_its_goods_held_and_approvers_are_told(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, TEA - 1)
    order_id, approval_id = wait(trade)
    trade.now += timedelta(hours=2)
    trade.run(lambda session: None)
    assert release_dead_orders(trade.unit_of_work, now=trade.now) == 0
    order = trade.order_row(order_id)
    assert (order.status, order.organisation_id) == (OrderStatus.AWAITING_PAYMENT, trade.organisation_id)
    assert held(trade) == 1
    assert trade.payments(order_id) == []
    assert letters(trade, "approval_asked") == [approver]
    [over] = request(trade, approval_id).over
    assert (over["of"], over["span"], over["limit_fen"]) == ("organisation", "order", TEA - 1)


def test_asking_twice_is_one_request(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    order_id, approval_id = wait(trade)
    assert trade.accept_on_terms(order_id) == Waits(approval_id, TEA)
    assert letters(trade, "approval_asked") == [approver]


def test_once_another_person_agrees_it_is_accepted_at_once(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    order_id, approval_id = wait(trade)
    with pytest.raises(OwnOrder):
        decide(trade, approve_order, approval_id, trade.union_id)
    assert decide(trade, approve_order, approval_id, approver) is True
    assert trade.order_row(order_id).status is OrderStatus.CONFIRMED
    assert trade.debt(order_id).due_fen == TEA
    assert decide(trade, approve_order, approval_id, approver) is False
    with pytest.raises(NotWaiting):
        decide(trade, return_order, approval_id, member(trade, "owner"), "太贵")
    assert len(trade.payments(order_id)) == 1


def test_what_is_returned_is_called_off_with_its_reason_and_its_goods_are_free(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    order_id, approval_id = wait(trade)
    with pytest.raises(InvalidInput):
        decide(trade, return_order, approval_id, approver, "  ")
    assert decide(trade, return_order, approval_id, approver, "下个月再买") is True
    assert decide(trade, return_order, approval_id, approver, "下个月再买") is False
    assert trade.order_row(order_id).status is OrderStatus.CANCELLED
    assert held(trade) == 0
    assert request(trade, approval_id).reason == "下个月再买"
    assert letters(trade, "approval_ended") == [trade.union_id]
    with pytest.raises(NotWaiting):
        decide(trade, approve_order, approval_id, member(trade, "owner"))


def test_when_nobody_answers_in_time_it_is_called_off_and_told(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    order_id, approval_id = wait(trade)
    trade.now = request(trade, approval_id).expires_at
    with pytest.raises(NotWaiting):
        decide(trade, approve_order, approval_id, approver)
    assert release_dead_orders(trade.unit_of_work, now=trade.now) == 1
    assert trade.order_row(order_id).status is OrderStatus.CANCELLED
    assert request(trade, approval_id).state.value == "expired"
    assert letters(trade, "approval_ended") == [trade.union_id]


def test_without_anybody_else_who_may_approve_it_is_refused(trade: Trade):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    with pytest.raises(NobodyApproves):
        trade.accept_on_terms(place(trade, {"tea": 1}))


def test_paid_in_another_way_nobody_need_approve_it(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    order_id, approval_id = wait(trade)
    start_payment(
        trade.unit_of_work, trade.providers, order_id, pages=PAGES, now=trade.now, method="bank_transfer"
    )
    assert request(trade, approval_id).state.value == "withdrawn"
    assert letters(trade, "approval_ended") == []
    with pytest.raises(NotWaiting):
        decide(trade, approve_order, approval_id, approver)


def test_a_month_counts_what_was_accepted_and_not_what_went_back(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.MONTH, 2 * TEA, of=trade.union_id)
    first = trade.sell_on_terms({"tea": 1})
    trade.sell_on_terms({"tea": 1})
    order_id, approval_id = wait(trade)
    assert request(trade, approval_id).over[0]["spent_fen"] == 2 * TEA
    trade.call_off(first)
    spent = trade.run(lambda session: spent_by(session, trade.organisation_id, trade.union_id, now=trade.now))
    assert (spent.own_month_fen, spent.month_fen) == (TEA, TEA)
    assert isinstance(trade.accept_on_terms(order_id), int), "there is room again, and nobody need decide"
    assert request(trade, approval_id).state.value == "withdrawn"
    assert [one.status for one in trade.payments(order_id)] == [PaymentStatus.PENDING]


def test_another_organisations_request_is_not_there(trade: Trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    _, approval_id = wait(trade)
    for how, words in ((approve_order, ()), (return_order, ("x",))):
        with pytest.raises(NotFound):
            trade.run(
                lambda session, how=how, words=words: how(
                    session, trade.organisation_id + 1, approval_id, *words, actor_id=approver, now=trade.now
                )
            )
