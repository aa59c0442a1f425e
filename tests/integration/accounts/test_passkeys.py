"""Passkeys: added, used to sign in, as the second factor and instead of the password again, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry, RoleName, User
from shop.accounts.passkey_models import Passkey
from shop.accounts.users import disable_user
from shop.kit.clock import utc_now
from shop.settings import Environment
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token, is_signed_in, make_person, post, sign_in
from tests.integration.accounts.keeping_keys import add_key, ask, enter, new_key, send


@pytest.fixture
def settings(settings):
    """Browsers keep keys for a name, and not for 127.0.0.1."""
    return replace(settings, public_url="http://localhost:8000", sandbox_url="http://127.0.0.1:8000")


@pytest.fixture
def rows(unit_of_work):
    return lambda statement: unit_of_work.run(lambda session: session.scalars(statement).all())


@pytest.fixture
def buyer(client, unit_of_work):
    person = make_person(unit_of_work)
    sign_in(client, person.email)
    return person


@pytest.fixture
def kept(client, buyer):
    """The buyer's key, which the shop knows."""
    key = new_key()
    assert add_key(client, key).status_code == 303
    return key


@pytest.fixture
def actions(rows):
    return lambda: rows(sa.select(AuditEntry.action).order_by(AuditEntry.id))


def test_a_key_is_added_shown_and_signs_in_without_a_password(client, kept, another_browser, actions, rows):
    page = client.get("/account/security", headers={"Accept-Language": "en"}).text
    assert "手机" in page
    assert "Also in your password store" in page
    assert "not used yet" in page
    other = another_browser()
    answer = enter(other, kept, next="/orders")
    assert (answer.status_code, answer.location) == (303, "/orders")
    assert is_signed_in(other)
    assert "last used" in client.get("/account/security", headers={"Accept-Language": "en"}).text
    assert {"passkey.added", "sign_in.by_passkey"} <= set(actions())
    told = rows(sa.select(OutboxMessage.payload))
    assert [one["message"] for one in told] == ["passkey_added", "new_device"]


def test_the_shop_asks_for_a_key_that_knows_its_person_and_tells_it_no_number(client, buyer, kept):
    options = ask(client, "/account/passkeys/options", "/account/passkeys/new")["options"]
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert len(options["user"]["id"]) >= 43
    assert len(options["excludeCredentials"]) == 1, "one device makes one key for one account"
    assert ask(client, "/login/passkey/options", "/account")["options"]["allowCredentials"] == []


LIES = {
    "of another site's page": {"origin": "https://evil.example"},
    "of another port": {"origin": "http://localhost:9000"},
    "of another site": {"rp_id": "evil.example"},
    "of nobody who was looked at": {"verifies": False},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_key_that_lies_is_neither_added_nor_let_in(client, kept, another_browser, lie, rows):
    assert add_key(client, new_key(**lie)).status_code == 400
    assert len(rows(sa.select(Passkey.id))) == 1
    for name, value in lie.items():
        setattr(kept, name, value)
    other = another_browser()
    refused = enter(other, kept)
    assert refused.status_code == 400
    assert not is_signed_in(other)


def test_an_answer_is_taken_once_and_only_in_the_browser_that_asked(kept, another_browser):
    first, second = another_browser(), another_browser()
    said = ask(first, "/login/passkey/options", "/login")
    answer, cookie = kept.get(said["options"]), first.get_cookie("session").value
    assert send(second, "/login/passkey", "/login", answer, said).status_code == 400
    assert send(first, "/login/passkey", "/login", answer, said).status_code == 303
    second.set_cookie("session", cookie)
    replayed = send(second, "/login/passkey", "/login", answer, said)
    assert replayed.status_code == 400
    assert not is_signed_in(second)


def test_an_answer_to_something_else_or_too_late_opens_nothing(client, buyer, kept, another_browser):
    again = ask(client, "/verify/passkey", "/account")
    other = another_browser()
    asked = ask(other, "/login/passkey/options", "/login")
    assert send(other, "/login/passkey", "/login", kept.get(again["options"]), again).status_code == 400
    for forged in ("", "x" * 5000, again["asked"]):
        said = asked | {"asked": forged}
        assert send(other, "/login/passkey", "/login", kept.get(asked["options"]), said).status_code == 400
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        assert send(other, "/login/passkey", "/login", kept.get(asked["options"]), asked).status_code == 400


@pytest.mark.parametrize(
    "answer",
    ["", "null", "[]", "{", "{}", '{"id": 3}', '{"id": "\\u0000", "response": []}', '{"id": "ID", "response": {}}',
     '{"id": "ID", "rawId": "ID", "type": "public-key", "response": {"userHandle": "HANDLE", "signature": "AA"}}'],
)  # fmt: skip
def test_nonsense_is_refused_in_words(kept, another_browser, answer, rows):
    (key_id,), (handle,) = rows(sa.select(Passkey.credential_id)), rows(sa.select(Passkey.user_handle))
    answer = answer.replace("ID", key_id).replace("HANDLE", handle)
    other = another_browser()
    said = ask(other, "/login/passkey/options", "/login")
    refused = send(other, "/login/passkey", "/login", answer, said)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text


def test_a_key_of_somebody_else_is_nobodys_second_factor_and_proves_nothing(
    client, kept, another_browser, unit_of_work
):
    other, key = another_browser(), new_key()
    sign_in(other, make_person(unit_of_work, "other@example.com").email)
    assert add_key(other, key).status_code == 303
    said = ask(client, "/verify/passkey", "/account")
    assert send(client, "/verify", "/account", key.get(said["options"]), said).status_code == 400
    key.handle = kept.handle
    assert enter(another_browser(), key).status_code == 400, "it says that it is another's"
    key.credential_id = kept.credential_id
    assert enter(another_browser(), key).status_code == 400, "it signs with another key"


def test_a_count_of_uses_that_goes_back_is_refused_and_written_down(
    client, buyer, another_browser, actions, rows
):
    key = new_key(counts=True, copied=False)
    add_key(client, key)
    assert enter(another_browser(), key).status_code == 303
    key.count -= 2
    other = another_browser()
    assert enter(other, key).status_code == 400
    assert not is_signed_in(other)
    assert actions()[-1] == "passkey.count_went_back"
    key.count += 5
    assert enter(another_browser(), key).status_code == 303, "the person's own key works on"


def test_who_was_shut_out_is_not_let_in_by_a_key(kept, buyer, another_browser, unit_of_work):
    unit_of_work.run(lambda s: disable_user(s, buyer.id, actor_id=None, now=utc_now()))
    refused = enter(another_browser(), kept)
    assert refused.status_code == 400


def test_keys_are_renamed_and_removed_by_their_person_alone(
    client, kept, another_browser, unit_of_work, rows, actions
):
    (key_id,) = rows(sa.select(Passkey.id))
    other = another_browser()
    sign_in(other, make_person(unit_of_work, "other@example.com").email)
    for step in ("", "/remove"):
        assert post(other, f"/account/passkeys/{key_id}{step}", label="我的").status_code == 404
        assert post(other, f"/account/passkeys/{key_id + 1}{step}", label="我的").status_code == 404
    post(client, f"/account/passkeys/{key_id}", label="  书房  电脑 ")
    assert "书房 电脑" in client.get("/account/security").text
    post(client, f"/account/passkeys/{key_id}", label="")
    assert "书房 电脑" in client.get("/account/security").text
    post(client, f"/account/passkeys/{key_id}/remove")
    assert rows(sa.select(Passkey.id)) == []
    assert enter(another_browser(), kept).status_code == 400
    assert "passkey.removed" in actions()


def test_the_last_way_in_is_never_removed(client, kept, another_browser, unit_of_work, rows):
    (key_id,) = rows(sa.select(Passkey.id))
    nothing_else = sa.update(User).values(password_hash=None)
    unit_of_work.run(partial(Session.execute, statement=nothing_else))
    page = client.post(
        f"/account/passkeys/{key_id}/remove",
        data={"csrf_token": csrf_token(client, "/account")},
        follow_redirects=True,
        headers={"Accept-Language": "en"},
    )
    assert "Nothing else opens your account" in page.text
    assert enter(another_browser(), kept).status_code == 303


def test_after_a_quarter_of_an_hour_a_key_answers_instead_of_the_password(client, kept):
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        page = post(client, "/account/sessions/end-others")
        assert page.status_code == 401
        said = ask(client, "/verify/passkey", "/account")
        done = send(client, "/account/sessions/end-others", "/account", kept.get(said["options"]), said)
        assert done.status_code == 303
        assert post(client, "/account/sessions/end-others").status_code == 303


class TestOfTheTeam:
    @pytest.fixture
    def settings(self, settings):
        return replace(settings, env=Environment.PRODUCTION, payment_methods=("bank_transfer",))

    @pytest.fixture
    def boss(self, client, unit_of_work):
        person = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
        sign_in(client, person.email)
        return person

    def test_a_key_is_a_second_factor_and_comes_with_codes_for_the_day_it_is_lost(
        self, client, boss, another_browser, rows
    ):
        assert client.get("/admin/room").location.startswith("/account/second-factor")
        key = new_key()
        codes = add_key(client, key)
        assert codes.status_code == 200
        assert codes.text.count('<li class="num">') == 10
        assert client.get("/admin/room").text == "inside"
        other = another_browser()
        assert sign_in(other, boss.email).location == "/login/code", (
            "the password alone is not enough any more"
        )
        said = ask(other, "/login/passkey/options", "/login/code")
        assert (
            send(other, "/login/code/passkey", "/login/code", key.get(said["options"]), said).status_code
            == 303
        )
        assert other.get("/admin/room").text == "inside"
        assert enter(another_browser(), key).location == "/admin"
        third = another_browser()
        sign_in(third, boss.email)
        recovery = codes.text.split('<li class="num">')[1].split("<")[0]
        assert post(third, "/login/code", "/login/code", code=recovery, next="").location == "/admin"
        (key_id,) = rows(sa.select(Passkey.id))
        post(client, f"/account/passkeys/{key_id}/remove")
        assert rows(sa.select(Passkey.id)) == [key_id], "the role needs it"

    def test_after_the_password_only_a_key_of_the_same_person_counts(
        self, client, boss, another_browser, unit_of_work
    ):
        add_key(client, new_key())
        buyer, theirs = another_browser(), new_key()
        sign_in(buyer, make_person(unit_of_work).email)
        add_key(buyer, theirs)
        other = another_browser()
        sign_in(other, boss.email)
        said = ask(other, "/login/passkey/options", "/login/code")
        refused = send(other, "/login/code/passkey", "/login/code", theirs.get(said["options"]), said)
        assert refused.status_code == 400
        assert not is_signed_in(other)


def test_an_account_keeps_ten_keys_and_a_known_one_is_not_added_twice(client, kept, buyer, unit_of_work):
    assert add_key(client, kept).status_code == 400

    def more(session: Session) -> None:
        for number in range(9):
            session.add(
                Passkey(
                    user_id=buyer.id, credential_id=f"more-{number}", public_key="x", user_handle="x", label="x",
                    created_at=utc_now(),
                )
            )  # fmt: skip

    unit_of_work.run(more)
    full = add_key(client, new_key())
    assert full.status_code == 400
    assert "10" in full.text


def test_what_asks_a_key_needs_the_token_and_the_own_origin(client, buyer):
    for path in ("/login/passkey/options", "/verify/passkey", "/account/passkeys/options"):
        assert client.post(path).status_code == 400
        foreign = client.post(path, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
    assert client.post("/login/passkey/options", headers={"Accept": "application/json"}).json["detail"]


def test_a_host_that_somebody_names_changes_nothing(client, kept, another_browser):
    other = another_browser()
    said = ask(other, "/login/passkey/options", "/login")
    assert said["options"]["rpId"] == "localhost"
    token = {"X-CSRFToken": csrf_token(other), "Host": "evil.example", "Accept": "application/json"}
    answer = other.post("/login/passkey/options", headers=token)
    assert answer.status_code == 400 or answer.json["options"]["rpId"] == "localhost"


def test_the_page_of_security_asks_as_much_for_one_key_as_for_ten(
    client, kept, buyer, engine, another_browser, unit_of_work
):
    def asked() -> int:
        with counted_statements(engine) as statements:
            assert client.get("/account/security").status_code == 200
        return len(statements)

    asked()
    few = asked()
    for _ in range(3):
        add_key(client, new_key())
        sign_in(another_browser(), buyer.email)
    assert asked() == few <= 16
