"""One form for each address and number."""

from __future__ import annotations

import pytest

from shop.accounts.contacts import email_subject, normalise_email, normalise_phone, readable_phone
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


@pytest.mark.parametrize("typed", ["", "12", "abc", "1" * 30, "+", "--"])
def test_what_is_no_telephone_is_refused(typed):
    with pytest.raises(InvalidInput):
        normalise_phone(typed)


def test_a_number_is_shown_as_it_is_typed_at_home():
    assert readable_phone("+8613800000000").replace(" ", "") == "13800000000"
    assert readable_phone("+442079460000").startswith("+44")
