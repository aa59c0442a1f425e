"""Cards, Alipay and WeChat Pay through Stripe's hosted page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.errors import ForgedNotice, ProviderUnavailable, StartRefused
from shop.payments.models import RefundStatus
from shop.payments.providers.base import (
    Attempt,
    AttemptStatus,
    Draft,
    Item,
    Notice,
    ProviderState,
    RefundOrder,
    RefundState,
    Started,
    Visit,
)
from shop.payments.providers.config import STRIPE, PaymentConfig
from shop.payments.providers.stripe_api import Refused, SavedFailure, StripeApi
from shop.payments.providers.stripe_words import (
    dispute_notice,
    is_signed,
    notice_of,
    read_event,
    refund_news,
    refund_state,
    session_state,
)
from shop.storage.unit_of_work import UnitOfWork

LIFETIME = timedelta(minutes=31)  # Stripe takes no less than 30, counted from when it sees the request
METHODS = ("card", "alipay", "wechat_pay")
# An unheard request is not sent again before this, so that a slow first one has either arrived or is lost.
SETTLING = timedelta(seconds=90)
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
MOST_LINES = 50
REFUNDS_LOOK_BACK = timedelta(days=30)  # so long a buyer's bank may send one back that had arrived
DISPUTES_LOOK_BACK = timedelta(days=120)  # a bank decides within 75 days, and may ask again


@dataclass(frozen=True)
class StripeCheckout:
    api: StripeApi
    webhook_secrets: Sequence[str]
    name: str = STRIPE
    needs_account: bool = False

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        return True

    def scene(self, visit: Visit) -> str | None:
        return ""

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        return now + LIFETIME

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        metadata = {"payment": draft.reference, "order": draft.order_number}
        return {
            "mode": "payment",
            "client_reference_id": draft.reference,
            "line_items": [_line(item) for item in _lines(draft)],
            "allowed_payment_method_types": list(METHODS),
            "payment_method_options": {"wechat_pay": {"client": "web"}},
            "expires_at": int(draft.expires_at.timestamp()),
            "locale": "zh" if draft.language == "zh" else "en",
            "success_url": draft.return_url,
            "cancel_url": draft.cancel_url,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": draft.order_number},
        }

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        """Send the stored request under its key. Any refusal proves that no session exists under it."""
        try:
            session = self.api.create_session(dict(attempt.request), attempt.reference)
        except Refused as refused:
            raise StartRefused(
                f"{refused.param or refused.code}: {refused}", again=refused.param == "expires_at"
            ) from refused
        except SavedFailure as failure:
            # Stripe has finished with this key. Either its session is listed, or there is none.
            known = self._find(attempt)
            if known is None:
                raise StartRefused(Reason.SAVED_FAILURE, again=True) from failure
            session = known
        return Started(
            provider_ref=session["id"],
            redirect_url=session["url"],
            expires_at=attempt.expires_at or now + LIFETIME,
        )

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        session_id = attempt.provider_ref
        if session_id is None:
            known = self._find(attempt)
            if known is not None:
                session_id = known["id"]
            elif now < attempt.created_at + SETTLING:
                return ProviderState(AttemptStatus.PENDING)
            else:
                return self._prove(attempt, now)
        return session_state(self.api.session(session_id))

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        session_id = attempt.provider_ref
        if session_id is None:
            try:
                session_id = self.start(attempt, now=now).provider_ref
            except StartRefused as refusal:
                return ProviderState(AttemptStatus.FAILED, failure=refusal.reason)
        if session_id is None:
            raise ProviderUnavailable()
        try:
            return session_state(self.api.expire_session(session_id))
        except Refused:
            # Only open sessions can be closed: this one is paid, being paid, or over.
            return session_state(self.api.session(session_id))

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        intent = order.attempt.charge_ref or self.fetch(order.attempt, now=now).charge_ref
        if intent is None:
            return RefundState(RefundStatus.FAILED, failure=Reason.NO_CHARGE)
        if order.tried:
            # Keys are forgotten after a day; what carries our reference was sent, whenever that was.
            known = self.api.find_refund(order.reference, intent)
            if known is not None:
                return refund_state(known)
        request = {
            "payment_intent": intent,
            "amount": order.amount_fen,
            "metadata": {"refund": order.reference, "payment": order.attempt.reference},
        }
        try:
            return refund_state(self.api.create_refund(request, order.reference))
        except Refused as refused:
            return RefundState(RefundStatus.FAILED, failure=refused.code or str(refused))
        except SavedFailure:
            known = self.api.find_refund(order.reference, intent)
            if known is None:
                return RefundState(RefundStatus.FAILED, failure=Reason.SAVED_FAILURE)
            return refund_state(known)

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        return refund_state(self.api.refund(order.provider_ref or ""))

    def news(self, *, now: datetime) -> Sequence[Notice]:
        refunds = self.api.refunds(since=int((now - REFUNDS_LOOK_BACK).timestamp()))
        disputes = self.api.disputes(since=int((now - DISPUTES_LOOK_BACK).timestamp()))
        return [*map(refund_news, refunds), *map(dispute_notice, disputes)]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        if not is_signed(headers.get("Stripe-Signature", ""), body, self.webhook_secrets, now):
            raise ForgedNotice()
        event = read_event(body)
        notice = notice_of(event) if event is not None else None
        if notice is None:
            raise ForgedNotice()
        return notice

    def _find(self, attempt: Attempt) -> dict[str, Any] | None:
        since = int((attempt.created_at - CLOCKS_MAY_DIFFER).timestamp())
        return self.api.find_session(attempt.reference, since=since)

    def _prove(self, attempt: Attempt, now: datetime) -> ProviderState:
        """Nothing is listed: the same request under the same key begins the session, or is refused for good."""
        try:
            started = self.start(attempt, now=now)
        except StartRefused as refusal:
            return ProviderState(AttemptStatus.FAILED, failure=refusal.reason)
        return session_state(self.api.session(started.provider_ref or ""))


def make(config: PaymentConfig, _unit_of_work: UnitOfWork) -> StripeCheckout:
    """`config` has a key."""
    api = StripeApi(config.stripe_secret_key or "", config.stripe_api_base)
    return StripeCheckout(api, tuple(config.stripe_webhook_secrets))


def _lines(draft: Draft) -> Sequence[Item]:
    """Line by line while that is readable; the sum is always exactly the order's."""
    whole = sum(item.unit_fen * item.quantity for item in draft.items)
    if whole == draft.amount_fen and 0 < len(draft.items) <= MOST_LINES:
        return draft.items
    return (Item(draft.order_number, draft.amount_fen, 1),)


def _line(item: Item) -> dict[str, Any]:
    return {
        "quantity": item.quantity,
        "price_data": {
            "currency": "cny",
            "unit_amount": item.unit_fen,
            "product_data": {"name": item.name},
        },
    }
