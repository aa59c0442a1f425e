"""What ordering tells the floors above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderPlaced:
    order_id: int
    payment_method: str = ""  # as chosen at checkout


@dataclass(frozen=True)
class OrderConfirmed:
    """Paid by `payment_id`, or accepted on terms (None)."""

    order_id: int
    payment_id: int | None


@dataclass(frozen=True)
class OrderCancelled:
    order_id: int
    was_confirmed: bool


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
class ClaimDecided:
    """The shop said what becomes of a claim; its buyer is told."""

    claim_id: int
    order_id: int
