"""What ordering tells the floors above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OrderPlaced:
    order_id: int
    payment_method: str = ""  # as chosen at checkout
    is_of_gift: bool = False


@dataclass(frozen=True)
class OrderConfirmed:
    """Paid by `payment_id`, or accepted on terms (None)."""

    order_id: int
    payment_id: int | None


@dataclass(frozen=True)
class OrderCompleted:
    """The buyer has everything, and said so or said nothing for long."""

    order_id: int


@dataclass(frozen=True)
class OrderCancelled:
    order_id: int
    was_confirmed: bool


@dataclass(frozen=True)
class LotCalledBack:
    """Its village, and the keepers of what stands at pickup points, are told."""

    recall_id: int


@dataclass(frozen=True)
class RecallLifted:
    """The goods of a recalled lot are good after all."""

    recall_id: int


@dataclass(frozen=True)
class UnitsClosed:
    """Units that nobody has left a confirmed order: their price goes back to the buyer."""

    order_id: int
    allocation_ids: tuple[int, ...]
    reason: str
    actor_id: int | None


@dataclass(frozen=True)
class OrderRedirected:
    """It goes elsewhere than it was ordered to; `back_fen` of its freight goes back to the buyer."""

    order_id: int
    change_id: int
    back_fen: int
    actor_id: int | None
    at: datetime


@dataclass(frozen=True)
class RestCalledOff:
    """All of the price of a partly sent order goes back: what has not left is not prepared any more."""

    order_id: int
    at: datetime


@dataclass(frozen=True)
class OrderGivenUp:
    """Nobody has anything of a confirmed order, and its buyer wants the money back, or said nothing."""

    order_id: int
    reason: str
    actor_id: int | None


@dataclass(frozen=True)
class SubstituteTaken:
    """The buyer takes other goods, which are so much cheaper; the shop bears what goes back."""

    order_id: int
    allocation_id: int  # of the units that nobody had
    amount_fen: int
    actor_id: int | None


@dataclass(frozen=True)
class ClaimOpened:
    claim_id: int
    order_id: int


@dataclass(frozen=True)
class ClaimDecided:
    """The shop said what becomes of a claim; its buyer is told."""

    claim_id: int
    order_id: int


@dataclass(frozen=True)
class UnitsNotReceived:
    """Units by order line that the buyer's acceptance says are missing, and the shop agrees: their price goes back.

    `bearer` names one of the bearers of a refund; `token` makes one refund of it.
    """

    order_id: int
    units: tuple[tuple[int, int], ...]
    bearer: str
    reason: str
    token: str
    actor_id: int
    at: datetime


@dataclass(frozen=True)
class OrdersOnTermsWanted:
    """Several orders are about to be placed on an organisation's terms: so much in fen, all of them together.

    `is_approved`: somebody agreed to what goes beyond a limit, or is asked to before anything is placed.
    """

    organisation_id: int
    user_id: int
    total_fen: int
    at: datetime
    is_approved: bool = False


@dataclass(frozen=True)
class OneInvoiceWanted:
    """An organisation bought several orders as one: each seller is asked for one invoice over all that are its.

    `beside_id`: they join the request that waits for this order, where there is one.
    """

    order_ids: tuple[int, ...]
    organisation_id: int
    user_id: int | None
    at: datetime
    beside_id: int | None = None


@dataclass(frozen=True)
class OrderOnTermsWanted:
    """An order that was placed for an organisation is to be accepted on its terms. `is_approved`: with others, as a whole."""

    order_id: int
    organisation_id: int
    at: datetime
    is_approved: bool = False


@dataclass(frozen=True)
class GiftTransferWanted:
    """The orders of a gift are about to be placed and paid by one transfer, so much in fen, before anything leaves.

    `sellers` are those of its goods; `hold_days`: working days for which goods wait for the money, where the
    organisation has none of its own.
    """

    gift_id: int
    organisation_id: int
    user_id: int
    title: str
    sellers: tuple[int, ...]
    hold_days: int
    at: datetime


@dataclass(frozen=True)
class OrderByGiftTransferWanted:
    """An order of a gift was placed, and waits for the transfer that pays all of it."""

    order_id: int
    gift_id: int
    at: datetime
