"""Alipay's trades, refunds and notices in our words. Its money is yuan with two decimals, its time is Shanghai's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shop.kit.clock import SHANGHAI
from shop.kit.money import parse_yuan, share
from shop.payments.models import RefundStatus
from shop.payments.providers.base import AttemptStatus, Notice, ProviderState, RefundState

METHOD = "alipay"
# Alipay repeats a notice for a day.
OLDEST_NOTICE = timedelta(hours=26)

_TRADES = {
    "TRADE_SUCCESS": AttemptStatus.SUCCEEDED,
    "TRADE_FINISHED": AttemptStatus.SUCCEEDED,
    # Nobody paid in time, or everything went back already: no money either way.
    "TRADE_CLOSED": AttemptStatus.EXPIRED,
}


def trade_state(trade: Mapping[str, Any], reference: str, fee_bp: int) -> ProviderState:
    """The fee is what Alipay says, where it says one, else reckoned from the agreed rate. Raises ValueError."""
    status = _TRADES.get(str(trade.get("trade_status")), AttemptStatus.PENDING)
    if status is not AttemptStatus.SUCCEEDED:
        return ProviderState(status, provider_ref=reference)
    received = parse_yuan(str(trade["total_amount"]))
    said_fee = str(trade.get("charge_amount") or "")
    return ProviderState(
        status,
        received_fen=received,
        currency=str(trade.get("trans_currency") or "CNY").upper(),
        fee_fen=parse_yuan(said_fee) if said_fee else share(received, fee_bp, 10_000),
        method=METHOD,
        provider_ref=reference,
        charge_ref=str(trade["trade_no"]),
    )


def notice_of(parts: Mapping[str, str], fee_bp: int, now: datetime) -> Notice | None:
    """What a signed notice says. None: not of Alipay's shape, or older than Alipay would send it."""
    try:
        sent = datetime.strptime(parts["notify_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
        if abs(now - sent) > OLDEST_NOTICE:
            return None
        reference, event_id, kind = parts["out_trade_no"], parts["notify_id"], parts["trade_status"]
        if "refund_fee" in parts and "gmt_refund" in parts:
            return _refund_notice(parts, reference, event_id)
        return Notice(event_id, kind, reference=reference, state=trade_state(parts, reference, fee_bp))
    except (KeyError, ValueError):
        return None


def _refund_notice(parts: Mapping[str, str], reference: str, event_id: str) -> Notice:
    ours = parts.get("out_biz_no") or ""
    # When it is none of ours, it was made in Alipay's merchant pages.
    return Notice(
        event_id,
        f"{parts['trade_status']}.REFUND",
        reference=reference,
        refund_reference=ours,
        refund_state=RefundState(RefundStatus.SUCCEEDED, provider_ref=ours or event_id),
        elsewhere_fen=parse_yuan(parts["refund_fee"]),
    )
