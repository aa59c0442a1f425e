"""A channel that keeps what it is given."""

from __future__ import annotations

from shop.notifications.sending import DeliveryFailed, Envelope


class MemoryChannel:
    """Keeps letters; fails the first `failures` times, as a mail server does."""

    def __init__(self, failures: int = 0) -> None:
        self.envelopes: list[Envelope] = []
        self._failures = failures

    def send(self, envelope: Envelope) -> None:
        if self._failures:
            self._failures -= 1
            raise DeliveryFailed("the service did not take the message")
        self.envelopes.append(envelope)
