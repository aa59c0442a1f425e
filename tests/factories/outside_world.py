"""What the shop sends out: letters go to a mailbox, the sandbox's webhooks come straight back to the shop."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from shop import jobs
from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.notifications.messages import OUTBOX_KIND
from shop.notifications.sending import Envelope
from tests.fakes.channel import MemoryChannel


class OutsideWorld:
    def __init__(self, app: Flask) -> None:
        self._app = app
        self._mailbox = MemoryChannel()

    @property
    def letters(self) -> list[Envelope]:
        return self._mailbox.envelopes

    @property
    def deliveries(self) -> Mapping[str, jobs.Delivery]:
        """The worker's table, with our mailbox as the way for letters."""
        return {**jobs.DELIVERIES, OUTBOX_KIND: self._deliver}

    def urlopen(self, request: urllib.request.Request, timeout: float) -> Any:
        """Stands for the network. Raises OSError for what the shop does not take, as urllib does."""
        answer = self._app.test_client().open(
            urlsplit(request.full_url).path,
            method=request.get_method(),
            data=request.data,
            headers=dict(request.header_items()),
        )
        if answer.status_code >= 400:
            raise OSError(f"{answer.status_code} {answer.text}")
        return io.BytesIO(answer.data)

    def _deliver(self, message: Any, at: jobs.At) -> None:
        deliver_message(
            message, unit_of_work=at.unit_of_work, settings=at.settings, now=utc_now(), channel=self._mailbox
        )
