"""How letters leave."""

from __future__ import annotations

from io import StringIO

import apprise
import pytest

from shop.notifications.channels import AppriseChannel, ConsoleChannel
from shop.notifications.sending import DeliveryFailed, Envelope
from shop.storage.outbox import PermanentFailure

BOTH = Envelope("lin+tea@example.com", "+8613800000000", "Subject", "text", "<p>text</p>", "short")


@pytest.fixture
def sent(monkeypatch):
    """What Apprise is asked to send."""
    calls = []

    class Service:
        answer = True

        def __init__(self):
            self.urls = []

        def add(self, url):
            self.urls.append(url)
            return not url.startswith("bad")

        def notify(self, **what):
            calls.append((self.urls, what))
            return Service.answer

    monkeypatch.setattr(apprise, "Apprise", Service)
    return calls, Service


def test_the_console_shows_the_letter():
    stream = StringIO()
    ConsoleChannel(stream).send(BOTH)
    assert stream.getvalue() == "--- to lin+tea@example.com: Subject\ntext\n---\n"


def test_mail_comes_first_and_the_address_is_quoted(sent):
    AppriseChannel(["mailtos://shop.example?to={email}", "sns://x/{phone}"]).send(BOTH)
    ((urls, what),) = sent[0]
    assert urls == ["mailtos://shop.example?to=lin%2Btea%40example.com"]
    assert what["body"] == "<p>text</p>"


def test_a_telephone_gets_the_short_text(sent):
    AppriseChannel(["mailtos://x?to={email}", "sns://x/{phone}"]).send(
        Envelope(None, "+8613800000000", "Subject", "text", "<p>", "short")
    )
    ((urls, what),) = sent[0]
    assert urls == ["sns://x/%2B8613800000000"]
    assert what["body"] == "short"


def test_nobody_can_be_reached_without_an_address(sent):
    with pytest.raises(PermanentFailure):
        AppriseChannel(["sns://x/{phone}"]).send(Envelope("a@example.com", None, "s", "t", "h", "short"))
    with pytest.raises(PermanentFailure):
        AppriseChannel(["bad://{email}"]).send(BOTH)


def test_a_service_that_says_no_is_asked_again(sent):
    sent[1].answer = False
    with pytest.raises(DeliveryFailed):
        AppriseChannel(["mailtos://x?to={email}"]).send(BOTH)
