"""What quotations tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuotationSent:
    """A version went out to the organisation."""

    version_id: int


@dataclass(frozen=True)
class QuotationDeclined:
    """The shop makes no offer; who asked is told why."""

    quotation_id: int
