"""A passkey as a telephone keeps one: it makes real attestations (of the kind `none`) and real assertions, and lies when
it is told to.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, MAY_BE_COPIED, COPIED, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40


def to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def from_text(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One key for one site. `counts`: whether it counts its uses, as a key of metal does and a copied one does not."""

    origin: str
    rp_id: str
    counts: bool = False
    verifies: bool = True
    copied: bool = True
    count: int = 0
    handle: str = ""
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """Answers `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        length = len(self.credential_id).to_bytes(2)
        data = self._data(HAS_KEY) + bytes(16) + length + self.credential_id + cose
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"]),
            "attestationObject": to_text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._told(response)

    def get(self, options: dict[str, Any]) -> str:
        """Answers `navigator.credentials.get`."""
        data = self._data()
        said = self._client_data("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(from_text(said)).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": said,
            "authenticatorData": to_text(data),
            "signature": to_text(signed),
            "userHandle": self.handle,
        }
        return self._told(response)

    def _data(self, more: int = 0) -> bytes:
        if self.counts:
            self.count += 1
        flags = PRESENT | more | (VERIFIED if self.verifies else 0)
        flags |= MAY_BE_COPIED | COPIED if self.copied else 0
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return to_text(json.dumps(said).encode())

    def _told(self, response: dict[str, Any]) -> str:
        name = to_text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
