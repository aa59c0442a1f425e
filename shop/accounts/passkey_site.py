"""For which site a passkey is, what a browser is asked for, and what its answer proves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from shop.accounts.passkey_challenges import LIFETIME, Challenge

ALGORITHMS: Final = (-7, -8, -257)  # ES256, EdDSA, RS256: what keys and browsers of today know
_MS: Final = int(LIFETIME.total_seconds()) * 1000


@dataclass(frozen=True, slots=True)
class Site:
    """From PUBLIC_URL, never from what a request says."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewKey:
    credential_id: str
    public_key: str
    sign_count: int
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Answer:
    sign_count: int
    backed_up: bool


def site_of(public_origin: str) -> Site | None:
    """None where the shop stands behind a bare address, or without https: browsers keep no passkey for such a one."""
    parts = urlsplit(public_origin)
    name = parts.hostname or ""
    if parts.scheme != "https" and name != "localhost":
        return None
    return None if _is_address(name) else Site(name, public_origin)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def creation_options(
    site: Site, challenge: Challenge, *, shop: str, account: str, known: Collection[str]
) -> dict[str, Any]:
    """What a browser makes a new key for. `account` stands in its list of keys; `known` are the person's keys."""
    return {
        "rp": {"id": site.rp_id, "name": shop},
        "user": {"id": challenge.handle, "name": account, "displayName": account},
        "challenge": challenge.value,
        "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in ALGORITHMS],
        "excludeCredentials": _named(known),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "timeout": _MS,
    }


def request_options(site: Site, challenge: Challenge, *, known: Collection[str] = ()) -> dict[str, Any]:
    """Any key of this site's, or one of those `known`."""
    return {
        "rpId": site.rp_id,
        "challenge": challenge.value,
        "allowCredentials": _named(known),
        "userVerification": "required",
        "timeout": _MS,
    }


def _named(known: Collection[str]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": one} for one in known]
