"""Who left an organisation is erased whatever is open of its orders; those stay with it, and do not name them any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, AuditPersonal, OrganisationMember, User
from shop.accounts.privacy_models import AboutWhat, PrivacyRequest, RequestStatus
from shop.ordering.change_models import ChangeKind, OrderChange
from shop.ordering.models import Order, OrderStatus
from shop.ordering.own_orders import looked_after_by
from shop.privacy.asking import StillOpen, plan_erasure
from shop.privacy.carrying_out import carry_out_erasures
from shop.privacy.obstacles import find_obstacles
from shop.privacy.people import person_of
from shop.privacy.planned import planned_erasure
from shop.storage.media import media_store
from tests.integration.gifts.conftest import trade  # noqa: F401
from tests.integration.gifts.test_copies import leave

NAME, PHONE = "何离离", "+8613900001111"
COLLEAGUE = ("钱同事", "+8613900002222")


@pytest.fixture
def carry_out(trade, settings):  # noqa: F811
    store = media_store(settings.media_url)
    return lambda: carry_out_erasures(trade.unit_of_work, store, now=trade.now + timedelta(days=40))


def an_order(trade, recipient: str, phone: str, **changes) -> int:  # noqa: F811
    """On the union's account, on its way to this person."""
    order_id = trade.sell_on_terms({"tea": 1}, courier=True)

    def say(session) -> None:
        order = session.get_one(Order, order_id)
        order.recipient, order.phone, order.email = recipient, phone, "he@he.example"
        for name, value in changes.items():
            setattr(order, name, value)

    trade.run(say)
    return order_id


@pytest.fixture
def buyer(trade) -> int:  # noqa: F811
    def name(session) -> None:
        person = session.get_one(User, trade.union_id)
        person.name, person.phone, person.email, person.confirmed_at = (
            NAME, PHONE, "he@he.example", trade.now,
        )  # fmt: skip

    trade.run(name)
    return trade.union_id


def plan(trade, user_id: int) -> PrivacyRequest:  # noqa: F811
    return trade.run(lambda session: plan_erasure(session, user_id, now=trade.now))


def test_orders_of_an_organisation_that_they_left_do_not_hold_it_back(trade, buyer, carry_out):  # noqa: F811
    order_id = an_order(trade, *COLLEAGUE)
    with pytest.raises(StillOpen):
        plan(trade, buyer)
    leave(trade)
    plan(trade, buyer)
    assert carry_out() == 1
    order = trade.order_row(order_id)
    assert (order.status, order.organisation_id) == (OrderStatus.CONFIRMED, trade.organisation_id)
    assert (order.recipient, order.phone) == COLLEAGUE, "the organisation's goods go where they were to go"
    assert order.email is None, "that was the buyer's own"
    person = trade.run(lambda session: session.get_one(User, buyer))
    assert (order.user_id, person.name, person.email) == (buyer, "", None)
    trade.deliver(order_id)
    assert trade.order_row(order_id).status is OrderStatus.COMPLETED


def test_their_own_orders_hold_it_back_still(trade, buyer):  # noqa: F811
    an_order(trade, *COLLEAGUE)
    own = trade.order({"tea": 1})
    trade.run(lambda session: setattr(session.get_one(Order, own), "user_id", buyer))
    leave(trade)
    with pytest.raises(StillOpen) as held:
        plan(trade, buyer)
    numbers = {number for one in held.value.obstacles for number in one.numbers}
    assert numbers == {trade.order_row(own).number}


def test_where_they_stand_on_it_themselves_the_organisation_stands_in(trade, buyer, carry_out):  # noqa: F811
    """While goods are still to come; of what came, nobody's name and place is left."""
    coming = an_order(trade, NAME, PHONE, note=f"到了打{PHONE.removeprefix('+86')}")
    came = an_order(trade, NAME, PHONE)
    trade.deliver(came)
    street = trade.order_row(coming).street
    leave(trade)

    def stands_in(session) -> None:
        owner = session.scalars(
            sa.select(User).join(OrganisationMember).where(OrganisationMember.role == "owner")
        )
        owner.one().phone = "+8613900003333"

    trade.run(stands_in)
    plan(trade, buyer)
    assert carry_out() == 1
    order = trade.order_row(coming)
    assert (order.recipient, order.phone, order.note) == ("校工会 union", "+8613900003333", "")
    assert order.street == street
    order = trade.order_row(came)
    assert (order.recipient, order.phone, order.street) == ("", "", None)


def test_the_owner_goes_on_with_them_and_the_trail_stays_whole(trade, buyer, carry_out):  # noqa: F811
    """`violations` at the end of the test asks whether each digest still fits."""
    order_id = an_order(trade, *COLLEAGUE)
    number = trade.order_row(order_id).number
    facts = {"recipient": NAME, "phone": PHONE}

    def was_changed(session) -> None:
        change = {"order_id": order_id, "at": trade.now, "kind": ChangeKind.REDIRECTED, "by_team": False}
        session.add(OrderChange(token="once", before=facts, after={"recipient": COLLEAGUE[0]}, **change))

    trade.run(was_changed)
    leave(trade)
    plan(trade, buyer)
    assert carry_out() == 1

    def stands(session):
        owner = session.scalar(
            sa.select(OrganisationMember.user_id).where(OrganisationMember.role == "owner")
        )
        theirs = session.scalars(sa.select(Order.number).where(looked_after_by(owner))).all()
        change = session.scalars(sa.select(OrderChange)).one()
        own = sa.select(AuditPersonal.entry_id).join(AuditEntry, AuditEntry.id == AuditPersonal.entry_id)
        left = session.scalars(own.where(AuditEntry.actor_id == buyer, AuditEntry.subject_id == number))
        return list(theirs), change.before, change.after, list(left)

    assert trade.run(stands) == ([number], {}, {"recipient": COLLEAGUE[0]}, [])


def test_the_page_says_beforehand_what_holds_it_back(trade, buyer):  # noqa: F811
    plan(trade, buyer)
    see = lambda: trade.run(lambda session: planned_erasure(session, buyer, now=trade.now))  # noqa: E731
    assert (see().is_held, see().is_due) == (False, False)
    order_id = an_order(trade, *COLLEAGUE)
    assert see().is_held, "though its day has not come"
    trade.now += timedelta(days=8)
    assert (see().is_held, see().is_due) == (True, True)
    trade.deliver(order_id)
    trade.settle(order_id)
    assert not trade.run(
        lambda session: find_obstacles(session, person_of(session, AboutWhat.USER, str(buyer)))
    )
    assert (see().is_held, see().is_due) == (False, True)
    assert trade.run(lambda session: session.scalars(sa.select(PrivacyRequest)).one()).status is (
        RequestStatus.WAITING
    )
