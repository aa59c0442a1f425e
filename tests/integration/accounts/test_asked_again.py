"""What hurts asks once more who it is, by whichever way the person has."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from passlib.totp import TOTP
from sqlalchemy.orm import Session

from shop.accounts.models import Address, RoleName, User
from shop.kit.clock import utc_now
from shop.web.guards import guards_of
from tests.factories.people import PASSWORD, make_person, post, sign_in
from tests.integration.accounts.telephones import code_in
from tests.integration.accounts.test_phone_sign_in import PHONE, asks, types

WHAT_HURTS = {
    "a refund": (
        "refund_order", "part_refund", "ask_for_part", "refund_recall", "retry_failed_refund", "refund_was_sent",
        "refund_was_resent", "refund_was_sent_instead",
    ),
    "roles and ways in": ("save_roles", "invite", "reset_factor", "disable", "enable", "sign_out"),
    "where money goes": (
        "set_household_payee", "reveal_payee", "close", "approve_payouts", "discard_payouts", "mark_paid", "sent_back",
        "bank_file_paid",
    ),
    "a file with people's data": ("bank_file", "payout_csv", "recall_file", "print_voucher"),
    "the shop's own settings": ("save_settings", "take_again", "new_split_rule", "new_hub_rates"),
}  # fmt: skip
OF_THE_ACCOUNT = (
    "add_passkey", "campus_link", "campus_unlink", "change_contact", "contact", "disable_second_factor",
    "enable_second_factor", "end_one", "end_others", "erase_me", "first_password", "give_contact_code", "new_passkey",
    "new_passkey_options", "new_recovery_codes", "own_copy", "remove_passkey",
    "second_factor", "set_first_password",
)  # fmt: skip


def test_the_routes_that_ask_again_are_these(app):
    asks_again = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if "recently_authenticated" in guards_of(view)
    }
    assert {one for one in asks_again if one.startswith("account.")} == {
        f"account.{one}" for one in OF_THE_ACCOUNT
    }
    wanted = {f"admin.{one}" for names in WHAT_HURTS.values() for one in names}
    assert wanted <= asks_again, sorted(one for one in asks_again if one.startswith("admin."))


@pytest.fixture
def by_phone(client, letters):
    """Somebody with nothing but a telephone, signed in, a quarter of an hour later."""
    asks(client)
    types(client, code_in(letters(), PHONE))
    page = client.get("/login/phone/new").text
    texts = page.split('name="texts"')[1].split('value="')[1].split('"')[0]
    post(client, "/login/phone/new", "/login/phone/new", name="林晓", texts=texts, agree="y")
    with time_machine.travel(utc_now() + timedelta(minutes=16)) as clock:
        yield clock


def test_who_has_only_a_telephone_shows_it_by_a_code_and_what_was_pressed_is_done(
    client, by_phone, letters, another_browser
):
    page = post(client, "/account/sessions/end-others")
    assert page.status_code == 401
    assert "139 **** 5678" in page.text
    assert 'type="password"' not in page.text
    sent = post(client, "/account/sessions/end-others", send_code_again="1")
    assert sent.status_code == 401
    code = code_in(letters(), PHONE)
    wrong = post(client, "/account/sessions/end-others", code_again="000000" if code != "000000" else "1")
    assert wrong.status_code == 401
    assert 'id="code_again-error"' in wrong.text
    assert post(client, "/account/sessions/end-others", code_again=code).status_code == 303
    by_phone.shift(timedelta(minutes=16))
    again = post(client, "/account/sessions/end-others", code_again=code)
    assert again.status_code == 401, "a code works once"


def test_the_code_of_signing_in_proves_nothing_later(client, by_phone, letters, another_browser):
    other = another_browser()
    asks(other)
    assert post(client, "/verify", "/verify", code_again=code_in(letters(), PHONE)).status_code == 400


def test_a_wanted_code_is_limited_as_all_codes_are(client, by_phone):
    answers = [post(client, "/verify", "/verify", send_code_again="1").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_who_proved_it_on_the_way_to_a_copy_is_back_on_the_page_that_gives_it(client, unit_of_work):
    sign_in(client, make_person(unit_of_work).email)
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        here = "/account/privacy"
        assert post(client, f"{here}/copy", here, password_again="wrong").status_code == 401
        proved = post(client, f"{here}/copy", here, password_again=PASSWORD)
        assert (proved.status_code, proved.location) == (303, here)
        assert post(client, f"{here}/copy", here).mimetype == "application/zip"


def test_an_authenticator_stands_in_for_a_password_that_there_is_none_of(client, unit_of_work):
    sign_in(client, make_person(unit_of_work).email)
    page = client.get("/account/second-factor").text
    secret = page.split('<b class="num">')[1].split("<")[0].replace(" ", "")
    offer = page.split('name="offer"')[1].split('value="')[1].split('"')[0]
    totp = TOTP(key=secret, format="base32")
    code = totp.generate(utc_now()).token
    post(client, "/account/second-factor", "/account/second-factor", code=code, offer=offer)
    nothing = sa.update(User).values(password_hash=None)
    unit_of_work.run(partial(Session.execute, statement=nothing))
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert post(client, "/verify", "/verify", password=PASSWORD).status_code == 400
        code = totp.generate(utc_now()).token
        assert (
            post(client, "/verify", "/verify", code_again=code, next="/account/security").status_code == 303
        )
        assert post(client, "/account/sessions/end-others").status_code == 303


def test_a_telephone_is_not_enough_for_who_works_in_the_shop(client, unit_of_work, letters):
    person = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    facts = sa.update(User).values(phone=PHONE, phone_confirmed_at=utc_now())
    unit_of_work.run(partial(Session.execute, statement=facts))
    sign_in(client, person.email)
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        post(client, "/verify", "/verify", send_code_again="1")
        assert letters() == []
        assert post(client, "/verify", "/verify", password=PASSWORD).status_code == 303


def test_a_password_is_set_later_with_an_address_that_was_proved(
    client, by_phone, letters, rows, another_browser
):
    post(client, "/verify", "/verify", send_code_again="1")
    post(client, "/verify", "/verify", code_again=code_in(letters(), PHONE))
    assert client.get("/account/password/first").location == "/account/contact/email"
    post(client, "/account/contact/email", "/account/contact/email", contact="Lin@Example.COM")
    code = code_in(letters(), "lin@example.com")
    assert (
        post(client, "/account/contact/email/code", "/account/contact/email/code", code=code).status_code
        == 303
    )
    (told,) = letters()
    assert told.phone == PHONE, "what was known before hears of it"
    weak = post(client, "/account/password/first", "/account/password/first", password="123")
    assert weak.status_code == 400
    done = post(client, "/account/password/first", "/account/password/first", password="a fine sentence")
    assert done.location == "/account/security"
    assert sign_in(another_browser(), "lin@example.com", "a fine sentence").status_code == 303
    assert client.get("/account/password/first").location == "/account/security", "there is one now"


class TestContacts:
    @pytest.fixture
    def buyer(self, client, unit_of_work):
        person = make_person(unit_of_work)
        sign_in(client, person.email)
        return person

    def change(self, client, letters, kind, contact, to):
        post(client, f"/account/contact/{kind}", f"/account/contact/{kind}", contact=contact)
        path = f"/account/contact/{kind}/code"
        sent = letters()
        return post(client, path, path, code=code_in(sent, to)), sent

    def test_a_proved_number_signs_in_and_is_not_changed_in_passing(self, client, buyer, letters, rows):
        assert self.change(client, letters, "phone", "139 1234 5678", PHONE)[0].status_code == 303
        assert [one.email for one in letters()] == [buyer.email], "a new way in is told"
        post(client, "/account", name="林", phone="13800138000", unit_id="", language="zh")
        assert rows(sa.select(User.phone)) == [PHONE]
        assert 'name="phone"' not in client.get("/account").text
        assert self.change(client, letters, "phone", "13800138000", "+8613800138000")[0].status_code == 303
        assert sorted(one.phone or one.email for one in letters()) == [PHONE, buyer.email]
        post(client, "/logout")
        asks(client, "13800138000")
        assert types(client, code_in(letters(), "+8613800138000")).location == "/"

    def test_an_address_that_is_somebody_elses_gets_no_code_and_its_owner_hears(
        self, client, buyer, letters, unit_of_work, rows
    ):
        make_person(unit_of_work, "other@example.com")
        answer = post(client, "/account/contact/email", "/account/contact/email", contact="other@example.com")
        assert answer.location == "/account/contact/email/code"
        (told,) = letters()
        assert told.email == "other@example.com"
        path = "/account/contact/email/code"
        assert post(client, path, path, code="000000").status_code == 400
        assert sorted(rows(sa.select(User.email))) == [buyer.email, "other@example.com"]

    @pytest.mark.parametrize(
        ("kind", "typed"), [("phone", "029-88200000"), ("email", "nonsense"), ("phone", "")]
    )
    def test_what_is_no_contact_is_said_and_kept(self, client, buyer, kind, typed):
        page = post(client, f"/account/contact/{kind}", f"/account/contact/{kind}", contact=typed)
        assert page.status_code == 400
        assert 'id="contact-error"' in page.text
        assert client.get("/account/contact/pigeon").status_code == 404


def test_a_person_with_nothing_but_a_telephone_uses_every_page_of_the_account(client, by_phone, rows):
    for path in (
        "/account",
        "/account/security",
        "/account/addresses",
        "/account/messages",
        "/orders",
        "/verify",
    ):
        assert client.get(path).status_code == 200, path
    assert rows(sa.select(Address.id)) == []
