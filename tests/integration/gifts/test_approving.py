"""A gift above a limit waits as one thing: one person agrees to all of it, or returns all of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import Span
from shop.accounts.spending_limits import set_limits
from shop.catalogue.models import Variant
from shop.gifts.approval_models import GiftApproval
from shop.gifts.approving import approve_gift, end_late_approvals, return_gift, withdraw_gift
from shop.gifts.drafts import choose_goods
from shop.gifts.errors import GiftWaits, TotalChanged
from shop.gifts.models import Gift, GiftStatus
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.approvals.errors import NotWaiting, OwnOrder
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.models import Channel, Order, OrderStatus
from shop.storage.outbox import OutboxMessage
from tests.factories.gifts import a_gift, a_list, place, states, submit, total_of
from tests.factories.trade import Trade


@pytest.fixture
def approver(trade: Trade) -> int:
    def add(session) -> int:
        person = User(email="approver@xjtu.example", name="审批人", created_at=trade.now)
        session.add(person)
        session.flush()
        session.add(
            OrganisationMember(organisation_id=trade.organisation_id, user_id=person.id, role="approver")
        )
        return person.id

    return trade.run(add)


@pytest.fixture
def waiting(trade: Trade, approver: int) -> tuple[int, int]:
    """A gift that is above the organisation's limit by one fen, and its request."""
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    limits = {Span.MONTH: total_of(trade, gift_id) - 1}
    spending = partial(set_limits, actor_id=trade.admin_id, now=trade.now)
    trade.run(lambda session: spending(session, trade.organisation_id, None, limits))
    assert submit(trade, gift_id) == 0
    return gift_id, trade.run(lambda session: session.scalars(sa.select(GiftApproval.id)).one())


def approve(trade: Trade, approval_id: int, actor_id: int) -> bool:
    organisation = trade.organisation_id
    return trade.run(
        lambda session: approve_gift(session, organisation, approval_id, actor_id=actor_id, now=trade.now)
    )


def send_back(trade: Trade, approval_id: int, actor_id: int, reason: str) -> bool:
    work = partial(return_gift, actor_id=actor_id, now=trade.now)
    return trade.run(lambda session: work(session, trade.organisation_id, approval_id, reason))


def status_of(trade: Trade, gift_id: int) -> GiftStatus:
    return trade.run(lambda session: session.get_one(Gift, gift_id)).status


def told(trade: Trade, message: str) -> list[int]:
    rows = trade.run(lambda session: session.scalars(sa.select(OutboxMessage)).all())
    return [row.payload["user_id"] for row in rows if row.payload.get("message") == message]


def orders(trade: Trade) -> list[Order]:
    gifts = sa.select(Order).where(Order.channel == Channel.GIFT).order_by(Order.id)
    return trade.run(lambda session: list(session.scalars(gifts)))


def test_above_a_limit_nothing_is_placed_and_its_approvers_are_told(trade, approver, waiting):
    gift_id, _ = waiting
    assert status_of(trade, gift_id) is GiftStatus.WAITING
    assert (orders(trade), place(trade, gift_id)) == ([], 0)
    assert told(trade, "gift_approval_asked") == [approver]
    assert submit(trade, gift_id) == 0
    assert trade.run(lambda session: session.scalar(sa.select(sa.func.count(GiftApproval.id)))) == 1


def test_with_one_word_all_of_its_orders_are_accepted_and_none_is_asked_for_by_itself(
    trade, approver, waiting
):
    gift_id, approval_id = waiting
    assert approve(trade, approval_id, approver) is True
    assert approve(trade, approval_id, approver) is False
    assert place(trade, gift_id) == 3
    assert states(trade, gift_id) == ["ordered"] * 3
    assert {one.status for one in orders(trade)} == {OrderStatus.CONFIRMED}
    assert {one.user_id for one in orders(trade)} == {trade.union_id}
    assert trade.run(lambda session: session.scalar(sa.select(sa.func.count(OrderApproval.id)))) == 0
    assert told(trade, "gift_approval_ended") == [trade.union_id]


def test_nobody_approves_or_returns_a_gift_of_their_own(trade, waiting):
    _, approval_id = waiting
    with pytest.raises(OwnOrder):
        approve(trade, approval_id, trade.union_id)
    with pytest.raises(OwnOrder):
        send_back(trade, approval_id, trade.union_id, "不要")


def test_another_organisation_finds_nothing(trade, approver, waiting):
    _, approval_id = waiting
    with pytest.raises(NotFound):
        trade.run(lambda session: approve_gift(session, 99, approval_id, actor_id=approver, now=trade.now))


def test_what_is_returned_is_a_draft_again_with_its_reason(trade, approver, waiting):
    gift_id, approval_id = waiting
    with pytest.raises(InvalidInput):
        send_back(trade, approval_id, approver, " ")
    assert send_back(trade, approval_id, approver, "太贵") is True
    assert send_back(trade, approval_id, approver, "太贵") is False
    assert status_of(trade, gift_id) is GiftStatus.DRAFT
    with pytest.raises(NotWaiting):
        approve(trade, approval_id, approver)
    assert orders(trade) == []


def test_while_it_waits_it_cannot_be_changed_until_it_is_withdrawn(trade, approver, waiting):
    gift_id, approval_id = waiting
    who = {"actor_id": trade.union_id, "now": trade.now}
    more = {trade.shop.variants["tea"]: 1}
    with pytest.raises(GiftWaits):
        trade.run(lambda session: choose_goods(session, gift_id, more, **who))
    assert trade.run(lambda session: withdraw_gift(session, gift_id, **who)) is True
    assert trade.run(lambda session: withdraw_gift(session, gift_id, **who)) is False
    trade.run(lambda session: choose_goods(session, gift_id, more, **who))
    with pytest.raises(NotWaiting):
        approve(trade, approval_id, approver)


def test_a_price_that_changed_meanwhile_is_not_approved(trade, approver, waiting):
    gift_id, approval_id = waiting

    def change(fen: int) -> None:
        dearer = sa.update(Variant).values(price_fen=Variant.price_fen + fen)
        trade.run(lambda session: session.execute(dearer) and None)

    change(100)
    with pytest.raises(TotalChanged):
        approve(trade, approval_id, approver)
    assert status_of(trade, gift_id) is GiftStatus.WAITING
    change(-100)


def test_nobody_answers_in_time_and_it_is_its_buyers_again(trade, approver, waiting):
    gift_id, approval_id = waiting
    assert end_late_approvals(trade.unit_of_work, now=trade.now + timedelta(hours=71)) == 0
    late = trade.now + timedelta(hours=73)
    assert end_late_approvals(trade.unit_of_work, now=late) == 1
    assert end_late_approvals(trade.unit_of_work, now=late) == 0
    assert status_of(trade, gift_id) is GiftStatus.DRAFT
    state = trade.run(lambda session: session.get_one(GiftApproval, approval_id)).state
    assert state is ApprovalState.EXPIRED
