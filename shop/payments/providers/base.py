"""What the shop asks of a payment provider, and in which words they talk.

Providers are called outside any transaction with plain facts, and answer with plain facts; none of them touches our
tables of orders and payments. Money is whole fen (minor units); currencies are upper case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.orm import Session

from shop.ordering.models import Order
from shop.payments.models import DisputeStatus, RefundStatus


class AttemptStatus(StrEnum):
    """What a provider says of one attempt. Failed and expired mean: no money, and none can come."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


class Device(StrEnum):
    """What the buyer looks at us with; a phone cannot scan its own screen, and WeChat opens only WeChat Pay."""

    DESKTOP = "desktop"
    PHONE = "phone"
    WECHAT = "wechat"  # the browser inside WeChat


@dataclass(frozen=True)
class Visit:
    """Where a buyer stands who begins to pay. `payer` is a wallet's own name of them, where one was asked for."""

    device: Device = Device.DESKTOP
    address: str = ""
    payer: str = ""


@dataclass(frozen=True)
class Item:
    """One line of what is paid for, in the buyer's language."""

    name: str
    unit_fen: int
    quantity: int


@dataclass(frozen=True)
class Draft:
    """What a new attempt is about; a provider makes its request from it, which is stored before it is sent.

    What stands under `private` in a request is forgotten when the attempt is over.
    """

    reference: str
    order_number: str
    amount_fen: int
    items: tuple[Item, ...]
    language: str
    return_url: str
    cancel_url: str
    expires_at: datetime
    visit: Visit = Visit()


@dataclass(frozen=True)
class Attempt:
    """One stored attempt, as a provider needs to know it."""

    id: int
    order_id: int
    provider: str
    reference: str
    provider_ref: str | None
    charge_ref: str | None
    amount_fen: int
    currency: str
    request: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime | None
    redirect_url: str | None
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Started:
    """The provider has the attempt. Without `redirect_url` the buyer pays by our own page's words.

    `answer` is what our page needs for that; it is kept in the stored request. An address that is good for this
    moment only is not kept: it is asked for again.
    """

    provider_ref: str | None
    redirect_url: str | None
    expires_at: datetime
    answer: Mapping[str, Any] | None = None
    keeps_url: bool = True


@dataclass(frozen=True)
class ProviderState:
    """What a provider says of an attempt now. Unknown parts are None.

    `is_processing`, of a pending one: the buyer has done their part, and the money is on its way.
    """

    status: AttemptStatus
    received_fen: int | None = None
    currency: str = "CNY"
    fee_fen: int | None = None
    method: str = ""
    provider_ref: str | None = None
    charge_ref: str | None = None
    failure: str = ""
    is_processing: bool = False


@dataclass(frozen=True)
class RefundOrder:
    """A refund to be carried out; `tried` when it was sent before and the answer may be lost."""

    id: int
    reference: str
    provider_ref: str | None
    amount_fen: int
    attempt: Attempt
    tried: bool


@dataclass(frozen=True)
class RefundState:
    status: RefundStatus
    provider_ref: str | None = None
    failure: str = ""


@dataclass(frozen=True)
class DisputeState:
    """A buyer's bank asks for money back. `is_withdrawn`: it has it until the dispute is won."""

    provider_ref: str
    status: DisputeStatus
    amount_fen: int
    is_withdrawn: bool
    reason: str = ""
    answer_by: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """What a provider tells by itself: of an attempt, of one of our refunds, of a refund that was made in its own
    pages (`elsewhere_fen`, with its `refund_state`), or of a dispute.

    The attempt is found by our reference, else by the provider's names.
    """

    event_id: str
    kind: str
    reference: str | None = None
    provider_ref: str | None = None
    charge_ref: str | None = None
    state: ProviderState | None = None
    refund_reference: str | None = None
    refund_state: RefundState | None = None
    elsewhere_fen: int | None = None
    dispute: DisputeState | None = None


class Provider(Protocol):
    """Every method but the first four may take seconds and may raise ProviderUnavailable."""

    @property
    def name(self) -> str: ...

    @property
    def needs_account(self) -> bool:
        """Only somebody who is signed in may choose it: it holds goods for days."""

    def can_receive(self, session: Session, sellers: Collection[int]) -> bool:
        """Whether goods of these sellers, by id, can be paid for in one payment. Reads only."""

    def scene(self, visit: Visit) -> str | None:
        """How a buyer pays from there: an attempt goes on only in its own scene. None: not from there."""

    def deadline(self, session: Session, order: Order, now: datetime) -> datetime:
        """Until when a new attempt for this order may be paid; it may lie in the past. Reads only."""

    def draft(self, session: Session, draft: Draft) -> dict[str, Any]:
        """The request to be stored and sent. Reads only; the same draft gives the same request."""

    def start(self, attempt: Attempt, *, now: datetime) -> Started:
        """Begin the stored attempt; beginning twice gives the same. Raises StartRefused, ProviderUnavailable."""

    def fetch(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        """What became of the attempt."""

    def close(self, attempt: Attempt, *, now: datetime) -> ProviderState:
        """End the attempt if it can be ended, and say what it is now: it may have been paid meanwhile."""

    def refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        """Send money back; sending twice sends once. A refusal is a state FAILED with its reason."""

    def fetch_refund(self, order: RefundOrder, *, now: datetime) -> RefundState:
        """What became of the refund."""

    def news(self, *, now: datetime) -> Sequence[Notice]:
        """Refunds made in the provider's own pages, and disputes: what webhooks would have told of late."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        """Verify and read a message. Raises ForgedNotice; never anything else, whatever the bytes are."""


Providers = Mapping[str, Provider]


def provider_named(providers: Providers, name: str) -> Provider | None:
    """Who carries out what a payment's provider stands for: what is behind a colon says only whose hands it is in."""
    return providers.get(name.partition(":")[0])
