"""Letters about what an organisation began go to who acts for it when they are written, and never to who left."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.membership import put_member, remove_member
from shop.accounts.message_models import MessageChoice, MessageTopic, MessageWay
from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import Span
from shop.notifications.by_ways import compose_for_reader
from shop.ordering.approvals.deciding import return_order
from shop.quotations.access import member_of
from shop.quotations.events import QuotationDeclined
from shop.quotations.models import Quotation
from shop.quotations.requesting import request_quotation
from shop.storage.event_log import record
from shop.storage.outbox import ClaimedMessage, OutboxMessage
from tests.factories.gifts import a_gift, a_list, place, submit
from tests.factories.quotations import a_request
from tests.factories.trade import Trade
from tests.integration.organisations.test_approvals import decide, limit, member, wait
from tests.integration.terms.conftest import trade  # noqa: F401


@pytest.fixture
def approver(trade: Trade) -> int:  # noqa: F811
    return member(trade, "approver")


@pytest.fixture
def owner(trade: Trade) -> int:  # noqa: F811
    return member(trade, "owner")


def read_by(trade: Trade, message: str) -> list[str | None]:  # noqa: F811
    """To which addresses the letters of this name go if they are written now; None for one that goes to nobody."""

    def compose(session) -> list[str | None]:
        rows = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        found = [
            compose_for_reader(
                session,
                ClaimedMessage(row.id, row.kind, row.payload, row.dedupe_key, 1, row.created_at),
                now=trade.now,
            )
            for row in rows
            if row.payload["message"] == message and "way" not in row.payload
        ]
        return [letter.email if letter is not None else None for letter in found]

    return trade.run(compose)


def leave(trade: Trade, user_id: int, by: int) -> None:  # noqa: F811
    trade.run(
        lambda session: remove_member(session, trade.organisation_id, user_id, actor_id=by, now=trade.now)
    )


def email(trade: Trade, user_id: int) -> str:  # noqa: F811
    return trade.run(lambda session: session.get_one(User, user_id).email)


def test_that_an_order_was_returned_is_told_to_the_owner_once_its_buyer_left(trade, approver, owner):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    _, approval_id = wait(trade)
    decide(trade, return_order, approval_id, approver, "太贵")
    assert read_by(trade, "approval_ended") == [email(trade, trade.union_id)]
    leave(trade, trade.union_id, owner)
    assert read_by(trade, "approval_ended") == [email(trade, owner)]


def test_a_viewer_who_can_do_nothing_about_it_is_not_told_either(trade, approver, owner):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    _, approval_id = wait(trade)
    decide(trade, return_order, approval_id, approver, "太贵")
    trade.run(
        lambda session: put_member(
            session, trade.organisation_id, trade.union_id, "viewer", actor_id=owner, now=trade.now
        )
    )
    assert read_by(trade, "approval_ended") == [email(trade, owner)]


def test_who_may_approve_no_more_is_not_asked_and_who_was_asked_is_asked_once(trade, approver, owner):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    wait(trade)
    assert read_by(trade, "approval_asked") == [email(trade, approver), email(trade, owner)]
    leave(trade, approver, owner)
    assert read_by(trade, "approval_asked") == [None, email(trade, owner)]


def test_where_nobody_who_was_asked_is_left_who_may_approve_now_is_asked(trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    wait(trade)
    later = member(trade, "owner")
    leave(trade, approver, later)
    assert read_by(trade, "approval_asked") == [email(trade, later)]


def test_who_ordered_is_never_asked_to_approve_it(trade, approver):  # noqa: F811
    limit(trade, Span.ORDER, 0)
    wait(trade)

    def only_the_buyer_owns(session) -> None:
        mine = OrganisationMember.organisation_id == trade.organisation_id
        session.execute(sa.delete(OrganisationMember).where(mine, OrganisationMember.user_id == approver))
        session.execute(sa.update(OrganisationMember).where(mine).values(role="owner"))

    trade.run(only_the_buyer_owns)
    assert read_by(trade, "approval_asked") == [None]


def test_an_offer_goes_to_the_owner_once_who_asked_for_it_left(trade, owner):  # noqa: F811
    def ask(session) -> None:
        request_quotation(
            session, member_of(session, "union", trade.union_id), a_request(trade.shop), now=trade.now
        )
        quotation = session.scalars(sa.select(Quotation)).one()
        record(session, QuotationDeclined(quotation.id))

    trade.run(ask)
    assert read_by(trade, "quotation_answered") == [email(trade, trade.union_id)]
    leave(trade, trade.union_id, owner)
    assert read_by(trade, "quotation_answered") == [email(trade, owner)]


def test_what_became_of_a_gift_is_told_to_the_owner_once_its_buyer_left(trade, owner):  # noqa: F811
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    assert read_by(trade, "gift_ordered") == [email(trade, trade.union_id)]
    leave(trade, trade.union_id, owner)
    assert read_by(trade, "gift_ordered") == [email(trade, owner)]


def test_it_goes_by_the_ways_that_who_reads_it_chose(trade, approver, owner):  # noqa: F811
    """And not by those of who left: here that one wants none."""
    limit(trade, Span.ORDER, 0)
    _, approval_id = wait(trade)
    decide(trade, return_order, approval_id, approver, "太贵")

    def choose(session) -> None:
        for user_id, ways in ((trade.union_id, []), (owner, [MessageWay.MAIL])):
            session.add(MessageChoice(user_id=user_id, topic=MessageTopic.ORDERS, ways=ways))

    trade.run(choose)
    assert read_by(trade, "approval_ended") == [None]
    leave(trade, trade.union_id, owner)
    assert read_by(trade, "approval_ended") == [email(trade, owner)]


def test_an_owner_who_is_no_more_active_is_passed_over(trade, approver, owner):  # noqa: F811
    trade.now += timedelta(minutes=1)
    limit(trade, Span.ORDER, 0)
    _, approval_id = wait(trade)
    decide(trade, return_order, approval_id, approver, "太贵")
    second = trade.run(lambda session: _another_owner(session, trade))
    leave(trade, trade.union_id, owner)
    trade.run(lambda session: setattr(session.get_one(User, owner), "active", False))
    assert read_by(trade, "approval_ended") == [email(trade, second)]


def _another_owner(session, trade: Trade) -> int:  # noqa: F811
    person = User(email="second@shop.example", name="第二", created_at=trade.now, confirmed_at=trade.now)
    session.add(person)
    session.flush()
    session.add(OrganisationMember(organisation_id=trade.organisation_id, user_id=person.id, role="owner"))
    return person.id
