"""A browser that an account was not opened in for 90 days is told to its owner, whatever it calls itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.forgetting import forget_old_traces
from shop.accounts.models import KnownBrowser
from shop.kit.clock import utc_now
from shop.storage.outbox import OutboxMessage
from tests.factories.people import make_person, post, sign_in


@pytest.fixture
def told(rows):
    """How many letters about a new browser wait."""
    return lambda: [one["message"] for one in rows(sa.select(OutboxMessage.payload))].count("new_device")


@pytest.fixture
def person(unit_of_work):
    return make_person(unit_of_work)


def test_a_second_browser_of_the_same_name_is_told_and_the_first_one_is_not(
    client, another_browser, person, told
):
    sign_in(client, person.email)
    assert told() == 0, "the first of all is nothing new to its owner"
    post(client, "/logout")
    sign_in(client, person.email)
    assert told() == 0
    other = another_browser()
    sign_in(other, person.email)
    assert told() == 1
    post(other, "/logout")
    sign_in(other, person.email)
    assert told() == 1


def test_one_browser_is_known_to_each_account_apart(
    client, another_browser, person, unit_of_work, told, rows
):
    second = make_person(unit_of_work, "second@example.com")
    sign_in(client, person.email)
    sign_in(another_browser(), second.email)
    post(client, "/logout")
    sign_in(client, second.email)
    assert told() == 1
    assert len(set(rows(sa.select(KnownBrowser.token_hash)))) == 3


def test_after_ninety_days_it_is_a_new_one_and_its_row_goes(client, person, told, rows, unit_of_work):
    sign_in(client, person.email)
    cookie = client.get_cookie("browser").value
    assert cookie not in str(rows(sa.select(KnownBrowser.token_hash)))
    with time_machine.travel(utc_now() + timedelta(days=89)):
        sign_in(client, person.email)
    assert told() == 0
    with time_machine.travel(utc_now() + timedelta(days=180)):
        client.set_cookie("browser", cookie)
        sign_in(client, person.email)
        assert told() == 1
    with time_machine.travel(utc_now() + timedelta(days=271)):
        unit_of_work.run(lambda session: forget_old_traces(session, now=utc_now()))
    assert rows(sa.select(KnownBrowser.id)) == []


def test_public_pages_set_no_cookie_of_it(client):
    for path in ("/", "/products", "/login"):
        assert client.get(path).status_code == 200
        assert client.get_cookie("browser") is None


def test_an_owner_gets_so_many_letters_about_new_browsers_and_not_one_for_each(
    client, another_browser, person, unit_of_work, told
):
    """Whoever has the password could fill the box with them."""
    second = make_person(unit_of_work, "second@example.com")
    sign_in(client, person.email)
    with time_machine.travel(utc_now()) as clock:
        for _ in range(6):
            sign_in(another_browser(), person.email)
        assert told() == 3
        for _ in range(2):
            sign_in(another_browser(), second.email)
        assert told() == 4, "another account's owner is told"
        clock.shift(timedelta(minutes=16))
        sign_in(another_browser(), person.email)
        assert told() == 5
