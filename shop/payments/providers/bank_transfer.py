"""Bank transfer: no machine answers. Our page says where to and with which words; a person sees the money come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.terms import grants_of_buyer
from shop.delivery.calendar import calendar_from
from shop.delivery.models import Run
from shop.kit.clock import shanghai_date
from shop.ordering.models import Order, OrderLine
from shop.ordering.receiving import receiving_account
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
    Visit,
)
from shop.payments.providers.config import BANK_TRANSFER, PaymentConfig
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class BankTransfer:
    working_days: int
    name: str = BANK_TRANSFER
    needs_account: bool = True

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        # No sellers: the basket of a form that is sent again, whose order is placed already.
        return not sellers or receiving_account(session, sellers) is not None

    def scene(self, visit: Visit) -> str | None:
        return ""

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        """So many working days after the order was placed, however often it was begun; never past the truck's cut-off.

        Who buys for an organisation has as many as its terms say, where these say so.
        """
        last = last_moment(session, order.user_id, order.placed_at, self.working_days)
        cutoff_at = session.scalar(sa.select(Run.cutoff_at).where(Run.id == order.run_id))
        return last if cutoff_at is None else min(last, cutoff_at)

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        """The account as it was said to this buyer, whatever it becomes later."""
        account = receiving_account(session, _sellers_of(session, draft.order_number))
        return asdict(account) if account is not None else {}

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

    def news(self, *, now: datetime) -> Sequence[Notice]:
        return ()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        raise ForgedNotice()


def make(config: PaymentConfig, _unit_of_work: UnitOfWork) -> BankTransfer:
    return BankTransfer(config.bank_transfer_days)


def last_moment(session: Session, user_id: int | None, since: datetime, working_days: int) -> datetime:
    """Until when goods wait for a transfer: by the terms of who buys for an organisation, else so many working days."""
    calendar = calendar_from(session, shanghai_date(since))
    return calendar.end_of_working_day(since, days_to_wait(session, user_id, working_days))


def days_to_wait(session: Session, user_id: int | None, working_days: int) -> int:
    granted = [grant.hold_days for grant in grants_of_buyer(session, user_id) if grant.hold_days]
    return max(granted, default=working_days)


def _sellers_of(session: Session, order_number: str) -> set[int]:
    lines = sa.select(OrderLine.seller_id).join(Order, Order.id == OrderLine.order_id)
    return set(session.scalars(lines.where(Order.number == order_number)))
