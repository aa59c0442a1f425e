"""Money that a source of outside orders collects: no machine answers. What the team wrote down is the whole truth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.ordering.models import Order
from shop.ordering.outside.models import OUTSIDE
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
from shop.payments.providers.config import PaymentConfig
from shop.storage.unit_of_work import UnitOfWork

# In the stored request of an attempt, once its buyer has paid there: how, and what the source keeps of it.
PAID_HOW: Final = "paid_how"
FEE: Final = "fee_fen"


@dataclass(frozen=True)
class OutsideMoney:
    """Buyers cannot choose it: an attempt is written with the order, and lasts until money is said to have come."""

    name: str = OUTSIDE
    needs_account: bool = False

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        return False

    def scene(self, visit: Visit) -> str | None:
        return None

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        return now

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        return {}

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        raise StartRefused("collected_elsewhere", again=False)

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        """Also when the shop stopped between writing down that money came and confirming the order."""
        if said := attempt.request.get(PAID_HOW):
            return ProviderState(
                AttemptStatus.SUCCEEDED,
                received_fen=attempt.amount_fen,
                fee_fen=attempt.request.get(FEE) or None,
                method=str(said),
            )
        is_over = attempt.expires_at is not None and attempt.expires_at <= now
        return ProviderState(AttemptStatus.EXPIRED if is_over else AttemptStatus.PENDING)

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        said = self.fetch(attempt, now=now)
        return said if said.status is AttemptStatus.SUCCEEDED else ProviderState(AttemptStatus.EXPIRED)

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        """Who collects there gives it back; it stands in the work list until somebody says that this was done."""
        return RefundState(RefundStatus.PENDING)

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        return RefundState(RefundStatus.PENDING)

    def news(self, *, now: datetime) -> Sequence[Notice]:
        return ()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        raise ForgedNotice()


def make(_config: PaymentConfig, _unit_of_work: UnitOfWork) -> OutsideMoney:
    return OutsideMoney()
