"""What happened to invoices; ids only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InvoiceToBeWritten:
    """It is about to be written down for these orders, which are locked: who knows that their price is not known yet
    refuses it.
    """

    order_ids: tuple[int, ...]


@dataclass(frozen=True)
class InvoiceIssued:
    invoice_id: int


@dataclass(frozen=True)
class InvoiceRejected:
    """The buyer is told why, and may ask again; `at` tells one rejection from the next."""

    invoice_id: int
    at: str


@dataclass(frozen=True)
class InvoiceReversed:
    """Its red letter was issued; `replaced` when another request waits for what is left."""

    invoice_id: int
    replaced: bool
