from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shop.ordering.access import LINK_LIFETIME, guest_key, opens_order

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
NUMBER, SECRETS = "261123-7KQ2-M9XD", ["new secret", "old secret"]


def test_a_key_opens_its_own_order_until_it_ends():
    key = guest_key(NUMBER, SECRETS, now=NOW)
    assert opens_order(NUMBER, key, SECRETS, now=NOW)
    assert opens_order(NUMBER, key, SECRETS, now=NOW + LINK_LIFETIME - timedelta(hours=1))
    assert not opens_order(NUMBER, key, SECRETS, now=NOW + LINK_LIFETIME)
    assert not opens_order("261123-7KQ2-M9XE", key, SECRETS, now=NOW)


def test_a_key_outlives_a_change_of_the_secret_but_not_its_loss():
    key = guest_key(NUMBER, ["old secret"], now=NOW)
    assert opens_order(NUMBER, key, SECRETS, now=NOW)
    assert not opens_order(NUMBER, key, ["new secret"], now=NOW)


@pytest.mark.parametrize("key", ["", "x", "0" * 32, "é" * 32, "0" * 400])
def test_what_is_no_key_opens_nothing(key):
    assert not opens_order(NUMBER, key, SECRETS, now=NOW)


def test_no_single_changed_character_is_let_through():
    key = guest_key(NUMBER, SECRETS, now=NOW)
    for place, character in enumerate(key):
        other = "0" if character != "0" else "1"
        assert not opens_order(NUMBER, key[:place] + other + key[place + 1 :], SECRETS, now=NOW)
