"""Somebody registers with another person's address: nothing of theirs opens the account once its owner has come to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from shop.accounts.attempts import Origin
from shop.accounts.campus.identities import link_identity
from shop.accounts.campus.models import CampusIdentity, CampusKind, Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.errors import EmailNotProved
from shop.accounts.models import AuditEntry, User
from shop.accounts.passkey_models import Passkey
from shop.accounts.password_resets import issue_reset_token
from shop.accounts.passwords import hash_password
from shop.accounts.registration import register
from shop.kit.clock import utc_now
from shop.storage.outbox import OutboxMessage
from tests.factories.people import PASSWORD, csrf_token, is_signed_in, make_person, post, sign_in
from tests.integration.accounts.keeping_keys import add_key, new_key
from tests.integration.accounts.telephones import code_in

VICTIM, PHONE = "owner@example.com", "+8613912345678"
SENDS_LETTER = f'name="contact" value="{VICTIM}"'
PERSON = CampusPerson(
    provider=Provider.CAS,
    issuer="https://cas",
    subject="20120355",
    kind=CampusKind.STAFF,
    number="20120355",
    name="周",
)


@pytest.fixture
def settings(settings):
    return replace(settings, public_url="http://localhost:8000", sandbox_url="http://127.0.0.1:8000")


@pytest.fixture
def stranger(client, unit_of_work):
    """The browser of somebody who has registered with an address that is not theirs."""
    origin = Origin(address="198.51.100.7", is_campus=False, limited=False)
    facts = {"email": VICTIM, "password_hash": hash_password(PASSWORD), "name": "", "unit_id": None}
    facts |= {"language": "zh", "consents": {}, "origin": origin, "now": utc_now()}
    unit_of_work.run(lambda session: register(session, **facts))
    sign_in(client, VICTIM)
    return client


@pytest.fixture
def user_id(stranger, rows):
    return rows(sa.select(User.id))[0]


@pytest.fixture
def planted(unit_of_work, user_id):
    """What a stranger has tied to it in some way, such as before the shop asked for the proof."""

    def plant(session):
        user = session.get_one(User, user_id)
        user.phone, user.phone_confirmed_at, user.totp_secret = PHONE, utc_now(), "sealed"
        user.totp_confirmed_at, user.recovery_codes = utc_now(), ["digest"]
        key = Passkey(user_id=user_id, credential_id="key", public_key="k", user_handle="h", label="手机",
                      sign_count=0, backed_up=False, created_at=utc_now())  # fmt: skip
        identity = CampusIdentity(provider=Provider.CAS, issuer="https://cas", subject="1", user_id=user_id,
                                  kind=CampusKind.STAFF, linked_at=utc_now(), last_seen_at=utc_now(),
                                  end_reason="")  # fmt: skip
        session.add_all([key, identity])

    unit_of_work.run(plant)


def proves_by_reset(browser, unit_of_work):
    _user, token = unit_of_work.run(lambda session: issue_reset_token(session, VICTIM, now=utc_now()))
    browser.get(f"/reset/new?token={token}")
    fields = {"password": "another quiet ridge", "csrf_token": csrf_token(browser, "/reset/new")}
    return browser.post("/reset/new", data=fields, headers={"Accept-Language": "en"})


@pytest.mark.parametrize(
    "path", ["/account/contact/phone", "/account/passkeys/new", "/account/second-factor"]
)
def test_nothing_is_added_before_the_address_is_confirmed_and_the_page_sends_the_letter(
    stranger, letters, path
):
    assert SENDS_LETTER in stranger.get(path).text
    sent = post(stranger, "/account/contact/email", path, contact=VICTIM)
    assert sent.location == "/account/contact/email/code"
    code = code_in(letters(), VICTIM)
    post(stranger, "/account/contact/email/code", "/account/contact/email/code", code=code)
    assert is_signed_in(stranger), "who has shown that the address is theirs goes on here"
    assert SENDS_LETTER not in stranger.get(path).text


def test_no_form_adds_anything_either(stranger, rows, user_id, unit_of_work, letters):
    at = "/account/contact/email"
    assert post(stranger, "/account/contact/phone", at, contact="13912345678").status_code == 409
    assert post(stranger, "/account/second-factor", at, code="123456").status_code == 409
    assert post(stranger, "/account/passkeys", at).status_code == 409
    asked = {"X-CSRFToken": csrf_token(stranger, at), "Accept": "application/json"}
    assert stranger.post("/account/passkeys/options", headers=asked).status_code == 409
    with pytest.raises(EmailNotProved):
        unit_of_work.run(lambda session: link_identity(session, user_id, PERSON, now=utc_now()).id)
    assert rows(sa.select(CampusIdentity.id)) == []
    assert letters() == []


@pytest.mark.usefixtures("planted")
def test_a_reset_link_drops_all_that_opened_the_account_and_says_what(
    stranger, another_browser, unit_of_work, rows, user_id, letters
):
    owner = another_browser()
    assert proves_by_reset(owner, unit_of_work).status_code == 303
    page = owner.get("/login", headers={"Accept-Language": "en"}).text
    for what in ("mobile number that signed in", "Passkeys", "second factor", "linked campus account"):
        assert what in page
    assert not is_signed_in(stranger)
    user = rows(sa.select(User))[0]
    assert user.confirmed_at is not None
    assert (user.phone, user.phone_confirmed_at, user.totp_secret, user.recovery_codes) == (
        None,
        None,
        None,
        [],
    )
    assert rows(sa.select(Passkey.id)) == rows(sa.select(CampusIdentity.id)) == []
    assert "user.ways_dropped" in rows(sa.select(AuditEntry.action))
    told = [one for one in rows(sa.select(OutboxMessage.payload)) if one["message"] == "ways_dropped"]
    assert [one["facts"]["dropped"] for one in told] == [
        ["phone", "passkeys", "authenticator", "campus", "devices"]
    ]
    post(stranger, "/login/phone", "/login", phone=PHONE)
    post(stranger, "/login/phone/code", "/login/phone/code", code=code_in(letters(), PHONE))
    assert not is_signed_in(stranger), "the number is nobody's now"
    assert sign_in(owner, VICTIM, "another quiet ridge").status_code == 303


@pytest.mark.usefixtures("planted")
def test_the_code_of_a_letter_drops_them_too_but_for_the_browser_that_typed_it(
    stranger, another_browser, rows, letters
):
    elsewhere = another_browser()
    cookie = stranger.get_cookie("session").value
    post(stranger, "/account/contact/email", "/account/contact/email", contact=VICTIM)
    code = code_in(letters(), VICTIM)
    answer = post(stranger, "/account/contact/email/code", "/account/contact/email/code", code=code)
    assert answer.status_code == 303
    assert cookie
    assert is_signed_in(stranger)
    assert not is_signed_in(elsewhere)
    assert rows(sa.select(Passkey.id)) == []
    assert rows(sa.select(User.phone)) == [None]


def test_a_second_proof_drops_nothing(client, another_browser, unit_of_work, rows):
    make_person(unit_of_work, VICTIM)
    sign_in(client, VICTIM)
    assert add_key(client, new_key()).status_code == 303
    proves_by_reset(another_browser(), unit_of_work)
    assert len(rows(sa.select(Passkey.id))) == 1


def test_an_account_that_began_with_a_campus_account_takes_a_number_at_once(
    client, unit_of_work, letters, rows
):
    user_id = make_person(unit_of_work, VICTIM).id
    no_email = sa.update(User).values(email=None, confirmed_at=None)
    sign_in(client, VICTIM)
    unit_of_work.run(lambda session: session.execute(no_email).rowcount)
    post(client, "/account/contact/phone", "/account/contact/phone", contact="13912345678")
    code = code_in(letters(), PHONE)
    post(client, "/account/contact/phone/code", "/account/contact/phone/code", code=code)
    assert rows(sa.select(User.phone).where(User.id == user_id)) == [PHONE]


def test_the_owner_hears_of_a_campus_account_linked_and_unlinked(client, unit_of_work, letters, rows):
    user_id = make_person(unit_of_work, VICTIM).id
    sign_in(client, VICTIM)
    identity_id = unit_of_work.run(lambda session: link_identity(session, user_id, PERSON, now=utc_now()).id)
    assert [one.email for one in letters()] == [VICTIM]
    page = client.get("/account/campus").text
    assert f"/account/campus/links/{identity_id}/remove" in page
    post(client, f"/account/campus/links/{identity_id}/remove", "/account/campus")
    assert [one.email for one in letters()] == [VICTIM]
