"""Bank transfer: no machine answers. Our page says where to and with which words; a person sees the money come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import Seller
from shop.delivery.calendar import calendar_from
from shop.kit.clock import shanghai_date
from shop.ordering.models import Order, OrderLine
from shop.payments.errors import ForgedNotice, StartRefused
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
)

NAME = "bank_transfer"


@dataclass(frozen=True)
class BankTransfer:
    working_days: int
    name: str = NAME

    def deadline(self, session: Session, now: datetime) -> datetime:
        calendar = calendar_from(session, shanghai_date(now))
        return calendar.end_of_working_day(now, self.working_days)

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        """The account as it was said to this buyer, whatever it becomes later."""
        return receiving_account(session, draft.order_number)

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        if not attempt.request.get("number"):
            raise StartRefused("no_bank_account", again=False)
        return Started(provider_ref=None, redirect_url=None, expires_at=attempt.expires_at or now)

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        is_over = attempt.expires_at is not None and attempt.expires_at <= now
        return ProviderState(AttemptStatus.EXPIRED if is_over else AttemptStatus.PENDING)

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        return ProviderState(AttemptStatus.EXPIRED)

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        """A person has to send it: it stands in the work list until they say so."""
        return RefundState(RefundStatus.PENDING)

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        return RefundState(RefundStatus.PENDING)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        raise ForgedNotice()


def receiving_account(session: Session, order_number: str) -> dict[str, Any]:
    """Payee, bank and number: the shop's one account if it has one, else the account of the order's seller."""
    chosen = read_shop_settings(session)
    if chosen.bank_number:
        return {"payee": chosen.bank_payee, "bank": chosen.bank_name, "number": chosen.bank_number}
    seller = session.execute(
        sa.select(Seller.legal_name, Seller.bank_name, Seller.bank_account)
        .join(OrderLine, OrderLine.seller_id == Seller.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.number == order_number, Seller.bank_account != "")
        .order_by(OrderLine.id)
        .limit(1)
    ).first()
    payee, bank, number = seller or ("", "", "")
    return {"payee": payee, "bank": bank, "number": number}
