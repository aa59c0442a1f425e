"""Text messages through a provider over HTTP."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import requests

from shop.kit.clock import utc_now
from shop.notifications.channels import AppriseChannel
from shop.notifications.sending import DeliveryFailed, Envelope
from shop.notifications.sms_provider import HttpTexts, SmsConfig
from shop.notifications.sms_signatures import HEADER, is_sms_signed
from shop.storage.outbox import PermanentFailure

CONFIG = SmsConfig("https://sms.example/send", "the key", ("new secret", "old secret"))


@pytest.fixture
def provider(monkeypatch):
    """Answers what it is told to; `asked` holds the requests."""
    state = SimpleNamespace(status=200, asked=[], error=None)

    def post(url, **how):
        state.asked.append((url, how))
        if state.error:
            raise state.error
        return SimpleNamespace(status_code=state.status)

    monkeypatch.setattr(requests, "post", post)
    return state


def test_a_message_is_signed_and_carries_our_name_for_it(provider):
    HttpTexts(CONFIG).send_text("+8613912345678", "备货", "k1")
    ((url, how),) = provider.asked
    assert url == CONFIG.url
    assert json.loads(how["data"]) == {"id": "k1", "to": "+8613912345678", "text": "备货"}
    assert how["headers"]["Idempotency-Key"] == "k1"
    assert how["headers"]["Authorization"] == "Bearer the key"
    assert is_sms_signed(how["headers"][HEADER], how["data"], ["new secret"], now=utc_now())
    assert not is_sms_signed(how["headers"][HEADER], how["data"] + b" ", ["new secret"], now=utc_now())
    assert how["allow_redirects"] is False


@pytest.mark.parametrize(("status", "error"), [(400, PermanentFailure), (404, PermanentFailure), (302, DeliveryFailed),
                                               (408, DeliveryFailed), (429, DeliveryFailed), (500, DeliveryFailed), (503, DeliveryFailed)])  # fmt: skip
def test_what_can_never_work_is_told_from_what_may_work_later(provider, status, error):
    provider.status = status
    with pytest.raises(error) as refused:
        HttpTexts(CONFIG).send_text("+8613912345678", "备货", "k1")
    assert "139" not in str(refused.value)


def test_a_message_that_the_provider_has_already_is_sent(provider):
    provider.status = 409
    HttpTexts(CONFIG).send_text("+8613912345678", "备货", "k1")


def test_a_provider_that_cannot_be_reached_is_asked_again_and_named_only_by_its_error(provider):
    provider.error = requests.ConnectionError("https://sms.example/send?phone=+8613912345678")
    with pytest.raises(DeliveryFailed) as refused:
        HttpTexts(CONFIG).send_text("+8613912345678", "备货", "k1")
    assert "139" not in str(refused.value)


def test_mail_still_comes_first_and_telephones_go_through_the_provider(provider):
    channel = AppriseChannel(["mailtos://x?to={email}"], HttpTexts(CONFIG))
    channel.send(Envelope(None, "+8613912345678", "s", "t", "", "short", "k2"))
    assert json.loads(provider.asked[0][1]["data"])["text"] == "short"
