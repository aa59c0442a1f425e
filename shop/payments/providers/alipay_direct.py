"""Alipay without anybody between: its cashier's page on a big screen, its app on phones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.kit.money import plain_yuan
from shop.ordering.models import Order
from shop.payments.errors import ForgedNotice, ProviderUnavailable
from shop.payments.models import RefundStatus
from shop.payments.providers.alipay_api import UNKNOWN, AlipayApi, alipay_time
from shop.payments.providers.alipay_words import notice_of, trade_state
from shop.payments.providers.base import (
    Attempt,
    AttemptStatus,
    Device,
    Draft,
    Notice,
    ProviderState,
    RefundOrder,
    RefundState,
    Started,
    Visit,
)
from shop.payments.providers.config import ALIPAY, AlipayConfig, PaymentConfig
from shop.payments.providers.wallets import LIFETIME, WalletRefused, is_over, title_of
from shop.storage.unit_of_work import UnitOfWork

PAGE, WAP = "page", "wap"

_METHODS = {PAGE: "alipay.trade.page.pay", WAP: "alipay.trade.wap.pay"}
_PRODUCTS = {PAGE: "FAST_INSTANT_TRADE_PAY", WAP: "QUICK_WAP_WAY"}


@dataclass(frozen=True)
class AlipayDirect:
    api: AlipayApi
    config: AlipayConfig
    notify_url: str
    name: str = ALIPAY
    needs_account: bool = False

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        return True

    def scene(self, visit: Visit) -> str | None:
        """WeChat's browser does not open Alipay."""
        return {Device.DESKTOP: PAGE, Device.PHONE: WAP}.get(visit.device)

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        return now + LIFETIME

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        scene = self.scene(draft.visit) or PAGE
        body = {
            "out_trade_no": draft.reference,
            "total_amount": plain_yuan(draft.amount_fen),
            "subject": title_of(draft),
            "product_code": _PRODUCTS[scene],
            "time_expire": alipay_time(draft.expires_at),
        }
        if scene == WAP:
            body["quit_url"] = draft.cancel_url
        return {"scene": scene, "return_url": draft.return_url, "notify_url": self.notify_url, "body": body}

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        """Nothing is sent: the address holds the signed request, and Alipay hears of it when the buyer goes there."""
        request = attempt.request
        url = self.api.page(
            _METHODS[request["scene"]],
            request["body"],
            attempt.created_at,
            return_url=request["return_url"],
            notify_url=request["notify_url"],
        )
        return Started(attempt.reference, url, attempt.expires_at or now + LIFETIME)

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        state = self._state(attempt)
        if not is_over(attempt.expires_at, now):
            return state or ProviderState(AttemptStatus.PENDING)
        if state is None:
            # The buyer never came to it, and its own time is over.
            return ProviderState(AttemptStatus.EXPIRED, provider_ref=attempt.reference)
        return self.close(attempt, now=now) if state.status is AttemptStatus.PENDING else state

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        """A page that nobody has signed in to yet cannot be closed. Should somebody pay there all the same before
        its time is over, the money is late money: it revives its order or goes back in full.
        """
        try:
            self.api.close(attempt.reference)
        except WalletRefused as refused:
            if refused.code != UNKNOWN:
                state = self._state(attempt)
                if state is None:
                    raise ProviderUnavailable() from refused
                return state
        return ProviderState(AttemptStatus.EXPIRED, provider_ref=attempt.reference)

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        """Alipay answers at once. What has moved before it calls no change, and a question makes it sure."""
        content = {
            "out_trade_no": order.attempt.reference,
            "out_request_no": order.reference,
            "refund_amount": plain_yuan(order.amount_fen),
        }
        refusal = ""
        try:
            answer = self.api.refund(content)
        except WalletRefused as refused:
            refusal = refused.code.lower()
        else:
            if answer.get("fund_change") == "Y":
                return RefundState(RefundStatus.SUCCEEDED, provider_ref=order.reference)
        if self.api.find_refund(order.attempt.reference, order.reference) is not None:
            return RefundState(RefundStatus.SUCCEEDED, provider_ref=order.reference)
        if refusal:
            return RefundState(RefundStatus.FAILED, failure=refusal)
        return RefundState(RefundStatus.PENDING, provider_ref=order.reference)

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        """What has not happened is asked for once more under the same name, as Alipay wants it."""
        if self.api.find_refund(order.attempt.reference, order.reference) is not None:
            return RefundState(RefundStatus.SUCCEEDED, provider_ref=order.reference)
        return self.refund(order, now=now)

    def news(self, *, now: datetime) -> Sequence[Notice]:
        return ()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        parts = self.api.open_notice(body)
        is_ours = parts is not None and parts.get("app_id") == self.config.app_id
        notice = notice_of(parts, self.config.fee_bp, now) if parts is not None and is_ours else None
        if notice is None:
            raise ForgedNotice()
        return notice

    def _state(self, attempt: Attempt) -> ProviderState | None:
        trade = self.api.trade(attempt.reference)
        if trade is None:
            return None
        try:
            return trade_state(trade, attempt.reference, self.config.fee_bp)
        except (KeyError, ValueError) as error:
            raise ProviderUnavailable() from error


def make(config: PaymentConfig, _unit_of_work: UnitOfWork) -> AlipayDirect:
    """`config` has an application. Raises ValueError without one."""
    if config.alipay is None:
        raise ValueError("no application of Alipay")
    return AlipayDirect(AlipayApi(config.alipay), config.alipay, config.notices_to(ALIPAY))
