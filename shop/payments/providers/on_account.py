"""On account: no machine answers, and no money moves when the order is placed. `terms` accepts the order as a debt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.bank_transfer import BankTransfer
from shop.payments.providers.base import Attempt, AttemptStatus, ProviderState, Visit
from shop.payments.providers.config import PaymentConfig
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class OnAccount(BankTransfer):
    """A bank transfer without an end: a debt stays until it is paid, credited or written off.

    Refunds of what was paid are sent by a person, as with any transfer. It is never begun like the other ways.
    """

    name: str = ON_ACCOUNT

    def scene(self, visit: Visit) -> str | None:
        return None

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        return ProviderState(AttemptStatus.PENDING)

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        return ProviderState(AttemptStatus.PENDING)


def make(config: PaymentConfig, _unit_of_work: UnitOfWork) -> OnAccount:
    return OnAccount(config.bank_transfer_days)
