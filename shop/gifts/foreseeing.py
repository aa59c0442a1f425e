"""What would keep a gift from being ordered on account, said before the button is pressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.gifts.models import Gift
from shop.gifts.quoting import GiftQuote
from shop.gifts.submitting import held_fen
from shop.ordering.approvals.asking import approvers_of
from shop.ordering.approvals.spending import Over, limits_beyond


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`over`: limits that it goes beyond. `enough_for`: recipients within what may still be owed; None for all of them."""

    over: tuple[Over, ...] = ()
    somebody_approves: bool = True
    enough_for: int | None = None


def foresee(
    session: Session, gift: Gift, quote: GiftQuote, user_id: int, *, left_fen: int, now: datetime
) -> Foreseen:
    """At most four statements."""
    held = held_fen(session, gift.id)
    total_fen = quote.total_fen + held
    over = limits_beyond(session, gift.organisation_id, user_id, total_fen, now=now)
    approves = bool(approvers_of(session, gift.organisation_id, beside=user_id)) if over else True
    return Foreseen(over, approves, _enough_for(quote, left_fen - held) if total_fen > left_fen else None)


def _enough_for(quote: GiftQuote, left_fen: int) -> int:
    """Whoever is left out: counted at what the dearest of them costs."""
    dearest = max((quote.each_fen(province) for province in quote.by_province), default=0)
    return max(left_fen, 0) // dearest if dearest else 0
