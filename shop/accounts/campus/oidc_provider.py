"""An OpenID provider's own facts: where it answers, its keys, and whether a token is really its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import requests
from authlib.oauth2.claims import JWTClaims
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shop.accounts.campus.asking import AGENT, PatientSession
from shop.accounts.campus.config import OidcConfig
from shop.accounts.campus.errors import SignOnFailed, SignOnUnavailable
from shop.kit.clock import utc_now

LEEWAY: Final = timedelta(minutes=2)  # clocks differ
KEPT: Final = timedelta(hours=1)
KEYS_AGAIN_AFTER: Final = timedelta(
    minutes=1
)  # a key that nobody knows makes us look, but not at every token
# Signed with a key that we do not have: nobody who knows the client's secret can write a token.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
LOGGED_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_TOKEN: Final = 20_000

AnyClaims = TypeVar("AnyClaims", bound=JWTClaims)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LogoutWord:
    """What a provider's logout token says: whose sessions, and until when it must not be taken again."""

    jti: str
    subject: str
    session_key: str
    expires_at: datetime


@dataclass
class OidcProvider:
    """Asks once an hour. One for each process; two threads that ask at once do no harm."""

    config: OidcConfig
    _known: dict[str, tuple[Any, datetime]] = field(default_factory=dict, repr=False)

    def metadata(self) -> Mapping[str, Any]:
        """Raises SignOnUnavailable, also for a discovery document that cannot be used."""
        found: Mapping[str, Any] = self._kept("metadata", KEPT, self._discover)
        return found

    def endpoint(self, name: str) -> str:
        url = self.metadata().get(name)
        if not isinstance(url, str):
            log.warning("oidc: the provider has no %s", name)
            raise SignOnUnavailable()
        return url

    def fetch(self, url: str, *, bearer: str = "") -> dict[str, Any]:
        """A JSON object. Raises SignOnUnavailable."""
        headers = {"Accept": "application/json", "User-Agent": AGENT}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        try:
            with PatientSession() as session:
                answer = session.get(url, headers=headers)
            body = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError, RecursionError) as error:
            log.warning("oidc: %s", type(error).__name__)
            raise SignOnUnavailable() from None
        if not isinstance(body, dict):
            log.warning("oidc: an answer that cannot be used, status %s", answer.status_code)
            raise SignOnUnavailable()
        return body

    def verified(self, token: str, claims_of: type[AnyClaims], *, params: Mapping[str, Any]) -> AnyClaims:
        """The claims of a token that this provider signed for us and that is of now. Raises SignOnFailed."""
        if len(token) > LONGEST_TOKEN:
            raise SignOnFailed()
        options: dict[str, Any] = {
            "iss": {"essential": True, "value": self.config.issuer},
            "aud": {"essential": True, "value": self.config.client_id},
            "exp": {"essential": True},
            "iat": {"essential": True},
        }
        try:
            read = self._decoded(token)
            claims: AnyClaims = claims_of(read.claims, read.header, options, dict(params))
            claims.validate(now=int(utc_now().timestamp()), leeway=int(LEEWAY.total_seconds()))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("oidc: a token that cannot be believed: %s", type(error).__name__)
            raise SignOnFailed() from None
        return claims

    def read_logout_token(self, token: str) -> LogoutWord:
        """Raises SignOnFailed for what is none, such as an id token."""
        claims = self.verified(token, JWTClaims, params={})
        events, jti = claims.get("events"), claims.get("jti")
        subject, session_key = claims.get("sub"), claims.get("sid")
        is_whole = isinstance(events, dict) and LOGGED_OUT in events and isinstance(jti, str) and bool(jti)
        names_somebody = any(isinstance(one, str) and one for one in (subject, session_key))
        if not is_whole or not names_somebody or "nonce" in claims:
            log.warning("oidc: a logout token that is none")
            raise SignOnFailed()
        return LogoutWord(
            str(jti),
            str(subject or ""),
            str(session_key or ""),
            datetime.fromtimestamp(int(claims["exp"]), UTC) + LEEWAY,
        )

    def _decoded(self, token: str) -> jwt.Token:
        """With the keys that we have, and once with new ones: a provider may have changed them."""
        try:
            return jwt.decode(token, self._keys(KEPT), ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(token, self._keys(KEYS_AGAIN_AFTER), ALGORITHMS)

    def _keys(self, kept: timedelta) -> KeySet:
        def fetch() -> KeySet:
            body: Any = self.fetch(self.endpoint("jwks_uri"))
            return KeySet.import_key_set(body)

        found: KeySet = self._kept("keys", kept, fetch)
        return found

    def _discover(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = OpenIDProviderMetadata(
            self.fetch(get_well_known_url(self.config.issuer, external=True))
        )
        if found.get("issuer") != self.config.issuer:
            log.warning("oidc: the provider calls itself otherwise than OIDC_ISSUER")
            raise SignOnUnavailable()
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            url = found.get(name)
            if not isinstance(url, str) or not url.startswith(("https://", self._scheme)):
                log.warning("oidc: the provider names no usable %s", name)
                raise SignOnUnavailable()
        return found

    @property
    def _scheme(self) -> str:
        """A provider on this machine, as in tests, speaks as its issuer does."""
        return "http://" if self.config.issuer.startswith("http://") else "https://"

    def _kept(self, name: str, how_long: timedelta, ask: Any) -> Any:
        now = utc_now()
        value, since = self._known.get(name, (None, now - 2 * KEPT))
        if value is None or not timedelta(0) <= now - since < how_long:
            value = ask()
            self._known[name] = (value, now)
        return value
