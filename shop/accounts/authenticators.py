"""What a passkey's answer proves: the one file that knows the library, which is loaded with the first answer."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from cbor2 import CBORError
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException

from shop.accounts.errors import PasskeyRefused
from shop.accounts.passkey_challenges import Challenge, to_base64url
from shop.accounts.passkey_site import ALGORITHMS, Answer, NewKey, Site

# Somebody sends any bytes, and the library opens them with several others, each of which refuses in its own way.
_WRONG = (
    WebAuthnException, CBORError, InvalidSignature, UnsupportedAlgorithm, ArithmeticError, AttributeError, LookupError,
    RecursionError, TypeError, ValueError, struct.error,
)  # fmt: skip
_ALGORITHMS = [COSEAlgorithmIdentifier(one) for one in ALGORITHMS]


def judge_new_key(said: Mapping[str, Any], challenge: Challenge, site: Site) -> NewKey:
    """Raises PasskeyRefused."""
    try:
        found = verify_registration_response(
            credential=dict(said),
            expected_challenge=base64url_to_bytes(challenge.value),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except _WRONG as error:
        raise PasskeyRefused() from error
    return NewKey(
        credential_id=to_base64url(found.credential_id),
        public_key=to_base64url(found.credential_public_key),
        sign_count=found.sign_count,
        backed_up=found.credential_backed_up,
    )


def judge_answer(said: Mapping[str, Any], challenge: Challenge, site: Site, public_key: str) -> Answer:
    """Raises PasskeyRefused. Whether the count has grown is judged where it is kept."""
    try:
        found = verify_authentication_response(
            credential=dict(said),
            expected_challenge=base64url_to_bytes(challenge.value),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise PasskeyRefused() from error
    return Answer(sign_count=found.new_sign_count, backed_up=found.credential_backed_up)
