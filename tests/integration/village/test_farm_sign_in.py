"""A farmer signs in with a telephone number and a code, and stays signed in."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop.accounts.models import OneTimeCode, RoleName, SessionKind, SignInSession, User
from shop.accounts.users import disable_user
from shop.catalogue.household_people import add_person
from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.storage.outbox import OutboxMessage, claim_due
from tests.conftest import OwnOriginClient
from tests.factories.people import make_person
from tests.factories.villages import NOW
from tests.fakes.channel import MemoryChannel

PHONE, TYPED = "+8613912345678", "１３９ 1234 5678"
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Phone:
    """Somebody's telephone: a browser, and the messages that come."""

    def __init__(self, client):
        self.client = client

    def send(self, path: str, page: str = "", **fields: str):
        token = CSRF.search(self.client.get(page or path).text)
        return self.client.post(path, data=fields | {"csrf_token": token[1] if token else ""})

    def asks(self, typed: str = TYPED, **fields: str):
        return self.send("/farm/login", phone=typed, **fields)

    def types(self, code: str):
        return self.send("/farm/login/code", code=code)

    def is_in(self) -> bool:
        return self.client.get("/farm/tasks").status_code == 200


@pytest.fixture
def phone(app) -> Phone:
    return Phone(OwnOriginClient(app, app.response_class, use_cookies=True))


@pytest.fixture
def other_phone(app) -> Phone:
    return Phone(OwnOriginClient(app, app.response_class, use_cookies=True))


@pytest.fixture
def person(unit_of_work, county) -> int:
    """王小妹 of the first household, without an e-mail address."""
    return unit_of_work.run(
        lambda s: add_person(
            s, county.households[0][0], name="王小妹", phone=PHONE, actor_id=county.user, now=utc_now()
        )
    )


@pytest.fixture
def texts(app, unit_of_work, settings):
    """What goes out now, by telephone."""

    def sent() -> list[tuple[str, str]]:
        channel = MemoryChannel()
        with app.test_request_context():
            for message in unit_of_work.run(lambda s: claim_due(s, now=utc_now())):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
        return [(one.phone, one.short) for one in channel.envelopes]

    return sent


@pytest.fixture
def code(texts):
    def newest() -> str:
        (to, said), *_ = [one for one in texts() if "登录" in one[1]]
        assert to == PHONE
        return re.search(r"\d{6}", said)[0]

    return newest


def test_number_code_and_the_phone_stays_signed_in_for_ninety_days(phone, person, code, rows):
    assert phone.client.get("/farm").location == "/farm/login?next=/farm"
    assert phone.asks().location == "/farm/login/code"
    answer = phone.types(code())
    assert (answer.status_code, answer.location) == (303, "/farm/tasks")
    assert phone.is_in()
    kept = rows(sa.select(SignInSession).where(SignInSession.user_id == person))
    assert [one.kind for one in kept] == [SessionKind.DEVICE]
    with time_machine.travel(NOW + timedelta(days=89)):
        assert phone.is_in()
    with time_machine.travel(NOW + timedelta(days=91)):
        assert not phone.is_in()


def test_the_phone_opens_nothing_but_the_farmers_work(phone, person, code):
    phone.asks()
    phone.types(code())
    assert phone.client.get("/account").status_code == 302
    assert phone.client.get("/village").status_code == 404


def test_a_number_that_nobody_has_gets_the_same_answer_and_no_message(phone, other_phone, person, texts):
    known, unknown = phone.asks(), other_phone.asks("13900001111")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    pages = [one.client.get("/farm/login/code").text for one in (phone, other_phone)]
    plain = [re.sub(r"139 \d{4} \d{4}|value=\"[^\"]*\"", "", page) for page in pages]
    assert plain[0] == plain[1]
    assert [to for to, _ in texts()] == [PHONE]
    assert other_phone.types("123456").status_code == 400


def test_a_code_lies_sealed_and_is_nobodys_to_read(phone, person, rows, code):
    phone.asks()
    (payload,) = rows(sa.select(OutboxMessage.payload))
    digits = code()
    assert digits not in str(payload)
    assert digits not in str(rows(sa.select(OneTimeCode.code_hash)))


def test_a_code_works_once_and_only_where_it_was_asked_for(phone, other_phone, person, code):
    phone.asks()
    digits = code()
    other_phone.asks("13900001111")
    assert other_phone.types(digits).status_code == 400
    full_width = digits.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert phone.types(f" {full_width} ").status_code == 303
    assert other_phone.types(digits).status_code == 400


def test_five_wrong_tries_end_a_code(phone, person, code):
    phone.asks()
    digits = code()
    wrong = "000000" if digits != "000000" else "111111"
    for _ in range(5):
        refused = phone.types(wrong)
        assert refused.status_code == 400
        assert "数字不对" in refused.text
    assert phone.types(digits).status_code == 400
    assert not phone.is_in()


def test_three_codes_in_a_quarter_of_an_hour_and_then_it_says_how_long_to_wait(phone, person, texts):
    for _ in range(3):
        assert phone.asks().status_code == 303
    refused = phone.asks()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "15" in refused.text
    assert TYPED in refused.text
    assert len(texts()) == 3


@pytest.mark.parametrize("typed", ["", "abc", "029-88200000", "1" * 200, "139\x00"])
def test_what_is_no_mobile_number_is_said_and_kept(phone, typed):
    refused = phone.asks(typed)
    assert refused.status_code == 400
    assert "手机号" in refused.text
    assert "aria-invalid" in refused.text


def test_who_works_with_money_or_has_a_second_factor_gets_no_code(phone, unit_of_work, county, texts):
    for name, roles in (
        ("boss", [RoleName.FARMER, RoleName.ADMIN]),
        ("buyer", []),
        ("sealed", [RoleName.FARMER]),
    ):
        user_id = make_person(unit_of_work, f"{name}@example.com", roles=roles).id
        facts = {"phone": PHONE} | ({"totp_confirmed_at": utc_now()} if name == "sealed" else {})
        change = sa.update(User).where(User.id == user_id).values(**facts)
        unit_of_work.run(partial(Session.execute, statement=change))
    assert phone.asks().status_code == 303
    assert texts() == []


def test_somebody_shut_out_meanwhile_is_not_let_in(phone, person, code, unit_of_work, county):
    phone.asks()
    digits = code()
    unit_of_work.run(lambda s: disable_user(s, person, actor_id=None, now=utc_now()))
    assert phone.types(digits).status_code == 400
    assert not phone.is_in()


def test_a_family_with_one_telephone_says_who_it_is(phone, person, code, unit_of_work, county, rows):
    other = unit_of_work.run(
        lambda s: add_person(
            s, county.households[0][1], name="李大山", phone=PHONE, actor_id=county.user, now=utc_now()
        )
    )
    phone.asks()
    assert phone.types(code()).location == "/farm/login/who"
    page = phone.client.get("/farm/login/who").text
    assert "王小妹" in page
    assert "李大山" in page
    assert phone.send("/farm/login/who", person="999").location == "/farm/login/who"
    assert phone.send("/farm/login/who", person=str(other)).location == "/farm/tasks"
    assert rows(sa.select(SignInSession.user_id)) == [other]
    assert phone.send("/farm/login/who", "/farm/money", person=str(person)).location == "/farm/login"


def test_who_was_signed_in_here_before_is_out(phone, person, code, farmer, rows):
    """The browser of somebody else is used: their session ends, on the server too."""
    phone.client = farmer
    assert phone.client.get("/farm/login").location == "/farm/tasks"
    farmer.post(
        "/farm/login", data={"phone": TYPED, "csrf_token": CSRF.search(farmer.get("/farm/money").text)[1]}
    )
    phone.types(code())
    is_open = sa.select(SignInSession.user_id).where(SignInSession.ended_at.is_(None))
    assert rows(is_open) == [person]


def test_a_next_page_is_one_of_the_phone(phone, person, code):
    phone.asks(next="https://evil.example/")
    assert phone.client.get("/farm/login/code").status_code == 200
    assert phone.send("/farm/login/code", code=code(), next="/farm/money").location == "/farm/money"
    phone.client.post("/logout", data={"csrf_token": CSRF.search(phone.client.get("/farm/money").text)[1]})
    phone.asks()
    assert phone.send("/farm/login/code", code=code(), next="/admin").location == "/farm/tasks"
