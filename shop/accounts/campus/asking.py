"""What every provider is asked in one form, and how we speak to them: with patience that ends, and following nobody elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests

from shop.accounts.campus.people import CampusPerson

TIME_LIMITS: Final = (3.0, 8.0)  # seconds to connect, and to answer
AGENT: Final = "village-shop"


@dataclass(frozen=True)
class Asked:
    """One signing-in that a browser began; the browser holds it until the provider sends it back.

    `again`: the person is signed in here and has to prove it anew; `inside`: the browser is WeCom's own.
    """

    state: str
    nonce: str
    verifier: str
    again: bool = False
    inside: bool = False


class SignOn(Protocol):
    """A provider. Every method but `begin` of some may ask over the network: never inside a transaction."""

    def begin(self, asked: Asked) -> str:
        """Where to send the browser. Raises SignOnUnavailable."""
        ...

    def finish(self, sent: Mapping[str, str], asked: Asked) -> CampusPerson:
        """Who it is, by what the browser brought back, verified with the provider. Raises SignOnFailed."""
        ...

    def sign_out_url(self, id_token: str, *, back: str) -> str | None:
        """Where to send the browser so that it is signed out there too; None where there is no such place."""
        ...


class PatientSession(requests.Session):
    """Every request of it has the same limits, whatever a library forgets."""

    def request(self, method: Any, url: Any, *args: Any, **words: Any) -> requests.Response:
        words.update(timeout=TIME_LIMITS, allow_redirects=False)
        return super().request(method, url, *args, **words)
