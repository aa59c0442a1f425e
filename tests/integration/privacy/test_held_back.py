"""An erasure that something holds back: said at checkout, in a letter, on the person's pages and at the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop import jobs
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage
from tests.factories.people import make_person, post, sign_in
from tests.integration.privacy.test_desk import ENGLISH, one, sign_anew

HERE = "/account/privacy"


@pytest.fixture
def buyer(unit_of_work, client):
    person = make_person(unit_of_work, "lin@example.com")
    sign_in(client, person.email)
    assert post(client, f"{HERE}/erase", HERE, understood="y").status_code == 303
    return person


@pytest.fixture
def held(app, buyer, place, unit_of_work):
    """The day has come, and an order that was placed since is under way."""
    order = place({"tea": 1})
    unit_of_work.run(lambda session: session.execute(
        sa.update(Order).where(Order.number == order.number).values(user_id=buyer.id)
    ))  # fmt: skip
    with app.app_context(), time_machine.travel(utc_now() + timedelta(days=8)):
        unit_of_work.run(sign_anew)
        for _ in range(2):
            assert jobs.run_job("erase_people") == 0
        yield order.number


def test_the_person_is_written_to_once(held, see):
    told = [row.payload["message"] for row in see(sa.select(OutboxMessage))]
    assert told.count("erasure_held_back") == 1


def test_their_page_says_what_is_true_and_not_that_they_are_erased_that_day(held, client, see):
    page = client.get(HERE, headers=ENGLISH).text
    assert one(see).held_back
    assert "Your account is not erased yet" in page
    assert "Your account is erased on" not in page
    assert "Held back" in page
    erasure = client.get(f"{HERE}/erase", headers=ENGLISH).text
    assert held in erasure
    assert "Held back: it was planned for" in erasure


def test_before_its_day_the_pages_say_that_something_holds_it_back(buyer, place, client, unit_of_work):
    """And not that it happens on that day, which it would not."""
    for path in (HERE, "/account"):
        assert "Your account is erased on" in client.get(path, headers=ENGLISH).text
    order = place({"tea": 1})
    unit_of_work.run(lambda session: session.execute(
        sa.update(Order).where(Order.number == order.number).values(user_id=buyer.id)
    ))  # fmt: skip
    for path in (HERE, "/account"):
        page = client.get(path, headers=ENGLISH).text
        assert "Your account is erased on" not in page
        assert "but something of it is still open" in page
    page = client.get(HERE, headers=ENGLISH).text
    assert "Held back: something is still open" in page
    assert "What is still open" in page
    assert order.number in client.get(f"{HERE}/erase", headers=ENGLISH).text


def test_once_nothing_is_open_any_more_it_is_said_to_come(held, client, unit_of_work):
    unit_of_work.run(lambda session: session.execute(
        sa.update(Order).where(Order.number == held).values(status="cancelled", cancelled_at=utc_now())
    ))  # fmt: skip
    page = client.get(HERE, headers=ENGLISH).text
    assert "Nothing is open any more: your account is erased within the hour." in page


def test_the_desk_sees_it_in_the_list_and_on_the_page(held, admin, see):
    number = one(see).number
    assert "暂缓：还有事没了结" in admin.get("/admin/privacy").text
    assert "暂缓：还有事没了结" in admin.get(f"/admin/privacy/requests/{number}").text


def test_checkout_says_that_an_order_holds_the_erasure_back(buyer, client, shop):
    client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    page = client.get("/checkout", headers=ENGLISH).text
    assert "Your account is to be erased on" in page
    assert "What you order now holds that back" in page


def test_checkout_says_nothing_to_who_stays(unit_of_work, client, shop):
    sign_in(client, make_person(unit_of_work, "stays@example.com").email)
    client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    page = client.get("/checkout", headers=ENGLISH).text
    assert "<h1" in page
    assert "to be erased" not in page
