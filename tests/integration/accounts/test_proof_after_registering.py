"""Whoever registers is asked for the proof of the address at once; whoever takes the account over finds nothing begun."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.addresses import AddressFields, add_address
from shop.accounts.attempts import Origin
from shop.accounts.campus.arrivals import keep_arrival
from shop.accounts.campus.models import CampusIdentity, CampusKind, Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.contact_change import ContactKind, send_contact_code
from shop.accounts.models import Address, Consent, SignInSession, User
from shop.accounts.page_texts import consent_versions
from shop.accounts.password_resets import issue_reset_token
from shop.accounts.privacy_models import PrivacyRequest, RequestStatus
from shop.kit.clock import utc_now
from shop.ordering.basket import BasketOwner
from shop.ordering.checkout import place_order
from shop.ordering.models import Order, OrderStatus
from shop.privacy.asking import plan_erasure
from shop.settings import DEMO_FIELD_KEY
from shop.storage.field_cipher import FieldCipher
from tests.factories.buying import a_wish, fill_basket
from tests.factories.people import (
    PASSWORD,
    csrf_token,
    is_signed_in,
    make_person,
    make_stranger,
    post,
    sign_in,
)
from tests.factories.small_shop import open_small_shop
from tests.integration.accounts.telephones import code_in

ADDRESS, PHONE = "lin@example.com", "13912345678"
NOTICE = "请确认您的邮箱"


def register_in(client, unit_of_work, email=ADDRESS, wanted=""):
    texts = unit_of_work.run(consent_versions)
    fields = {
        "email": email, "name": "林", "password": PASSWORD, "unit_id": "", "agree": "y", "next": wanted,
        "texts": " ".join(f"{name}-{version}" for name, version in sorted(texts.items())),
        "csrf_token": csrf_token(client, "/register"),
    }  # fmt: skip
    return client.post("/register", data=fields)


def proves(client, letters, onward=""):
    at = "/account/contact/email/code"
    return post(client, at, at, code=code_in(letters(), ADDRESS), next=onward)


def test_the_letter_after_registering_holds_the_code_that_confirms_the_address_after_signing_in(
    client, unit_of_work, letters, rows
):
    assert register_in(client, unit_of_work).location == "/login"
    first = sign_in(client, ADDRESS)
    assert first.location == "/account", "what waits for the proof is said where it can be given"
    page = client.get("/account").text
    assert NOTICE in page
    assert 'href="/account/contact/email/code"' in page
    [letter] = [one for one in letters() if one.email == ADDRESS]
    code = re.search(r"\d{6}", letter.text)[0]
    assert "如果不是您" in letter.text
    assert "/reset" in letter.text
    at = "/account/contact/email/code"
    assert post(client, at, at, code=code).location == "/account/security"
    assert NOTICE not in client.get("/account").text
    assert rows(sa.select(User.confirmed_at)) != [None]


def test_the_code_works_in_no_other_browser(client, unit_of_work, letters, another_browser, rows):
    register_in(client, unit_of_work)
    other = another_browser()
    sign_in(other, ADDRESS)
    post(other, "/account/contact/email", "/account", contact="other@example.com")
    code = code_in(letters(), ADDRESS)
    at = "/account/contact/email/code"
    assert post(other, at, at, code=code).status_code == 400
    assert rows(sa.select(User.confirmed_at)) == [None]


def test_registering_looks_the_same_for_a_known_address_also_when_no_code_can_be_sent(
    client, unit_of_work, another_browser, letters
):
    known = make_person(unit_of_work, "known@example.com")
    asker = make_person(unit_of_work, "asker@example.com")
    for _ in range(3):
        unit_of_work.run(
            lambda session: send_contact_code(
                session, asker.id, ContactKind.EMAIL, ADDRESS, browser="x", cipher=FieldCipher((DEMO_FIELD_KEY,)),
                language="zh", origin=Origin("198.51.100.9"), now=utc_now(),
            )
        )  # fmt: skip
    answers = []
    for email in (known.email, ADDRESS):
        browser = another_browser()
        done = register_in(browser, unit_of_work, email)
        answers.append((done.status_code, done.location, browser.get("/login").text.count("谢谢，请登录")))
    assert answers[0] == answers[1] == (303, "/login", 1)
    said = [one.text for one in letters() if one.email == ADDRESS][-1]
    assert "登录后可以在这里再发一个验证码" in said
    assert "验证码是" not in said


def test_a_page_that_was_wanted_comes_before_the_notice(client, unit_of_work, another_browser):
    make_stranger(unit_of_work, ADDRESS)
    assert sign_in(client, ADDRESS, wanted="/cart").location == "/cart"
    confirmed = make_person(unit_of_work, "known@example.com")
    assert sign_in(another_browser(), confirmed.email).location == "/"


PERSON = CampusPerson(
    provider=Provider.ROSTER, issuer="shop", subject="20120355", kind=CampusKind.STAFF, number="20120355", name="周"
)  # fmt: skip


@pytest.fixture
def came_from_campus(client, unit_of_work, settings):
    """Somebody has come in from the campus and says that an account here is theirs."""

    def come(browser=None):
        sealing = FieldCipher(settings.field_keys)
        token = unit_of_work.run(lambda s: keep_arrival(s, PERSON, cipher=sealing, now=utc_now()))
        with (browser or client).session_transaction("/login") as cookie:
            cookie["campus_entry"] = [token, True, int(utc_now().timestamp())]

    return come


def test_a_campus_account_waits_for_the_proof_and_is_linked_with_the_code(
    client, unit_of_work, letters, rows, came_from_campus
):
    make_stranger(unit_of_work, ADDRESS)
    came_from_campus()
    first = sign_in(client, ADDRESS, wanted="/cart")
    assert first.location == "/account/contact/email?next=/cart"
    page = client.get(first.location).text
    assert "输完验证码就自动绑定" in page
    sent = post(client, "/account/contact/email", contact=ADDRESS, next="/cart")
    assert sent.location == "/account/contact/email/code?next=/cart"
    assert proves(client, letters, "/cart").location == "/cart"
    assert rows(sa.select(CampusIdentity.campus_number)) == ["20120355"]
    assert "已绑定" in client.get("/account").text
    assert client.get("/account/contact/email/code").location == "/account/contact/email", "nothing waits"


def test_who_proves_nothing_links_nothing_and_who_has_proved_links_at_once(
    client, unit_of_work, rows, came_from_campus, another_browser
):
    make_stranger(unit_of_work, ADDRESS)
    came_from_campus()
    sign_in(client, ADDRESS)
    assert rows(sa.select(CampusIdentity.id)) == []
    known = make_person(unit_of_work, "known@example.com")
    other = another_browser()
    came_from_campus(other)
    assert sign_in(other, known.email, wanted="/cart").location == "/cart"
    assert rows(sa.select(CampusIdentity.user_id)) == [known.id]


def test_the_page_of_campus_accounts_says_that_the_address_comes_first(client, unit_of_work):
    make_stranger(unit_of_work, ADDRESS)
    sign_in(client, ADDRESS)
    assert NOTICE in client.get("/account/campus").text


def types_a_number(client):
    return post(client, "/account", name="林", phone=PHONE, unit_id="", language="zh")


def test_a_number_typed_in_the_one_browser_stays_when_the_address_is_confirmed_there(
    client, unit_of_work, letters, rows
):
    register_in(client, unit_of_work)
    sign_in(client, ADDRESS)
    types_a_number(client)
    proves(client, letters)
    assert rows(sa.select(User.phone)) == [f"+86{PHONE}"]
    assert rows(sa.select(User.phone_confirmed_at)) == [None], "it signs nobody in"


def test_a_number_that_another_browser_may_have_typed_goes_and_that_is_said(
    client, unit_of_work, letters, rows, another_browser
):
    make_stranger(unit_of_work, ADDRESS)
    other = another_browser()
    sign_in(other, ADDRESS)
    types_a_number(other)
    post(other, "/logout")
    sign_in(client, ADDRESS)
    post(client, "/account/contact/email", contact=ADDRESS)
    proves(client, letters)
    assert rows(sa.select(User.phone)) == [None]
    assert "个人资料里的手机号" in client.get("/account/security").text


def test_so_does_one_of_an_account_older_than_sessions_are_kept(client, unit_of_work, letters, rows):
    make_stranger(unit_of_work, ADDRESS)
    sign_in(client, ADDRESS)
    types_a_number(client)
    long_ago = sa.update(User).values(created_at=utc_now() - timedelta(days=91))
    unit_of_work.run(lambda session: session.execute(long_ago))
    post(client, "/account/contact/email", contact=ADDRESS)
    proves(client, letters)
    assert rows(sa.select(User.phone)) == [None]


@pytest.fixture
def shop(session):
    opened = open_small_shop(session, now=utc_now())
    session.commit()
    return opened


@pytest.fixture
def stranger(client, shop, unit_of_work):
    """Somebody else's account with the owner's address, in use: an address, an unpaid order, an erasure that waits."""
    person = make_stranger(unit_of_work, ADDRESS, name="冒名", consents=True)
    there = AddressFields("冒名", PHONE, "陕西省", "西安市", "雁塔区", "某街 1 号", is_default=True)
    owner = BasketOwner(user_id=person.id)

    def work(session):
        plan_erasure(session, person.id, now=utc_now())
        add_address(session, person.id, there)
        fill_basket(session, owner, {"tea": 1}, now=shop.now)
        place_order(session, a_wish(shop, owner), now=shop.now)

    unit_of_work.run(work)
    return person


def comes_by_link(browser, unit_of_work):
    _user, token = unit_of_work.run(lambda session: issue_reset_token(session, ADDRESS, now=utc_now()))
    browser.get(f"/reset/new?token={token}")
    fields = {"password": "another quiet ridge", "csrf_token": csrf_token(browser, "/reset/new")}
    browser.post("/reset/new", data=fields)
    return browser.get("/login").text


def test_an_owner_who_comes_by_a_link_finds_nothing_that_a_stranger_began_and_is_told_what_stays(
    client, unit_of_work, stranger, rows, letters
):
    page = comes_by_link(client, unit_of_work)
    for said in ("地址", "对协议的同意", "包括注销", "姓名（冒名）", "1 笔订单（未付款的已取消）"):
        assert said in page
    assert rows(sa.select(Address.id)) == []
    assert rows(sa.select(Order.status)) == [OrderStatus.CANCELLED]
    assert rows(sa.select(PrivacyRequest.status)) == [RequestStatus.WITHDRAWN]
    [letter] = [one for one in letters() if "之前绑在账号上的" in one.subject]
    for said in ("地址", "对协议的同意", "包括注销", "姓名（冒名）", "1 笔订单"):
        assert said in letter.text
    first = sign_in(client, ADDRESS, "another quiet ridge")
    assert first.location.startswith("/consent") or "/account/consent" in first.location
    dates = rows(sa.select(Consent.withdrawn_at))
    assert dates
    assert None not in dates


def test_who_types_the_code_goes_on_with_what_they_began(client, unit_of_work, stranger, rows, letters):
    sign_in(client, ADDRESS)
    post(client, "/account/contact/email", contact=ADDRESS)
    proves(client, letters)
    assert len(rows(sa.select(Address.id))) == 1
    assert rows(sa.select(Order.status)) == [OrderStatus.AWAITING_PAYMENT]
    assert rows(sa.select(PrivacyRequest.status)) == [RequestStatus.WAITING]
    assert set(rows(sa.select(Consent.withdrawn_at))) == {None}


def test_a_link_to_an_account_that_was_proved_before_takes_nothing_away(client, unit_of_work, stranger, rows):
    unit_of_work.run(lambda session: session.execute(sa.update(User).values(confirmed_at=utc_now())))
    comes_by_link(client, unit_of_work)
    assert len(rows(sa.select(Address.id))) == 1
    assert rows(sa.select(Order.status)) == [OrderStatus.AWAITING_PAYMENT]


def test_a_new_browser_is_told_to_an_unconfirmed_address_with_what_to_do_if_it_was_taken(
    client, unit_of_work, another_browser, letters
):
    make_stranger(unit_of_work, ADDRESS)
    known = make_person(unit_of_work, "known@example.com")
    for email in (ADDRESS, known.email):
        for browser in (another_browser(), another_browser()):
            sign_in(browser, email)
            assert is_signed_in(browser)
    said = {one.email: one.text for one in letters() if "登录" in one.subject}
    assert "从没在这里注册过" in said[ADDRESS]
    assert "从没在这里注册过" not in said[known.email]
    assert unit_of_work.run(lambda s: s.scalar(sa.select(sa.func.count(SignInSession.id)))) == 4


def test_a_shop_at_a_bare_address_says_so_of_passkeys_to_everybody(client, unit_of_work, another_browser):
    make_stranger(unit_of_work, ADDRESS)
    known = make_person(unit_of_work, "known@example.com")
    for browser, email in ((client, ADDRESS), (another_browser(), known.email)):
        sign_in(browser, email)
        assert browser.get("/account/passkeys/new").location == "/account/security"
        assert "本店现在用的是 IP 地址" in browser.get("/account/security").text
