"""WeChat Pay's transactions and refunds in our words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.kit.money import share
from shop.payments.models import RefundStatus
from shop.payments.providers.base import AttemptStatus, Notice, ProviderState, RefundState

METHOD = "wechat_pay"

_TRANSACTIONS = {
    "SUCCESS": AttemptStatus.SUCCEEDED,
    "REFUND": AttemptStatus.SUCCEEDED,  # it was paid, and something of it went back since
    "CLOSED": AttemptStatus.EXPIRED,
    "REVOKED": AttemptStatus.EXPIRED,
}
_REFUNDS = {
    "SUCCESS": RefundStatus.SUCCEEDED,
    "CLOSED": RefundStatus.FAILED,
    "PROCESSING": RefundStatus.PENDING,
    # The buyer's bank would not take it. It hangs until somebody helps it on in WeChat's merchant pages.
    "ABNORMAL": RefundStatus.PENDING,
}


def transaction_state(transaction: Mapping[str, Any], fee_bp: int) -> ProviderState:
    """WeChat tells no fee before its monthly bill, so it is reckoned from the agreed rate, as WeChat rounds it."""
    status = _TRANSACTIONS.get(str(transaction["trade_state"]), AttemptStatus.PENDING)
    reference = str(transaction["out_trade_no"])
    if status is not AttemptStatus.SUCCEEDED:
        # USERPAYING: the buyer types the password just now.
        return ProviderState(
            status, provider_ref=reference, is_processing=transaction["trade_state"] == "USERPAYING"
        )
    amount = transaction["amount"]
    received = int(amount["total"])
    return ProviderState(
        status,
        received_fen=received,
        currency=str(amount.get("currency") or "CNY").upper(),
        fee_fen=share(received, fee_bp, 10_000),
        method=METHOD,
        provider_ref=reference,
        charge_ref=str(transaction["transaction_id"]),
    )


def refund_state(refund: Mapping[str, Any]) -> RefundState:
    """Questions say `status`, notices `refund_status`."""
    word = str(refund.get("status") or refund["refund_status"])
    status = _REFUNDS.get(word, RefundStatus.PENDING)
    failure = word.lower() if word in {"CLOSED", "ABNORMAL"} else ""
    return RefundState(status, provider_ref=str(refund["refund_id"]), failure=failure)


def notice_of(event: Mapping[str, Any], thing: Mapping[str, Any], fee_bp: int) -> Notice | None:
    """What a signed notice says. None: not of WeChat Pay's shape."""
    try:
        kind, event_id = str(event["event_type"]), str(event["id"])
        if kind.startswith("TRANSACTION."):
            state = transaction_state(thing, fee_bp)
            return Notice(event_id, kind, reference=str(thing["out_trade_no"]), state=state)
        if kind.startswith("REFUND."):
            ours = str(thing["out_refund_no"])
            # When it is none of ours, it was made in WeChat's merchant pages.
            return Notice(
                event_id,
                kind,
                reference=str(thing["out_trade_no"]),
                refund_reference=ours,
                refund_state=refund_state(thing),
                elsewhere_fen=int(thing["amount"]["refund"]),
            )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return Notice(event_id, kind)
