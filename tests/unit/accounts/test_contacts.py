"""One form for each address and number."""

from __future__ import annotations

import pytest

from shop.accounts.contacts import (
    NEEDS_MOBILE,
    email_subject,
    normalise_email,
    normalise_mobile,
    normalise_phone,
    readable_phone,
    written_phone,
)
from shop.kit.errors import InvalidInput


@pytest.mark.parametrize("typed", ["Lin@Example.com", " lin@example.com ", "lin@EXAMPLE.COM\u200b"])
def test_one_mailbox_has_one_spelling(typed):
    assert normalise_email(typed) == "lin@example.com"


@pytest.mark.parametrize(
    "typed", ["", "lin", "lin@", "@x.cn", "a b@x.cn", "a@x.cn\r\nBcc: b@x.cn", "x" * 250 + "@x.cn"]
)
def test_what_is_no_mailbox_is_refused(typed):
    with pytest.raises(InvalidInput) as refused:
        normalise_email(typed)
    assert "email" in refused.value.errors


def test_attempts_at_what_is_no_mailbox_are_counted_under_one_name():
    assert email_subject(" NoBody ") == email_subject("nobody")


@pytest.mark.parametrize(
    "typed",
    ["13800000000", "138 0000 0000", "+86 138-0000-0000", "１３８００００００００", "008613800000000"],
)
def test_one_telephone_has_one_spelling(typed):
    assert normalise_phone(typed) == "+8613800000000"


@pytest.mark.parametrize(
    "typed",
    ["", "12", "12345", "95588", "140 0000 0000", "abc", "1" * 30, "+", "--", "138abc00000", "1380000000A"],
)
def test_what_is_no_telephone_is_refused(typed):
    with pytest.raises(InvalidInput):
        normalise_phone(typed)


@pytest.mark.parametrize("typed", ["0915-8412345", "(029) 8820 1234", "400-800-1234", "+86 138 0000 0000"])
def test_a_number_that_people_dial_stays_as_it_was_written(typed):
    assert written_phone(f" {typed} ") == typed


def test_what_nobody_can_dial_is_not_kept_as_a_number():
    for typed in ("call me", "138abc00000", "029"):
        with pytest.raises(InvalidInput):
            written_phone(typed)


@pytest.mark.parametrize("typed", ["029-8820 1234", "400 800 1234"])
def test_a_text_is_sent_to_no_landline(typed):
    assert normalise_phone(typed).startswith("+86")
    with pytest.raises(InvalidInput) as refused:
        normalise_mobile(typed)
    assert refused.value.errors == {"phone": NEEDS_MOBILE}


@pytest.mark.parametrize(
    ("typed", "number"), [("199 0000 0000", "+8619900000000"), ("+852 9123 4567", "+85291234567")]
)
def test_a_text_is_sent_to_mobiles_at_home_and_abroad(typed, number):
    assert normalise_mobile(typed) == number


def test_a_number_is_shown_as_it_is_typed_at_home():
    assert readable_phone("+8613800000000").replace(" ", "") == "13800000000"
    assert readable_phone("+442079460000").startswith("+44")
