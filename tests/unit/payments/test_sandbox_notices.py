"""The sandbox signs what it says, so that the shop takes nobody else's word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shop.payments.sandbox.notices import is_signed, signature

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
AT = int(NOW.timestamp())


def test_its_own_signature_holds_for_five_minutes():
    header = signature(b"{}", "new", AT)
    assert is_signed(header, b"{}", ("new", "old"), NOW)
    assert is_signed(signature(b"{}", "old", AT), b"{}", ("new", "old"), NOW)
    assert not is_signed(header, b"{}", ("new",), NOW + timedelta(minutes=6))
    assert not is_signed(header, b"{ }", ("new",), NOW)
    assert not is_signed(header, b"{}", ("other",), NOW)


@given(st.text(max_size=60), st.binary(max_size=60))
def test_anything_else_is_forged(header, body):
    assert not is_signed(header, body, ("new",), NOW)
