"""Stripe's objects and events in our words."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from shop.ordering.reasons import Reason
from shop.payments.models import DisputeStatus, RefundStatus
from shop.payments.providers.base import AttemptStatus, DisputeState, Notice, ProviderState, RefundState

TOLERANCE_SECONDS = 300

_REFUNDS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_DISPUTES = {
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    # An inquiry that ends, and a dispute that its opener took back, leave the money with us.
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
}
_INQUIRIES = ("warning_", "prevented")  # so begin the states in which the bank has taken nothing


def session_state(session: Mapping[str, Any]) -> ProviderState:
    """What a Checkout session says, with its payment intent expanded or not."""
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, Mapping) else {"id": intent}
    status = _attempt_status(session, intent)
    names = {"provider_ref": session["id"], "charge_ref": intent.get("id")}
    if status is AttemptStatus.SUCCEEDED:
        charge = intent.get("latest_charge")
        charge = charge if isinstance(charge, Mapping) else {}
        details = charge.get("payment_method_details") or {}
        balance = charge.get("balance_transaction")
        return ProviderState(
            status,
            received_fen=intent.get("amount_received") or session["amount_total"],
            currency=str(intent.get("currency") or session["currency"]).upper(),
            fee_fen=balance["fee"] if isinstance(balance, Mapping) else None,
            method=details.get("type") or "",
            **names,
        )
    problem = intent.get("last_payment_error") or {}
    failure = str(problem.get("code") or "") if status is AttemptStatus.FAILED else ""
    # A session that is complete and neither paid nor refused: the buyer's bank is at work.
    is_processing = status is AttemptStatus.PENDING and session["status"] == "complete"
    return ProviderState(status, failure=failure, is_processing=is_processing, **names)


def _attempt_status(session: Mapping[str, Any], intent: Mapping[str, Any]) -> AttemptStatus:
    if session["status"] == "expired":
        return AttemptStatus.EXPIRED
    if session["status"] != "complete":
        return AttemptStatus.PENDING
    if session["payment_status"] == "paid":
        return AttemptStatus.SUCCEEDED
    # Completed but unpaid: the bank is still at work, or it has refused since.
    refused = intent.get("status") in {"requires_payment_method", "canceled"}
    return AttemptStatus.FAILED if refused else AttemptStatus.PENDING


def refund_state(refund: Mapping[str, Any]) -> RefundState:
    status = _REFUNDS.get(str(refund.get("status")), RefundStatus.PENDING)
    failure = str(refund.get("failure_reason") or refund["status"]) if status is RefundStatus.FAILED else ""
    return RefundState(status, provider_ref=refund["id"], failure=failure)


def notice_of(event: Mapping[str, Any]) -> Notice | None:
    """An event whose signature is right; kinds that mean nothing to us come out empty. None: not Stripe's shape."""
    try:
        return _notice(event)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _notice(event: Mapping[str, Any]) -> Notice:
    kind, thing = str(event["type"]), event["data"]["object"]
    notice = Notice(event_id=str(event["id"]), kind=kind)
    if kind.startswith("checkout.session."):
        return _session_notice(notice, thing)
    if thing.get("object") == "refund":
        return _refund_notice(notice, thing)
    if thing.get("object") == "dispute":
        return dispute_notice(thing, notice)
    return notice


def dispute_notice(dispute: Mapping[str, Any], notice: Notice | None = None) -> Notice:
    """From an event, or from a list of disputes, where its own name and state say which news it is."""
    word = str(dispute["status"])
    due = (dispute.get("evidence_details") or {}).get("due_by")
    state = DisputeState(
        provider_ref=dispute["id"],
        status=_DISPUTES.get(word, DisputeStatus.OPEN),
        amount_fen=dispute["amount"],
        is_withdrawn=not word.startswith(_INQUIRIES),
        reason=str(dispute.get("reason") or ""),
        answer_by=datetime.fromtimestamp(due, UTC) if type(due) is int else None,
    )
    known = notice or Notice(f"{dispute['id']}:{word}", "dispute")
    return replace(known, charge_ref=dispute.get("payment_intent"), dispute=state)


def _session_notice(notice: Notice, session: Mapping[str, Any]) -> Notice:
    state = session_state(session)
    if notice.kind == "checkout.session.async_payment_failed":
        state = ProviderState(
            AttemptStatus.FAILED,
            provider_ref=state.provider_ref,
            charge_ref=state.charge_ref,
            failure=Reason.ASYNC_PAYMENT_FAILED,
        )
    return Notice(
        notice.event_id,
        notice.kind,
        reference=session.get("client_reference_id"),
        provider_ref=session["id"],
        state=state,
    )


def _refund_notice(notice: Notice, refund: Mapping[str, Any]) -> Notice:
    ours = (refund.get("metadata") or {}).get("refund")
    if ours:
        return Notice(notice.event_id, notice.kind, refund_reference=ours, refund_state=refund_state(refund))
    # Somebody refunded in Stripe's own dashboard.
    return Notice(
        notice.event_id,
        notice.kind,
        charge_ref=refund.get("payment_intent"),
        refund_state=refund_state(refund),
        elsewhere_fen=refund.get("amount"),
    )


def refund_news(refund: Mapping[str, Any]) -> Notice:
    """From a list of refunds."""
    return _refund_notice(Notice(f"{refund['id']}:{refund.get('status')}", "refund"), refund)


def is_signed(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Whether a `Stripe-Signature` fits the very bytes, under any of our secrets, and is not old.

    As the library's own check, but over bytes, for several secrets, and deaf to whatever a stranger writes.
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if not header.isascii() or len(moments) != 1 or not moments[0].isdigit() or len(moments[0]) > 12:
        return False
    signed = moments[0].encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, sha256).hexdigest() for secret in secrets]
    matches = [hmac.compare_digest(one, other) for one in given for other in expected]
    return any(matches) and now.timestamp() - int(moments[0]) <= TOLERANCE_SECONDS


def read_event(body: bytes) -> dict[str, Any] | None:
    """The signed bytes as an event; None when they are none."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_event = isinstance(event, dict) and event.get("object") == "event"
    return event if is_event and isinstance(event.get("data"), dict) else None
