"""Demo money: the shop's side of the sandbox. A production refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.kit.money import share
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.errors import ForgedNotice, ProviderUnavailable
from shop.payments.models import RefundStatus
from shop.payments.providers.base import (
    Attempt,
    AttemptStatus,
    Draft,
    Notice,
    ProviderState,
    RefundOrder,
    RefundState,
    Started,
    Visit,
)
from shop.payments.providers.config import SANDBOX, PaymentConfig
from shop.payments.sandbox.models import SandboxSession, TillStatus
from shop.payments.sandbox.notices import SIGNATURE_HEADER, is_signed
from shop.payments.sandbox.till import MoreThanPaid, close_page, give_back, open_page, page_of
from shop.storage.unit_of_work import UnitOfWork

LIFETIME = timedelta(minutes=31)
FEE_BP = 60  # what a domestic provider takes, in hundredths of a percent

_STATUS = {
    TillStatus.OPEN: AttemptStatus.PENDING,
    TillStatus.PROCESSING: AttemptStatus.PENDING,
    TillStatus.PAID: AttemptStatus.SUCCEEDED,
    TillStatus.FAILED: AttemptStatus.FAILED,
    TillStatus.EXPIRED: AttemptStatus.EXPIRED,
}


@dataclass(frozen=True)
class Sandbox:
    """`page_url` is the address under which pages stand; `secrets` sign notices, the first one writes."""

    unit_of_work: UnitOfWork
    page_url: str
    secrets: Sequence[str]
    name: str = SANDBOX
    needs_account: bool = False

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        return True

    def scene(self, visit: Visit) -> str | None:
        return ""

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        return now + LIFETIME

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        return {
            "amount_fen": draft.amount_fen,
            "order_number": draft.order_number,
            "items": [[item.name, item.unit_fen, item.quantity] for item in draft.items],
            "language": draft.language,
            "return_url": draft.return_url,
            "cancel_url": draft.cancel_url,
            "expires_at": int(draft.expires_at.timestamp()),
        }

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        page = self.unit_of_work.run(
            partial(open_page, reference=attempt.reference, request=attempt.request, now=now)
        )
        return Started(page.token, f"{self.page_url}/{page.token}", page.expires_at)

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        return _state(self._ask(partial(page_of, token=self._token(attempt, now), now=now)))

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        return _state(self._ask(partial(close_page, token=self._token(attempt, now), now=now)))

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        give = partial(
            give_back,
            token=order.attempt.provider_ref or "",
            reference=order.reference,
            amount_fen=order.amount_fen,
            now=now,
        )
        try:
            refund = self.unit_of_work.run(give)
        except MoreThanPaid:
            return RefundState(RefundStatus.FAILED, failure=Reason.MORE_THAN_PAID)
        except NotFound:
            return RefundState(RefundStatus.FAILED, failure=Reason.NO_CHARGE)
        return RefundState(RefundStatus.SUCCEEDED, provider_ref=refund.token)

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        return self.refund(order, now=now)

    def news(self, *, now: datetime) -> Sequence[Notice]:
        return ()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        if not is_signed(headers.get(SIGNATURE_HEADER, ""), body, self.secrets, now):
            raise ForgedNotice()
        try:
            return _notice(json.loads(body))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ForgedNotice() from error

    def _ask(self, look: Callable[[Session], SandboxSession]) -> SandboxSession:
        """A page that the sandbox does not know says nothing of its payment."""
        try:
            return self.unit_of_work.run(look)
        except NotFound as error:
            raise ProviderUnavailable() from error

    def _token(self, attempt: Attempt, now: datetime) -> str:
        """The page's token; if its making was never heard of, the page is made now."""
        token = attempt.provider_ref or self.start(attempt, now=now).provider_ref
        if token is None:
            raise ProviderUnavailable()
        return token


def make(config: PaymentConfig, unit_of_work: UnitOfWork) -> Sandbox:
    return Sandbox(unit_of_work, config.sandbox_page_url, tuple(config.sandbox_secrets))


def _notice(facts: Mapping[str, Any]) -> Notice:
    status, amount_fen = _STATUS[TillStatus(facts["status"])], facts["amount_fen"]
    if type(amount_fen) is not int:
        raise TypeError("an amount is whole fen")
    return Notice(
        event_id=str(facts["id"]),
        kind=str(facts["type"]),
        reference=str(facts["reference"]),
        provider_ref=str(facts["token"]),
        state=_said(status, str(facts["token"]), amount_fen),
    )


def _state(page: SandboxSession) -> ProviderState:
    state = _said(_STATUS[page.status], page.token, page.amount_fen)
    return replace(state, is_processing=page.status is TillStatus.PROCESSING)


def _said(status: AttemptStatus, token: str, amount_fen: int) -> ProviderState:
    if status is not AttemptStatus.SUCCEEDED:
        return ProviderState(status, provider_ref=token)
    return ProviderState(
        status,
        received_fen=amount_fen,
        fee_fen=share(amount_fen, FEE_BP, 10_000),
        method=SANDBOX,
        provider_ref=token,
        charge_ref=token,
    )
