"""Calls to Stripe: our own time limits and retries, and answers as plain dictionaries.

The library's retries are off: it would not try again after 429, and would go on after a saved failure.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import stripe
from stripe import RequestsClient, StripeClient
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from shop.payments.errors import ProviderUnavailable

TIME_LIMITS = (3.0, 8.0)  # seconds to connect, and to answer
MOST_TRIES = 3
PATIENCE_SECONDS = 8.0  # after that no further try begins
PAGE = 100
MOST_PAGES = 20
UNKNOWN = "resource_missing"

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class Refused(Exception):
    """Stripe understood and said no: nothing happened."""

    def __init__(self, error: stripe.InvalidRequestError) -> None:
        self.code = error.code or ""
        self.param = error.param or ""
        super().__init__(error.user_message or self.code)


class SavedFailure(ProviderUnavailable):
    """Stripe repeats a failure that it stored under this key: the same request will never succeed."""


class Unanswered(ProviderUnavailable):
    """A question was refused, which says nothing of what was asked after; `reason` is Stripe's word for why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()


class StripeApi:
    def __init__(
        self,
        secret_key: str,
        api_base: str,
        *,
        time_limits: tuple[float, float] = TIME_LIMITS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = StripeClient(
            secret_key,
            base_addresses={"api": api_base},
            max_network_retries=0,
            http_client=RequestsClient(timeout=time_limits),
        )
        self._sleep = sleep

    def create_session(self, request: dict[str, Any], key: str) -> dict[str, Any]:
        return self._post("/v1/checkout/sessions", request, key)

    def session(self, session_id: str) -> dict[str, Any]:
        """A session with its payment, its charge and its fee."""
        expand = ["payment_intent.latest_charge.balance_transaction"]
        return self._get(f"/v1/checkout/sessions/{session_id}", {"expand": expand})

    def expire_session(self, session_id: str) -> dict[str, Any]:
        return self._post(f"/v1/checkout/sessions/{session_id}/expire", {}, None)

    def find_session(self, reference: str, *, since: int) -> dict[str, Any] | None:
        """The session that carries our reference, among those made since that second."""
        listed = self._all("/v1/checkout/sessions", {"created": {"gte": since}})
        return next((one for one in listed if one.get("client_reference_id") == reference), None)

    def create_refund(self, request: dict[str, Any], key: str) -> dict[str, Any]:
        return self._post("/v1/refunds", request, key)

    def refund(self, refund_id: str) -> dict[str, Any]:
        return self._get(f"/v1/refunds/{refund_id}", {})

    def find_refund(self, reference: str, payment_intent: str) -> dict[str, Any] | None:
        """The refund of this payment that carries our reference; a payment that Stripe does not know has none."""
        try:
            listed = self._all("/v1/refunds", {"payment_intent": payment_intent})
        except Unanswered as question:
            if question.reason != UNKNOWN:
                raise
            return None
        return next((one for one in listed if (one.get("metadata") or {}).get("refund") == reference), None)

    def refunds(self, *, since: int) -> list[dict[str, Any]]:
        return self._all("/v1/refunds", {"created": {"gte": since}})

    def disputes(self, *, since: int) -> list[dict[str, Any]]:
        return self._all("/v1/disputes", {"created": {"gte": since}})

    def _all(self, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            page = self._get(path, query | after | {"limit": PAGE})
            found += page["data"]
            if not page["has_more"]:
                break
            after = {"starting_after": page["data"][-1]["id"]}
        return found

    def _get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._call(lambda: self._client.raw_request("get", path, **query).data)
        except Refused as refused:
            raise Unanswered(refused.code) from refused

    def _post(self, path: str, request: dict[str, Any], key: str | None) -> dict[str, Any]:
        options = {"idempotency_key": key} if key else {}
        return self._call(lambda: self._client.raw_request("post", path, **request, **options).data)

    def _call(self, ask: Callable[[], Any]) -> dict[str, Any]:
        """Raises Refused, SavedFailure, or ProviderUnavailable when what Stripe did is not known."""
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=_has_tried_enough,
            wait=wait_random_exponential(multiplier=0.2, max=1.0),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: dict[str, Any] = retrying(ask)
        except stripe.InvalidRequestError as error:
            raise Refused(error) from error
        except stripe.StripeError as error:
            log.warning("stripe: %s, status %s", type(error).__name__, error.http_status)
            if _is_saved(error):
                raise SavedFailure() from error
            raise ProviderUnavailable() from error
        return answer


def _may_pass(error: BaseException) -> bool:
    """Busy, unreachable or broken for a moment; the key makes another try safe."""
    if _is_saved(error):
        return False
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return True
    status = error.http_status if isinstance(error, stripe.APIError) else None
    return status is not None and (status >= 500 or status == 409)


def _is_saved(error: BaseException) -> bool:
    if isinstance(error, stripe.IdempotencyError):
        return True
    headers = (error.headers or {}) if isinstance(error, stripe.StripeError) else {}
    return headers.get("Idempotent-Replayed") == "true"


def _has_tried_enough(state: RetryCallState) -> bool:
    return state.attempt_number >= MOST_TRIES or (state.seconds_since_start or 0.0) >= PATIENCE_SECONDS
