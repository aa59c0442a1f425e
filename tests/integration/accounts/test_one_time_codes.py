"""Six digits: one purpose, one browser, five tries, ten minutes, one use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.accounts.attempts import Origin
from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import OneTimeCode
from shop.accounts.one_time_codes import issue_code, use_code
from shop.kit.clock import utc_now

PHONE, BROWSER = "+8613800000000", "a browser's secret"


@pytest.fixture
def now():
    return utc_now()


@pytest.fixture
def issue(session, now):
    def make(
        subject="261122-1", to=PHONE, purpose="find order", browser=BROWSER, address="203.0.113.1", at=now
    ):
        return issue_code(
            session, purpose=purpose, subject=subject, to=to, browser=browser, origin=Origin(address), now=at
        )

    return make


@pytest.fixture
def use(session, now):
    def attempt(code, subject="261122-1", purpose="find order", browser=BROWSER, at=now):
        return use_code(session, code, purpose=purpose, subject=subject, browser=browser, now=at)

    return attempt


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_right_code_is_taken_once(issue, use):
    code = issue()
    assert len(code) == 6
    assert use(code)
    assert not use(code)


def test_full_width_digits_and_blanks_are_forgiven(issue, use):
    code = issue().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert use(f" {code[:3]} {code[3:]} ")


@pytest.mark.parametrize("other", [{"browser": "another"}, {"purpose": "sign in"}, {"subject": "261122-2"}])
def test_another_browser_purpose_or_order_cannot_use_it(issue, use, other):
    assert not use(issue(), **other)


def test_after_five_wrong_tries_the_right_one_is_refused(issue, use):
    code = issue()
    assert not any(use(wrong(code)) for _ in range(5))
    assert not use(code)


def test_after_ten_minutes_it_is_too_old(issue, use, now):
    assert not use(issue(), at=now + timedelta(minutes=10))


def test_a_new_code_ends_the_one_before(issue, use):
    first, second = issue(), issue()
    assert first == second or not use(first)
    assert use(second)


def test_three_codes_a_quarter_of_an_hour_for_a_number(issue, now):
    for number in range(3):
        issue(subject=f"261122-{number}")
    with pytest.raises(TooManyAttempts):
        issue(subject="261122-4", address="203.0.113.2")
    assert issue(at=now + timedelta(minutes=15))


def test_twenty_codes_a_quarter_of_an_hour_for_an_address(issue):
    for number in range(20):
        issue(to=f"+86138000000{number:02}")
    with pytest.raises(TooManyAttempts):
        issue(to="+8613900000000")


def test_the_table_alone_does_not_give_the_code(issue, session):
    code = issue()
    row = session.query(OneTimeCode).one()
    assert code not in (row.code_hash, row.binding, row.subject_hash)
    assert BROWSER not in row.binding
