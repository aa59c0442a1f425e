"""What kinds of work wait for a person, and how one pile of it is described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class Pile(StrEnum):
    """What kind of work it is; in the order in which it is shown."""

    RECALLS = "recalls"  # a coordinator proposes to call a lot back
    RECALL_REFUNDS = "recall_refunds"  # a parcel was called back, and its money has not gone back
    PRICES = "prices"  # a coordinator proposes a lower price
    CLAIMS = "claims"
    CONVERSATIONS = "conversations"  # buyers who wrote and have no answer
    QUOTATIONS = "quotations"  # organisations that wait for an offer, or say that goods are missing
    WEIGHINGS = "weighings"  # what canteens weighed, and nobody there can settle
    CLAIM_REFUNDS = "claim_refunds"  # granted, and the money has not gone back
    REVIEWS = "reviews"  # of buyers, to be looked at before they are shown
    STORIES = "stories"  # a coordinator hands one in, to be published
    PLACES = "places"
    TASKS = "tasks"
    TRUCKS = "trucks"
    PARCELS = "parcels"
    LATE = "late"  # with a courier for too long, or the carrier says that something is wrong
    UNCOLLECTED = "uncollected"
    MONEY = "money"
    RECEIPTS = "receipts"
    TRANSFERS = "transfers"
    DEBTS = "debts"  # organisations on account: second words, and what is overdue
    PAYOUTS = "payouts"  # runs to approve or to pay
    ADVANCES = "advances"  # a repayment to agree to, or money that can go back to the lender
    CASH = "cash"  # a shelf's box that one person has counted, and nobody a second time
    MOVEMENTS = "movements"  # money that moved at the bank outside orders, as one person says
    PROOFS = "proofs"  # paid in cash days ago, and no signed receipt lies there
    PAYEES = "payees"  # owed money, and nobody is named who takes it
    INVOICES = "invoices"
    PRIVACY = "privacy"  # people who ask about their data
    LOTS = "lots"
    CERTIFICATES = "certificates"
    MESSAGES = "messages"
    STOCK = "stock"
    PICTURES = "pictures"


# Who has not the finance permission sees none of these.
FINANCE_PILES: Final = frozenset(
    {
        Pile.CLAIM_REFUNDS,
        Pile.MONEY,
        Pile.RECEIPTS,
        Pile.TRANSFERS,
        Pile.DEBTS,
        Pile.PAYOUTS,
        Pile.ADVANCES,
        Pile.CASH,
        Pile.WEIGHINGS,
        Pile.MOVEMENTS,
        Pile.PROOFS,
        Pile.PAYEES,
        Pile.INVOICES,
    }
)
MOST_SHOWN: Final = 5  # of a pile, on the first page
MOST_LISTED: Final = 500  # of a pile, on its own page


@dataclass(frozen=True)
class Item:
    """One thing. `ref` finds it; `kind` says more within its pile; it began at `since`, or ends on the day `due`.

    `key` tells it from all others of its pile for as long as it waits, where `ref` does not. `owner_id` is who looks
    after it, where its own room knows that.
    """

    ref: str
    text_zh: str
    text_en: str
    kind: str = ""
    detail_zh: str = ""
    detail_en: str = ""
    amount_fen: int | None = None
    since: datetime | None = None
    due: date | None = None
    key: str = ""
    owner_id: int | None = None

    @property
    def mark(self) -> str:
        return self.key or self.ref


@dataclass(frozen=True)
class Waiting:
    """One pile: how many in all, the first few, and the sum where it is money."""

    pile: Pile
    count: int
    items: Sequence[Item] = ()
    amount_fen: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.items)
