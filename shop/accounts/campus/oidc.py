"""OpenID Connect: authorization code with PKCE, state and nonce. Authlib builds and reads what is said; the rules which of
it may be believed stand here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken

from shop.accounts.campus.asking import TIME_LIMITS, Asked
from shop.accounts.campus.config import OidcConfig
from shop.accounts.campus.described import is_complete, kind_said, said
from shop.accounts.campus.errors import SignOnFailed, SignOnRefused, SignOnUnavailable
from shop.accounts.campus.models import Provider
from shop.accounts.campus.oidc_provider import LEEWAY, OidcProvider
from shop.accounts.campus.people import CampusPerson
from shop.kit.clock import utc_now

# What a person answers with a no; everything else is the provider's or our mistake.
_NO: Final = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})
_FRESH: Final = timedelta(minutes=5)  # how long ago "again" may have been

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OidcSignOn:
    config: OidcConfig
    provider: OidcProvider
    back_url: str

    def begin(self, asked: Asked) -> str:
        more = {"prompt": "login", "max_age": "0"} if asked.again else {}
        endpoint = self.provider.endpoint("authorization_endpoint")
        with self._client() as client:
            url, _state = client.create_authorization_url(
                endpoint, state=asked.state, nonce=asked.nonce, code_verifier=asked.verifier, **more
            )
        return str(url)

    def finish(self, sent: Mapping[str, str], asked: Asked) -> CampusPerson:
        self._judge_answer(sent)
        token = self._exchange(sent["code"], asked)
        claims = self._claims(token, asked)
        facts: dict[str, Any] = dict(claims)
        if not is_complete(self.config.fields, facts):
            facts = {**self._userinfo(token, str(claims["sub"])), **facts}
        fields = self.config.fields
        return CampusPerson(
            Provider.OIDC,
            self.config.issuer,
            str(claims["sub"]),
            name=said(fields, "name", facts),
            number=said(fields, "number", facts),
            kind=kind_said(fields, facts),
            unit_code=said(fields, "unit", facts),
            session_key=str(claims.get("sid") or ""),
            id_token=str(token["id_token"]),
        ).tidied()

    def sign_out_url(self, id_token: str, *, back: str) -> str | None:
        endpoint = self.provider.metadata().get("end_session_endpoint")
        if not isinstance(endpoint, str) or not endpoint:
            return None
        asked = {"client_id": self.config.client_id, "post_logout_redirect_uri": back}
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def _judge_answer(self, sent: Mapping[str, str]) -> None:
        if sent.get("iss", self.config.issuer) != self.config.issuer:
            raise _unbelieved("the answer names another issuer")
        error = sent.get("error", "")
        if error in _NO:
            raise SignOnRefused()
        if error == "temporarily_unavailable":
            raise SignOnUnavailable()
        if error or not sent.get("code"):
            raise _unbelieved(f"no code, but {error[:40]!r}")

    def _exchange(self, code: str, asked: Asked) -> Mapping[str, Any]:
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self.provider.endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=asked.verifier,
                    allow_redirects=False,
                    timeout=TIME_LIMITS,
                )
        except OAuthError as error:
            raise _unbelieved(f"no token: {error.error}") from None
        except requests.exceptions.JSONDecodeError:
            raise _unbelieved("an answer that cannot be read") from None
        except requests.RequestException as error:
            log.warning("oidc: the token endpoint: %s", type(error).__name__)
            raise SignOnUnavailable() from None
        if not isinstance(token, Mapping) or not isinstance(token.get("id_token"), str):
            raise _unbelieved("no id token")
        return token

    def _claims(self, token: Mapping[str, Any], asked: Asked) -> CodeIDToken:
        """Signature, issuer, audience, nonce and times, or SignOnFailed."""
        params = {
            "nonce": asked.nonce,
            "client_id": self.config.client_id,
            "access_token": token.get("access_token"),
        }
        claims = self.provider.verified(token["id_token"], CodeIDToken, params=params)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise _unbelieved("no usable subject")
        if asked.again and not self._is_fresh(claims.get("auth_time")):
            raise _unbelieved("not signed in anew")
        return claims

    def _is_fresh(self, auth_time: Any) -> bool:
        if not isinstance(auth_time, (int, float)):
            return False
        return bool(utc_now().timestamp() - auth_time <= (_FRESH + LEEWAY).total_seconds())

    def _userinfo(self, token: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What the provider says of the person besides; nothing where it has no such place or will not say."""
        endpoint = self.provider.metadata().get("userinfo_endpoint")
        access = token.get("access_token")
        if not isinstance(endpoint, str) or not isinstance(access, str):
            return {}
        try:
            answer = self.provider.fetch(endpoint, bearer=access)
        except SignOnFailed:
            return {}  # the person has proved who they are; what is missing an admin can write
        if answer.get("sub") != subject:
            raise _unbelieved("the user info is of somebody else")
        return answer

    def _client(self) -> Any:
        basic = "client_secret_basic"
        known = self.provider.metadata().get("token_endpoint_auth_methods_supported") or [basic]
        return OAuth2Session(
            self.config.client_id,
            self.config.client_secret,
            scope=self.config.scopes,
            redirect_uri=self.back_url,
            code_challenge_method="S256",
            token_endpoint_auth_method=basic if basic in known else "client_secret_post",
            default_timeout=TIME_LIMITS,
        )


def _unbelieved(why: str) -> SignOnFailed:
    log.warning("oidc: %s", why)
    return SignOnFailed()
