"""What may be claimed, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shop.ordering.claim_models import ClaimKind
from shop.ordering.claim_rules import EXEMPT, FRESH_OVER, NOT_RECEIVED, SEVEN_DAYS_OVER, why_not

RECEIVED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NEVER = None


def said(kind, *, exempt=False, after=None):
    """The refusal's sentence so long after receipt; nothing was received without `after`."""
    received = RECEIVED if after is not None else NEVER
    now = RECEIVED + (after or timedelta())
    refusal = why_not(kind, exempt=exempt, received_at=received, now=now, fresh_hours=48)
    return refusal.sentence if refusal else None


@pytest.mark.parametrize(
    ("kind", "exempt", "last", "sentence"),
    [
        (ClaimKind.ARRIVED_BAD, True, timedelta(hours=48), FRESH_OVER),
        (ClaimKind.ARRIVED_BAD, False, timedelta(days=7), SEVEN_DAYS_OVER),
        (ClaimKind.MISSING, True, timedelta(days=7), SEVEN_DAYS_OVER),
        (ClaimKind.WRONG, False, timedelta(days=7), SEVEN_DAYS_OVER),
        (ClaimKind.NOT_AS_DESCRIBED, True, timedelta(days=7), SEVEN_DAYS_OVER),
        (ClaimKind.CHANGE_OF_MIND, False, timedelta(days=7), SEVEN_DAYS_OVER),
    ],
)
def test_each_kind_has_its_time(kind, exempt, last, sentence):
    assert said(kind, exempt=exempt, after=timedelta()) is None
    assert said(kind, exempt=exempt, after=last) is None
    assert said(kind, exempt=exempt, after=last + timedelta(seconds=1)) == sentence


def test_a_buyer_who_confirmed_the_exemption_cannot_change_their_mind():
    assert said(ClaimKind.CHANGE_OF_MIND, exempt=True, after=timedelta(hours=1)) == EXEMPT


def test_nobody_sends_back_what_has_not_come_and_what_is_missing_can_be_told_at_once():
    assert said(ClaimKind.CHANGE_OF_MIND) == NOT_RECEIVED
    assert said(ClaimKind.MISSING) is None


def test_the_order_as_a_whole_can_always_be_spoken_of():
    assert said(ClaimKind.OTHER, after=timedelta(days=400)) is None
