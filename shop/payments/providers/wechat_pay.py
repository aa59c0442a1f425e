"""WeChat Pay without anybody between: its sheet inside WeChat, its app on other phones, a code on a big screen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from shop.kit.clock import in_shanghai
from shop.kit.references import random_code, token_digest
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.errors import ForgedNotice, ProviderUnavailable, StartRefused
from shop.payments.models import RefundStatus
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
from shop.payments.providers.config import WECHAT, PaymentConfig, WechatConfig
from shop.payments.providers.wallets import LIFETIME, WalletRefused, is_over, title_of
from shop.payments.providers.wechat_api import UNKNOWN, WechatApi
from shop.payments.providers.wechat_words import notice_of, refund_state, transaction_state
from shop.storage.unit_of_work import UnitOfWork

JSAPI, H5, NATIVE = "jsapi", "h5", "native"
# WeChat wants a minute at least: what is refused with less than that left may be tried anew.
TOO_LATE = timedelta(seconds=90)
NONCE_LENGTH = 26


@dataclass(frozen=True)
class WechatPay:
    api: WechatApi
    config: WechatConfig
    notify_url: str
    name: str = WECHAT
    needs_account: bool = False

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        return True

    def scene(self, visit: Visit) -> str | None:
        """The sheet inside WeChat opens for one person only, so another person is another scene."""
        if visit.device is Device.DESKTOP:
            return NATIVE
        if visit.device is Device.PHONE:
            return H5 if self.config.has_h5 else None
        if self.config.app_secret is None:
            return None
        return f"{JSAPI}:{token_digest(visit.payer)[:16]}" if visit.payer else JSAPI

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        return now + LIFETIME

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        scene = self.scene(draft.visit) or NATIVE
        private: dict[str, Any] = {}
        if scene.startswith(JSAPI):
            private = {"payer": {"openid": draft.visit.payer}}
        elif scene == H5:
            private = {"scene_info": {"payer_client_ip": draft.visit.address, "h5_info": {"type": "Wap"}}}
        return {
            "scene": scene,
            "return_url": draft.return_url,
            "body": {
                "appid": self.config.app_id,
                "mchid": self.config.mchid,
                "description": title_of(draft),
                "out_trade_no": draft.reference,
                "time_expire": in_shanghai(draft.expires_at).isoformat(timespec="seconds"),
                "notify_url": self.notify_url,
                "amount": {"total": draft.amount_fen, "currency": "CNY"},
            },
            "private": private,
        }

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        """Send the stored request under our reference, which makes it the same order however often it is sent."""
        expires_at = attempt.expires_at or now + LIFETIME
        answer = attempt.request.get("answer")
        if answer is not None:
            return Started(attempt.reference, None, expires_at, answer)
        kind, _, _ = str(attempt.request["scene"]).partition(":")
        try:
            lead = self.api.create(kind, attempt.request["body"] | attempt.request.get("private", {}))
        except WalletRefused as refused:
            self._prove_absence(attempt, refused)
            raise StartRefused(refused.code, again=now > expires_at - TOO_LATE) from refused
        if kind == H5:
            # Good for five minutes only.
            url = f"{lead}&redirect_url={quote(attempt.request['return_url'], safe='')}"
            return Started(attempt.reference, url, expires_at, keeps_url=False)
        if kind == NATIVE:
            return Started(attempt.reference, None, expires_at, {"code_url": lead})
        call = self.api.signed_call(lead, now, random_code(NONCE_LENGTH))
        return Started(attempt.reference, None, expires_at, {"call": call})

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        transaction = self.api.transaction(attempt.reference)
        has_ended = is_over(attempt.expires_at, now)
        if transaction is None:
            # The stored request says when it ends: after that it can begin nothing any more.
            return ProviderState(AttemptStatus.EXPIRED if has_ended else AttemptStatus.PENDING)
        state = transaction_state(transaction, self.config.fee_bp)
        if state.status is AttemptStatus.PENDING and has_ended:
            return self.close(attempt, now=now)
        return state

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        """An order that WeChat does not know is begun first: once closed, no late request can begin it."""
        try:
            self.api.close(attempt.reference)
        except WalletRefused as refused:
            if refused.code in UNKNOWN:
                return self._close_unheard(attempt, now)
            return self._as_it_is(attempt)
        return ProviderState(AttemptStatus.EXPIRED, provider_ref=attempt.reference)

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        transaction = self.api.transaction(order.attempt.reference)
        if transaction is None:
            return RefundState(RefundStatus.FAILED, failure=Reason.NO_CHARGE)
        body = {
            "out_trade_no": order.attempt.reference,
            "out_refund_no": order.reference,
            "notify_url": self.notify_url,
            "amount": {
                "refund": order.amount_fen,
                "total": transaction["amount"]["total"],
                "currency": "CNY",
            },
        }
        try:
            return refund_state(self.api.refund(body))
        except WalletRefused as refused:
            known = self.api.find_refund(order.reference)
            if known is not None:
                return refund_state(known)
            return RefundState(RefundStatus.FAILED, failure=refused.code.lower())

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        known = self.api.find_refund(order.reference)
        if known is None:
            raise ProviderUnavailable()
        return refund_state(known)

    def news(self, *, now: datetime) -> Sequence[Notice]:
        return ()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        opened = self.api.open_notice(headers, body, now)
        notice = notice_of(*opened, self.config.fee_bp) if opened is not None else None
        if notice is None or opened is None or opened[1].get("mchid") != self.config.mchid:
            raise ForgedNotice()
        return notice

    def _prove_absence(self, attempt: Attempt, refused: WalletRefused) -> None:
        """A refused request has begun nothing; unless an earlier one did, whose answer was lost."""
        if self.api.transaction(attempt.reference) is not None:
            raise ProviderUnavailable() from refused

    def _close_unheard(self, attempt: Attempt, now: datetime) -> ProviderState:
        try:
            self.start(attempt, now=now)
            self.api.close(attempt.reference)
        except StartRefused as refusal:
            return ProviderState(AttemptStatus.FAILED, failure=refusal.reason)
        except WalletRefused:
            return self._as_it_is(attempt)
        return ProviderState(AttemptStatus.EXPIRED, provider_ref=attempt.reference)

    def _as_it_is(self, attempt: Attempt) -> ProviderState:
        """Closing was refused: it is paid, being paid, or closed already."""
        transaction = self.api.transaction(attempt.reference)
        if transaction is None:
            raise ProviderUnavailable()
        return transaction_state(transaction, self.config.fee_bp)


def make(config: PaymentConfig, _unit_of_work: UnitOfWork) -> WechatPay:
    """`config` has a merchant. Raises ValueError without one."""
    if config.wechat is None:
        raise ValueError("no merchant of WeChat Pay")
    return WechatPay(WechatApi(config.wechat), config.wechat, config.notices_to(WECHAT))
