"""The second factor."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from passlib.totp import TOTP

from shop.accounts.models import RoleName, User
from shop.kit.clock import utc_now
from shop.settings import Environment
from shop.storage.outbox import OutboxMessage
from tests.factories.people import csrf_token, is_signed_in, make_person, post, sign_in

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def clock():
    with time_machine.travel(utc_now(), tick=False) as traveller:
        yield traveller


def offered(page):
    """The key that the page shows, and the form's sealed copy of it."""
    key = re.search(r'<b class="num">([A-Z2-7 ]+)</b>', page).group(1)
    return key, re.search(r'name="offer" type="hidden" value="([^"]+)"', page).group(1)


def enrol(client):
    secret, offer = offered(client.get("/account/second-factor").text)
    totp = TOTP(key=secret.replace(" ", ""), format="base32")
    page = post(
        client,
        "/account/second-factor",
        "/account/second-factor",
        code=totp.generate(utc_now()).token,
        offer=offer,
    )
    return totp, re.findall(r"<li class=\"num\">([0-9A-Z-]+)</li>", page.text)


def give_code(client, code):
    return client.post(
        "/login/code", data={"code": code, "next": "", "csrf_token": csrf_token(client, "/login/code")}
    )


@pytest.fixture
def enrolled(client, unit_of_work, clock):
    person = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    sign_in(client, person.email)
    return enrol(client)


def test_after_the_password_the_code_is_asked_for(enrolled, another_browser, clock):
    totp, _ = enrolled
    client = another_browser()
    clock.shift(timedelta(seconds=60))
    assert sign_in(client, "boss@example.com").location == "/login/code"
    assert not is_signed_in(client)
    assert give_code(client, "000000").status_code == 400
    assert give_code(client, totp.generate(utc_now()).token).location == "/admin"
    assert is_signed_in(client)


def test_a_mistyped_code_keeps_the_key_that_the_phone_has(client, unit_of_work):
    sign_in(client, make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN]).email)
    key, offer = offered(client.get("/account/second-factor").text)
    page = post(client, "/account/second-factor", "/account/second-factor", code="000000", offer=offer)
    assert page.status_code == 400
    assert offered(page.text)[0] == key


def test_a_key_offered_to_somebody_else_or_made_up_enrols_nobody(client, another_browser, unit_of_work):
    other, user = another_browser(), make_person(unit_of_work, "buyer@example.com")
    sign_in(other, make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN]).email)
    key, offer = offered(other.get("/account/second-factor").text)
    sign_in(client, user.email)
    code = TOTP(key=key.replace(" ", ""), format="base32").generate(utc_now()).token
    for forged in (offer, key, "", "x" * 5000):
        page = post(client, "/account/second-factor", "/account/second-factor", code=code, offer=forged)
        assert page.status_code == 400
        assert offered(page.text)[0] != key


def test_a_code_is_taken_once(enrolled, another_browser, clock):
    totp, _ = enrolled
    clock.shift(timedelta(seconds=60))
    code = totp.generate(utc_now()).token
    first, second = another_browser(), another_browser()
    for client in (first, second):
        sign_in(client, "boss@example.com")
    assert give_code(first, code).status_code == 303
    assert give_code(second, code).status_code == 400


def test_a_recovery_code_is_taken_once(enrolled, another_browser):
    _, codes = enrolled
    assert len(codes) == 10
    first, second = another_browser(), another_browser()
    for client in (first, second):
        sign_in(client, "boss@example.com")
    assert give_code(first, codes[0].lower()).status_code == 303
    assert give_code(second, codes[0]).status_code == 400
    assert give_code(second, codes[1]).status_code == 303


def test_codes_cannot_be_guessed_for_long(enrolled, another_browser):
    client = another_browser()
    sign_in(client, "boss@example.com")
    answers = [give_code(client, "000000").status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


def test_the_password_alone_is_forgotten_after_ten_minutes(enrolled, another_browser, clock):
    client = another_browser()
    sign_in(client, "boss@example.com")
    clock.shift(timedelta(minutes=11))
    assert client.get("/login/code").location == "/login"


def test_the_secret_is_sealed_in_the_table(enrolled, session):
    totp, codes = enrolled
    user = session.query(User).one()
    assert totp.base32_key not in user.totp_secret
    assert not any(code in str(user.recovery_codes) for code in codes)


def test_setting_it_up_asks_for_the_password_when_that_is_long_ago(client, unit_of_work, clock):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    clock.shift(timedelta(minutes=16))
    assert client.get("/account/second-factor").location == "/verify?next=/account/second-factor"
    wrong = post(client, "/verify", "/verify", password="wrong", next="/account/second-factor")
    assert wrong.status_code == 400
    right = post(
        client, "/verify", "/verify", password="a quiet ridge in the mist", next="/account/second-factor"
    )
    assert right.location == "/account/second-factor"
    assert client.get("/account/second-factor").status_code == 200


def test_it_can_be_switched_off_where_no_role_demands_it(enrolled, client, another_browser):
    assert post(client, "/account/second-factor/off").status_code == 303
    assert sign_in(another_browser(), "boss@example.com").location == "/admin"


class TestInProduction:
    @pytest.fixture
    def settings(self, settings):
        return replace(
            settings,
            env=Environment.PRODUCTION,
            payment_methods=("bank_transfer",),
            public_url="http://localhost",
        )

    def test_a_role_that_demands_it_opens_only_after_it_is_set_up(self, client, unit_of_work, clock):
        make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
        sign_in(client, "boss@example.com")
        assert client.get("/admin/room").location.startswith("/account/second-factor?next=")
        enrol(client)
        assert client.get("/admin/room").text == "inside"
        assert post(client, "/account/second-factor/off").status_code == 409


def test_no_recovery_codes_are_made_for_who_has_nothing_that_they_would_stand_in_for(
    client, unit_of_work, rows
):
    sign_in(client, make_person(unit_of_work, "plain@example.com").email)
    refused = post(client, "/account/second-factor/codes")
    assert refused.location == "/account/second-factor"
    assert "请先设置动态口令" in client.get("/account/second-factor").text
    assert rows(sa.select(User.recovery_codes)) == [[]]


def news(session):
    rows = session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id))
    return [
        (one["facts"]["news"], one["facts"]["codes_left"])
        for one in rows
        if one.get("message") == "second_factor_changed"
    ]


def test_the_owner_is_told_of_every_change_and_of_a_code_that_was_used(
    client, enrolled, another_browser, session, clock
):
    _, codes = enrolled
    assert "10 recovery codes are left" in client.get("/account/second-factor", headers=ENGLISH).text
    thief = another_browser()
    sign_in(thief, "boss@example.com")
    clock.shift(timedelta(seconds=1))
    give_code(thief, codes[0])
    assert "9 recovery codes are left" in client.get("/account/second-factor", headers=ENGLISH).text
    clock.shift(timedelta(seconds=1))
    post(client, "/account/second-factor/codes", "/account/second-factor")
    for _ in range(2):
        clock.shift(timedelta(seconds=1))
        post(client, "/account/second-factor/off", "/account/second-factor")
    assert news(session) == [("on", 10), ("code_used", 9), ("codes", 10), ("off", 0)]
