"""Codes that come by text message and letter, for tests over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.notifications.sending import Envelope
from shop.settings import Settings
from shop.storage.outbox import claim_due
from shop.storage.unit_of_work import UnitOfWork
from tests.fakes.channel import MemoryChannel


def mailbox(app: Flask, unit_of_work: UnitOfWork, settings: Settings) -> Callable[[], list[Envelope]]:
    """What goes out now, in its order."""

    def sent() -> list[Envelope]:
        channel = MemoryChannel()
        with app.test_request_context():
            for message in unit_of_work.run(lambda s: claim_due(s, now=utc_now())):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
        return list(channel.envelopes)

    return sent


def code_in(envelopes: list[Envelope], to: str) -> str:
    """The newest six digits that went to this number or address."""
    said = [
        one.subject for one in envelopes if to in (one.phone, one.email) and re.search(r"\d{6}", one.subject)
    ]
    found = re.search(r"\d{6}", said[-1])
    assert found
    return found[0]
