"""When a certificate counts: from the day on which it was issued to the day on which it expires, both included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Span:
    """The days of one certificate; None: since ever, or for good."""

    issued_on: date | None
    expires_on: date | None

    def is_to_come(self, today: date) -> bool:
        return self.issued_on is not None and self.issued_on > today

    def is_over(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    def counts(self, today: date) -> bool:
        return not self.is_to_come(today) and not self.is_over(today)


def counts_on(certificate: Any, today: Any) -> sa.ColumnElement[bool]:
    """SQL, as `Span.counts`: `certificate` is the model or the columns of its table, `today` a day or a place for one."""
    return sa.and_(
        sa.or_(certificate.issued_on.is_(None), certificate.issued_on <= today),
        sa.or_(certificate.expires_on.is_(None), certificate.expires_on >= today),
    )


def begins_on(spans: Sequence[Span], today: date) -> date | None:
    """The first day on which one of those that are still to come counts."""
    return min((one.issued_on for one in spans if one.issued_on and one.issued_on > today), default=None)


def ended_on(spans: Sequence[Span]) -> date | None:
    """The last day on which one of them counted."""
    return max((one.expires_on for one in spans if one.expires_on), default=None)
