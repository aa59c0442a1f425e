"""Buyers sign in with a mobile number and a code; a number without an account gets one."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry, Consent, OneTimeCode, RoleName, User
from shop.accounts.users import change_user, disable_user
from shop.kit.clock import utc_now
from shop.storage.outbox import OutboxMessage
from tests.factories.people import csrf_token, is_signed_in, make_person, post, sign_in
from tests.integration.accounts.telephones import code_in

PHONE, TYPED = "+8613912345678", "１３９ 1234 5678"


def asks(client, typed=TYPED, **fields):
    return post(client, "/login/phone", "/login", phone=typed, **fields)


def types(client, code, **fields):
    return post(client, "/login/phone/code", "/login/phone/code", code=code, **fields)


def agrees(client, name="林晓", **fields):
    page = client.get("/login/phone/new").text
    texts = re.search(r'name="texts"[^>]*value="([^"]+)"', page).group(1)
    return post(client, "/login/phone/new", "/login/phone/new", name=name, texts=texts, **fields)


@pytest.fixture
def has_number(unit_of_work):
    """Give somebody the number, proved unless told otherwise."""

    def give(email="buyer@example.com", *, roles=(), proved=True, **facts):
        user_id = make_person(unit_of_work, email, roles=roles).id
        facts |= {"phone": PHONE, "phone_confirmed_at": utc_now() if proved else None}
        change = sa.update(User).where(User.id == user_id).values(**facts)
        unit_of_work.run(partial(Session.execute, statement=change))
        return user_id

    return give


@pytest.fixture
def proved(client, letters):
    """The browser has typed the right code."""

    def prove():
        asks(client)
        return types(client, code_in(letters(), PHONE))

    return prove


def test_number_and_code_open_the_account(client, has_number, proved, rows):
    has_number(name="林老师")
    assert asks(client, next="/orders").location == "/login/phone/code?next=/orders"
    answer = proved()
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_signed_in(client)
    assert "sign_in.by_phone" in rows(sa.select(AuditEntry.action))


def test_an_unknown_number_gets_an_account_with_a_name_and_consent_to_the_texts(client, proved, rows):
    assert proved().location == "/login/phone/new"
    page = client.get("/login/phone/new").text
    assert "139 1234 5678" in page
    assert "checked" not in page.split('name="agree"')[1].split(">")[0]
    assert agrees(client).status_code == 400, "nobody has agreed yet"
    assert agrees(client, name="", agree="y").status_code == 400
    assert agrees(client, agree="y", next="/orders").location == "/orders"
    (user,) = rows(sa.select(User))
    assert (user.phone, user.name, user.email, user.password_hash) == (PHONE, "林晓", None, None)
    assert user.phone_confirmed_at is not None
    assert sorted(rows(sa.select(Consent.document))) == ["privacy", "terms"]
    post(client, "/logout")
    assert proved().location == "/"


def test_the_form_sent_twice_makes_one_account(client, another_browser, proved, rows, cookies_of):
    proved()
    twin = another_browser()
    cookies_of(twin, cookies_of(client))
    assert agrees(client, agree="y").status_code == 303
    assert agrees(twin, agree="y").status_code == 303
    assert len(rows(sa.select(User.id))) == 1


def test_before_the_code_every_number_gets_the_same_answer(client, another_browser, has_number, letters):
    has_number(roles=[RoleName.ADMIN])
    other = another_browser()
    known, unknown = asks(client), asks(other, "13900001111")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    pages = [one.get("/login/phone/code").text for one in (client, other)]
    plain = [re.sub(r"\+?\d{2,13}( \d{4} \d{4})?|value=\"[^\"]*\"", "", page) for page in pages]
    assert plain[0] == plain[1]
    assert sorted(one.phone for one in letters()) == ["+8613900001111", PHONE]
    assert types(client, "000000").text.count("alert") == types(other, "000000").text.count("alert")


def test_a_code_lies_sealed_is_of_one_browser_and_works_once(
    client, another_browser, has_number, letters, rows
):
    has_number()
    other = another_browser()
    asks(client)
    (payload,) = rows(sa.select(OutboxMessage.payload))
    code = code_in(letters(), PHONE)
    assert code not in str(payload)
    assert code not in str(rows(sa.select(OneTimeCode.code_hash)))
    asks(other, "13900001111")
    assert types(other, code).status_code == 400
    assert (
        types(client, f" {code.translate(str.maketrans('0123456789', '０１２３４５６７８９'))} ").status_code
        == 303
    )
    post(client, "/logout")
    assert client.get("/login/phone/code").location == "/login"


def test_the_farmers_code_is_none_of_a_buyer(client, another_browser, has_number, letters):
    """It was asked for something else."""
    has_number(roles=[RoleName.FARMER])
    asks(client)
    post(client, "/farm/login", "/farm/login", phone=TYPED)
    farm, buyer = [
        re.search(r"\d{6}", one.short)[0]
        for one in sorted(letters(), key=lambda one: "登录的数字" not in one.short)
    ]
    assert types(client, farm).status_code == 400
    assert types(client, buyer).status_code == 303


def test_five_wrong_tries_end_a_code_and_ten_minutes_too(client, has_number, letters):
    has_number()
    asks(client)
    code = code_in(letters(), PHONE)
    for _ in range(5):
        assert types(client, "000000" if code != "000000" else "111111").status_code == 400
    assert types(client, code).status_code == 400
    asks(client)
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        assert client.get("/login/phone/code").location == "/login"


def test_three_codes_a_number_and_twenty_an_address_then_it_says_how_long_to_wait(
    client, another_browser, letters
):
    for _ in range(3):
        assert asks(client).status_code == 303
    refused = asks(client)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert TYPED in refused.text
    answers = [asks(another_browser(), f"139000011{number:02}").status_code for number in range(18)]
    assert answers == [303] * 17 + [429]
    assert len(letters()) == 20


@pytest.mark.parametrize("typed", ["", "abc", "029-88200000", "1" * 60, "139\x00"])
def test_what_is_no_mobile_number_is_said_and_kept(client, typed):
    refused = asks(client, typed)
    assert refused.status_code == 400
    assert 'id="phone-error"' in refused.text


def test_a_number_that_was_only_typed_signs_nobody_in(client, has_number, proved):
    """Else somebody who typed it would wait for its owner's orders."""
    has_number(proved=False)
    assert proved().location == "/login/phone/new"


def test_a_number_that_an_admin_wrote_down_is_proved_anew_and_the_one_before_is_told(
    client, has_number, letters, proved, unit_of_work
):
    user_id = has_number()
    write = partial(change_user, name="x", unit_id=None, actor_id=None, now=utc_now())
    unit_of_work.run(lambda s: write(s, user_id, phone="13800138000"))
    told = letters()
    assert {one.phone or one.email for one in told} == {PHONE, "buyer@example.com"}
    unit_of_work.run(lambda s: write(s, user_id, phone=PHONE))
    assert proved().location == "/login/phone/new"


@pytest.mark.parametrize("role", [RoleName.ADMIN, RoleName.FINANCE, RoleName.COORDINATOR])
def test_who_works_with_money_or_peoples_data_is_not_let_in_by_a_telephone(client, has_number, proved, role):
    roles = [role, RoleName.ADMIN] if role is RoleName.FINANCE else [role]
    has_number(roles=roles)
    refused = proved()
    assert refused.status_code == 400
    assert not is_signed_in(client)
    assert client.get("/login/phone/new").location == "/login"


def test_who_has_a_second_factor_goes_on_to_it(client, has_number, proved):
    has_number(totp_confirmed_at=utc_now(), totp_secret="sealed", recovery_codes=[])
    assert proved().location == "/login/code"
    assert not is_signed_in(client)


def test_who_was_shut_out_reads_so_and_gets_no_second_account(client, has_number, proved, unit_of_work):
    user_id = has_number()
    unit_of_work.run(lambda s: disable_user(s, user_id, actor_id=None, now=utc_now()))
    refused = proved()
    assert refused.status_code == 400
    assert not is_signed_in(client)


def test_a_family_with_one_number_says_who_it_is(client, has_number, proved, unit_of_work):
    first, second = has_number(name="林老师"), has_number("other@example.com", name="林晓")
    assert proved().location == "/login/phone/who"
    page = client.get("/login/phone/who").text
    assert "林老师" in page
    assert "林晓" in page
    assert post(client, "/login/phone/who", "/login/phone/who", person="999").location == "/login/phone/who"
    assert post(client, "/login/phone/who", "/login/phone/who", person=str(second)).location == "/"
    assert "other@example.com" in client.get("/account").text
    assert client.get("/login/phone/who").location == "/login"
    assert first != second


def test_nobody_passes_over_the_code(client, another_browser, has_number):
    has_number()
    asks(client)
    for path in ("/login/phone/who", "/login/phone/new"):
        assert client.get(path).location == "/login"
        token = csrf_token(client, "/login")
        assert (
            client.post(path, data={"csrf_token": token, "person": "1", "name": "x", "agree": "y"}).location
            == "/login"
        )
    assert another_browser().get("/login/phone/code").location == "/login"


def test_a_code_at_the_farm_proves_the_number(client, has_number, letters, rows):
    has_number(roles=[RoleName.FARMER], proved=False)
    post(client, "/farm/login", "/farm/login", phone=TYPED)
    digits = re.search(r"\d{6}", letters()[0].short)[0]
    assert post(client, "/farm/login/code", "/farm/login/code", code=digits).status_code == 303
    assert rows(sa.select(User.phone_confirmed_at)) != [None]


def test_a_browser_that_was_not_seen_before_is_told_to_its_owner_once(
    client, another_browser, unit_of_work, letters
):
    person = make_person(unit_of_work)
    sign_in(client, person.email)
    assert letters() == [], "the first of all is no news"
    other = another_browser()
    other.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8.0"
    sign_in(other, person.email)
    (told,) = letters()
    assert told.email == person.email
    assert "WeChat · Android" in told.subject
    post(other, "/logout")
    sign_in(other, person.email)
    assert letters() == []
