"""Signing in and out in a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from shop.accounts.models import RoleName, SignInSession
from shop.kit.clock import utc_now
from tests.factories.people import PASSWORD, csrf_token, is_signed_in, make_person, post, sign_in


def test_a_buyer_signs_in_and_sees_the_account(client, unit_of_work):
    make_person(unit_of_work)
    assert sign_in(client, "Buyer@Example.COM ").status_code == 303
    assert "buyer@example.com" in client.get("/account").text


def test_each_role_starts_where_it_works(another_browser, unit_of_work):
    homes = {
        RoleName.ADMIN: "/admin", RoleName.COORDINATOR: "/village",
        RoleName.POINT_KEEPER: "/point", RoleName.FARMER: "/farm",
    }  # fmt: skip
    for role, home in homes.items():
        person = make_person(unit_of_work, f"{role}@example.com", roles=[role])
        assert sign_in(another_browser(), person.email).location == home


def test_a_cookie_copied_before_sign_out_opens_nothing_after_it(
    client, another_browser, unit_of_work, cookies_of
):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    thief = another_browser()
    cookies_of(thief, cookies_of(client))
    assert is_signed_in(thief)
    assert post(client, "/logout").status_code == 303
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_a_form_sent_after_signing_out_in_another_tab_leads_to_sign_in_and_back(client, unit_of_work):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    token = csrf_token(client, "/account")
    post(client, "/logout")
    form_at = {"Referer": "http://127.0.0.1:8000/account/addresses/new", "Accept-Language": "en"}
    refused = client.post("/account/addresses", data={"csrf_token": token}, headers=form_at)
    assert refused.status_code == 400
    assert "You are signed out, so nothing was changed" in refused.text
    assert 'href="/login?next=/account/addresses/new"' in refused.text
    elsewhere = client.post(
        "/account/addresses", data={"csrf_token": token}, headers={"Referer": "https://evil.example/x"}
    )
    assert 'href="/login?next=/"' in elsewhere.text


def test_the_cookie_is_another_one_after_signing_in(client, unit_of_work, cookies_of):
    make_person(unit_of_work)
    token = csrf_token(client)
    before = cookies_of(client)
    client.post("/login", data={"email": "buyer@example.com", "password": PASSWORD, "csrf_token": token})
    assert cookies_of(client) != before
    assert client.post("/account", data={"language": "zh", "csrf_token": token}).status_code == 400


def test_signing_in_again_ends_the_session_before(client, another_browser, unit_of_work, cookies_of):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    old = another_browser()
    cookies_of(old, cookies_of(client))
    client.post(
        "/login",
        data={
            "email": "buyer@example.com",
            "password": PASSWORD,
            "csrf_token": csrf_token(client, "/account"),
        },
    )
    assert is_signed_in(client)
    assert not is_signed_in(old)


def test_a_token_of_somebodys_own_choice_is_refused(client):
    client.set_cookie("session", "eyJfdXNlcl9pZCI6ImNob3NlbiJ9.aaaaaa.bbbbbb")
    assert not is_signed_in(client)


def test_the_cookie_holds_no_user_number_and_the_table_no_token(
    client, unit_of_work, session, app, cookies_of
):
    person = make_person(unit_of_work)
    sign_in(client, person.email)
    token = app.session_interface.get_signing_serializer(app).loads(cookies_of(client))["_user_id"]
    row = session.query(SignInSession).one()
    assert len(token) >= 43
    assert token not in (row.token_hash, str(person.id))


@pytest.mark.parametrize(
    ("roles", "idle", "absolute"),
    [
        ([], timedelta(hours=8), timedelta(days=30)),
        ([RoleName.ADMIN], timedelta(minutes=30), timedelta(hours=12)),
        ([RoleName.ADMIN, RoleName.COORDINATOR], timedelta(minutes=30), timedelta(hours=12)),
        ([RoleName.COORDINATOR], timedelta(hours=8), timedelta(days=30)),
    ],
    ids=["buyer", "admin", "admin who coordinates", "coordinator's private account"],
)
def test_a_session_ends_when_nobody_is_there_and_when_its_time_is_over(
    client, unit_of_work, roles, idle, absolute
):
    start = utc_now()
    with time_machine.travel(start, tick=False) as clock:
        make_person(unit_of_work, "who@example.com", roles=roles)
        sign_in(client, "who@example.com")
        clock.move_to(start + idle - timedelta(minutes=1))
        assert is_signed_in(client)
        clock.move_to(start + 2 * idle - timedelta(minutes=3))
        assert is_signed_in(client), "the request before kept it alive"
        clock.shift(idle)
        assert not is_signed_in(client)
        sign_in(client, "who@example.com")
        begun = utc_now()
        while utc_now() - begun < absolute - idle:
            clock.shift(idle * 0.9)
            assert is_signed_in(client)
        clock.move_to(begun + absolute)
        assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("role", "face"), [(RoleName.COORDINATOR, "village"), (RoleName.POINT_KEEPER, "point")]
)
def test_the_phone_of_who_handles_goods_stays_signed_in_for_ninety_days(client, unit_of_work, role, face):
    start = utc_now()
    with time_machine.travel(start, tick=False) as clock:
        make_person(unit_of_work, "who@example.com", roles=[role])
        sign_in(client, "who@example.com")
        clock.shift(timedelta(days=89))
        assert client.get(f"/{face}/room").text == "inside"
        clock.shift(timedelta(days=2))
        assert client.get(f"/{face}/room").status_code == 302


def test_a_farmers_phone_stays_signed_in_for_the_farm_only(client, unit_of_work):
    start = utc_now()
    with time_machine.travel(start, tick=False) as clock:
        make_person(unit_of_work, "farmer@example.com", roles=[RoleName.FARMER])
        sign_in(client, "farmer@example.com")
        clock.shift(timedelta(days=80))
        assert client.get("/farm/room").text == "inside"
        assert client.get("/account").status_code == 302
        assert client.get("/village/room").status_code == 404
        clock.shift(timedelta(days=11))
        answer = client.get("/farm/room")
        assert answer.status_code == 302
        assert answer.location.startswith("/login")


def test_a_device_credential_ends_with_signing_out(client, another_browser, unit_of_work):
    make_person(unit_of_work, "farmer@example.com", roles=[RoleName.FARMER])
    sign_in(client, "farmer@example.com")
    thief = another_browser()
    thief.set_cookie("device", client.get_cookie("device").value)
    post(client, "/logout")
    assert thief.get("/farm/room").location.startswith("/login")


def test_who_works_with_money_never_keeps_a_device(client, unit_of_work):
    make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN, RoleName.COORDINATOR])
    sign_in(client, "boss@example.com")
    assert client.get_cookie("device") is None


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example", "https://evil.example",
        "http:evil.example", "javascript:alert(1)", "/\t/evil.example", "\t//evil.example", " //evil.example",
        "/%0d%0aLocation:%20x\r\n", "/\r\nSet-Cookie: a=b", "https:/evil.example", "//evil.example@shop",
        "/@evil.example\\", "//evil。example", "data:text/html,x", "/\x00/evil.example", "http://[::1]/",
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(client, unit_of_work, wanted):
    make_person(unit_of_work)
    location = sign_in(client, "buyer@example.com", wanted=wanted).location
    assert location.startswith("/")
    assert "evil" not in location or location.startswith("/@evil.example") is False
    assert not location.startswith(("//", "/\\"))


def test_a_page_that_needs_signing_in_comes_back_after_it(client, unit_of_work):
    make_person(unit_of_work)
    asked = client.get("/account/addresses?x=1")
    assert asked.location == "/login?next=/account/addresses?x%3D1"
    assert sign_in(client, "buyer@example.com", wanted="/account/addresses?x=1").location == (
        "/account/addresses?x=1"
    )


def test_a_program_is_told_401(client):
    answer = client.get("/account", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_public_pages_know_nothing_of_the_session(client, unit_of_work):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    answer = client.get("/healthz")
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_two_pages_that_come_at_once_after_signing_in_leave_both_their_forms_good(client, unit_of_work):
    """A browser asks for both with the cookie of the sign-in, and keeps that of the later answer."""
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    entered = client.get_cookie("session").value
    first = csrf_token(client, "/account")
    client.set_cookie("session", entered)
    csrf_token(client, "/account/security")
    answer = client.post("/account/sessions/end-others", data={"csrf_token": first})
    assert answer.status_code == 303
