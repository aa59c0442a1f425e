"""Setting a new password, by a link or by the old one."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.errors import LinkExpired
from shop.accounts.events import PasswordHow
from shop.accounts.models import PasswordReset, RoleName, User
from shop.accounts.password_resets import (
    _set_password,
    change_password,
    issue_reset_token,
    reset_password,
    whose_reset,
)
from shop.accounts.passwords import hash_password
from shop.kit.clock import utc_now
from shop.kit.references import secret_token
from shop.mailroom import deliver_message
from shop.storage.outbox import OutboxMessage, claim_due
from tests.factories.people import PASSWORD, csrf_token, is_signed_in, make_person, post, sign_in
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.fakes.channel import MemoryChannel

NEW = "seven herons over rice"


@pytest.fixture
def mailbox(app, unit_of_work, settings):
    """Sends what waits in the outbox and returns the letters."""

    def deliver():
        channel = MemoryChannel()
        with app.app_context():
            for message in unit_of_work.run(lambda session: claim_due(session, now=utc_now())):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
        return channel.envelopes

    return deliver


def ask(client, email="buyer@example.com"):
    return client.post("/reset", data={"email": email, "csrf_token": csrf_token(client, "/reset")})


def link_in(envelopes):
    return re.search(r"/reset/new\?token=\S+", envelopes[0].text).group(0)


def set_password(client, link, password=NEW):
    client.get(link)
    return client.post(
        "/reset/new", data={"password": password, "csrf_token": csrf_token(client, "/reset/new")}
    )


def test_a_link_sets_a_new_password_and_ends_every_session(client, another_browser, unit_of_work, mailbox):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    reader = another_browser()
    ask(reader)
    answer = set_password(reader, link_in(mailbox()))
    assert answer.location == "/login"
    assert not is_signed_in(client)
    assert sign_in(another_browser(), "buyer@example.com").status_code == 400
    assert sign_in(another_browser(), "buyer@example.com", NEW).status_code == 303


def test_a_link_works_once(client, another_browser, unit_of_work, mailbox):
    make_person(unit_of_work)
    ask(client)
    link = link_in(mailbox())
    set_password(client, link)
    thief = another_browser()
    thief.get(link)
    assert thief.get("/reset/new").location == "/reset"


def test_a_link_works_for_half_an_hour(client, unit_of_work, mailbox):
    with time_machine.travel(utc_now(), tick=False) as clock:
        make_person(unit_of_work)
        ask(client)
        link = link_in(mailbox())
        clock.shift(timedelta(minutes=31))
        client.get(link)
        assert client.get("/reset/new").location == "/reset"


def eight_uses_win_once(unit_of_work, use_link=reset_password):
    person, now = make_person(unit_of_work, f"{secret_token().lower()}@example.com"), utc_now()
    _, token = unit_of_work.run(lambda session: issue_reset_token(session, person.email, now=now))
    barrier, outcomes = Barrier(8), []

    def use():
        barrier.wait()
        try:
            unit_of_work.run(
                lambda session: use_link(session, token, hash_password(NEW), language="zh", now=now)
            )
            outcomes.append("set")
        except LinkExpired:
            outcomes.append("too late")

    threads = [Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["set"] + ["too late"] * 7


@pytest.mark.race(twin="test_a_link_that_is_looked_at_before_it_is_used_up_is_used_by_several")
def test_of_two_uses_at_once_one_wins(unit_of_work):
    eight_uses_win_once(unit_of_work)


def test_a_link_that_is_looked_at_before_it_is_used_up_is_used_by_several(unit_of_work):
    """The lock on the account and one UPDATE claim the link; here all have looked at it before one uses it."""
    looked = Barrier(8)

    def look_and_use(session, token, password_hash, *, language, now):
        user = session.get_one(User, whose_reset(session, token, now=now))
        looked.wait(timeout=30)
        _set_password(session, user, password_hash, PasswordHow.RESET, now)

    reckless = without_locks(unit_of_work)
    drop_unique(reckless, "audit_entries", "uq_audit_entries_hash")
    drop_unique(reckless, "outbox_messages", "uq_outbox_messages_dedupe_key")
    assert goes_wrong(lambda: eight_uses_win_once(reckless, look_and_use))


def test_neither_outbox_nor_table_holds_the_token(client, unit_of_work, mailbox, session):
    make_person(unit_of_work)
    ask(client)
    token = link_in(mailbox()).split("token=")[1]
    assert len(token) >= 22
    assert token not in str(session.scalars(sa.select(OutboxMessage.payload)).all())
    assert token not in str(session.scalars(sa.select(PasswordReset.token_hash)).all())


def test_the_link_leads_to_the_configured_host_whatever_the_request_said(
    client, unit_of_work, mailbox, settings
):
    make_person(unit_of_work)
    client.post(
        "/reset",
        data={"email": "buyer@example.com", "csrf_token": csrf_token(client, "/reset")},
        headers={"X-Forwarded-Host": "evil.example"},
    )
    text = mailbox()[0].text
    assert f"{settings.public_url}/reset/new?token=" in text
    assert "evil" not in text


def test_nobody_is_written_to_at_an_unknown_address(client, mailbox):
    ask(client, "ghost@example.com")
    assert mailbox() == []


def test_three_requests_a_quarter_of_an_hour_are_enough(client, unit_of_work):
    make_person(unit_of_work)
    assert [ask(client).status_code for _ in range(4)] == [303, 303, 303, 429]


def test_changing_the_password_signs_out_everybody_else(
    client, another_browser, unit_of_work, mailbox, cookies_of
):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    other, thief = another_browser(), another_browser()
    sign_in(other, "buyer@example.com")
    cookies_of(thief, cookies_of(client))
    assert post(client, "/account/password", current=PASSWORD, password=NEW).status_code == 303
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert not is_signed_in(thief)
    assert any("password" in letter.subject or "密码" in letter.subject for letter in mailbox())


def test_the_letter_says_who_is_signed_out_as_it_is(client, another_browser, unit_of_work, mailbox):
    """Whose own change keeps the device on which it was made; the link of a letter keeps none."""
    person = make_person(unit_of_work)
    unit_of_work.run(lambda session: setattr(session.get_one(User, person.id), "language", "en"))
    sign_in(client, "buyer@example.com")
    post(client, "/account/password", current=PASSWORD, password=NEW)
    letter = said(mailbox(), "Your password was changed")
    assert is_signed_in(client)
    assert "The device on which it was done stays signed in; all others were signed out." in letter
    assert "every device" not in letter
    ask(another_browser())
    set_password(another_browser(), link_in(mailbox()), "nine herons over rice")
    letter = said(mailbox(), "Your password was changed")
    assert not is_signed_in(client)
    assert "every device was signed out" in letter
    assert "stays signed in" not in letter


def test_the_letter_of_a_first_password_does_not_call_it_changed(unit_of_work, mailbox):
    person, now = make_person(unit_of_work), utc_now()

    def set_first(session):
        user = session.get_one(User, person.id)
        user.language, user.password_hash = "en", None
        session.flush()
        change_password(session, person.id, hash_password(NEW), now=now)

    unit_of_work.run(set_first)
    letter = said(mailbox(), "A password was set for your account")
    assert "A password was set for your account. The device on which it was done stays signed in" in letter


def said(envelopes, subject):
    """The words of the one letter with this subject, in both of its forms."""
    [letter] = [one for one in envelopes if one.subject == subject]
    assert all(
        " ".join(line.split()) in " ".join(letter.text.split())
        for line in re.findall(r"<p>([^<]+)</p>", letter.html)
    )
    return letter.text


def test_the_old_password_is_needed_to_change_it(client, unit_of_work):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    assert post(client, "/account/password", current="wrong", password=NEW).status_code == 400


@pytest.mark.parametrize(
    "weak", ["short", "password123", "buyer1234", "扶贫超市2026", "aaaaaaaaaaaa", "x" * 300]
)
def test_a_weak_password_is_refused_with_a_word_why(client, unit_of_work, weak):
    make_person(unit_of_work)
    sign_in(client, "buyer@example.com")
    answer = post(client, "/account/password", current=PASSWORD, password=weak)
    assert answer.status_code == 400
    assert 'id="password-error"' in answer.text
    assert weak not in answer.text


@pytest.mark.parametrize(
    ("roles", "least"), [((), 8), ((RoleName.POINT_KEEPER,), 12), ((RoleName.ADMIN,), 12)]
)
def test_the_rule_that_will_be_applied_is_said_before(client, unit_of_work, roles, least):
    """Who has a role of any kind reads 12, on every page where a password is chosen, in both languages."""
    words = {
        "en": f"Please use at least {least} characters, and nothing that is easy to guess",
        "zh": f"至少要 {least} 个字符",
    }
    make_person(unit_of_work, "one@example.com", roles=roles)
    if not roles:
        for language, said in words.items():
            assert said in client.get(f"/register?lang={language}").text
    sign_in(client, "one@example.com")
    for language, said in words.items():
        assert said in client.get(f"/account/security?lang={language}").text
    client.get(f"/reset/new?token={_token_for(unit_of_work, 'one@example.com')}")
    for language, said in words.items():
        assert said in client.get(f"/reset/new?lang={language}").text


def _token_for(unit_of_work, email: str) -> str:
    _user_id, token = unit_of_work.run(lambda session: issue_reset_token(session, email, now=utc_now()))
    return token


def test_staff_need_twelve_characters(client, unit_of_work):
    make_person(unit_of_work, "farmer@example.com", roles=[RoleName.FARMER])
    sign_in(client, "farmer@example.com")
    assert post(client, "/account/password", current=PASSWORD, password="mossy-gate").status_code == 400
