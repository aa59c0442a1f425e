"""Prices for a time: who may propose, set, approve and end one; `running_prices` follows the clock.

While one runs, the pack's own price is the lower one, so that lists, search, the split and the basket follow; the pack
keeps its former price and until when beside it. Whoever orders after that moment pays the former price, also when the
worker has not put it back yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.errors import PriceMoved
from shop.catalogue.models import PriceState, TimedPrice, Variant
from shop.catalogue.price_transitions import PRICE_STATES
from shop.catalogue.running_prices import begin_if_due, end_price, lock_price, note_begun, note_price
from shop.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shop.kit.text import msg, tidy

LONGEST: Final = timedelta(days=92)
LONGEST_REASON: Final = 200
NOT_LOWER: Final = msg("Please enter a lower price than it has now.")
WHY: Final = msg("Please say why.")
TAKEN: Final = msg("A lower price of this pack is proposed, set or running already.")


@dataclass(frozen=True, slots=True)
class PriceWish:
    """Fen, and from when until when."""

    variant_id: int
    price_fen: int
    starts_at: datetime
    ends_at: datetime
    reason: str
    token: str


def propose_price(session: Session, wish: PriceWish, *, actor_id: int | None, now: datetime) -> int:
    """Ask the team for a lower price; the same form sent twice asks once. Raises NotFound, InvalidInput, Conflict."""
    return _make(session, wish, PriceState.PROPOSED, actor_id=actor_id, now=now)


def set_price(session: Session, wish: PriceWish, *, actor_id: int | None, now: datetime) -> int:
    """The team sets one without being asked; it begins at once when its time has come. Raises as `propose_price`."""
    return _make(session, wish, PriceState.APPROVED, actor_id=actor_id, now=now)


def approve_price(
    session: Session, price_id: int, *, seen_fen: int | None, actor_id: int | None, now: datetime
) -> bool:
    """Agree to what another person proposed; False when it was agreed to before.

    `seen_fen`: what the pack cost as it was shown. Raises NotFound, NotAllowed, PriceMoved, Conflict.
    """
    price = lock_price(session, price_id)
    if price.state in (PriceState.APPROVED, PriceState.RUNNING):
        return False
    if price.proposed_by_id == actor_id:
        raise NotAllowed(msg("Nobody decides what they proposed."))
    if price.ends_at <= now:
        raise Conflict(msg("Its time is over already. Decline it, and set another."))
    variant = session.get_one(Variant, price.variant_id, populate_existing=True)
    if price.price_fen >= variant.price_fen or seen_fen not in (None, variant.price_fen):
        raise PriceMoved()
    _refuse_second(session, price.variant_id, PriceState.APPROVED, PriceState.RUNNING)
    _decide(price, PriceState.APPROVED, actor_id, now)
    session.flush()
    begun = begin_if_due(session, price, now)
    note_price(session, price, "approved", actor_id, now)
    note_begun(session, price, begun, now)
    return True


def decline_price(
    session: Session, price_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    """Say no, and why; False when it was declined before. Raises NotFound, InvalidInput, IllegalStep."""
    price = lock_price(session, price_id)
    if price.state is PriceState.DECLINED:
        return False
    price.decision = _reason(reason)
    _decide(price, PriceState.DECLINED, actor_id, now)
    note_price(session, price, "declined", actor_id, now)
    return True


def call_price_off(
    session: Session, price_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    """End one before its time, or before it began; False when it is over. Raises NotFound, InvalidInput, IllegalStep."""
    price = lock_price(session, price_id)
    if price.state in (PriceState.ENDED, PriceState.CALLED_OFF):
        return False
    price.decision = _reason(reason)
    end_price(session, price, PriceState.CALLED_OFF, now)
    note_price(session, price, "called_off", actor_id, now)
    return True


def _make(
    session: Session, wish: PriceWish, state: PriceState, *, actor_id: int | None, now: datetime
) -> int:
    known = session.scalar(sa.select(TimedPrice.id).where(TimedPrice.token == wish.token))
    if known is not None:
        return known
    variant = session.scalar(sa.select(Variant).where(Variant.id == wish.variant_id))
    if variant is None:
        raise NotFound()
    _judge(wish, variant, now)
    own = state is PriceState.APPROVED
    _refuse_second(
        session, variant.id, PriceState.APPROVED, PriceState.RUNNING, *(() if own else (PriceState.PROPOSED,))
    )
    price = TimedPrice(
        variant_id=variant.id,
        price_fen=wish.price_fen,
        starts_at=max(wish.starts_at, now),
        ends_at=wish.ends_at,
        state=state,
        proposed=not own,
        reason=tidy(wish.reason)[:LONGEST_REASON],
        proposed_by_id=actor_id,
        proposed_at=now,
        decided_by_id=actor_id if own else None,
        decided_at=now if own else None,
        token=wish.token,
    )
    session.add(price)
    session.flush()
    begun = begin_if_due(session, price, now)
    note_price(session, price, "set" if own else "proposed", actor_id, now)
    note_begun(session, price, begun, now)
    return price.id


def _judge(wish: PriceWish, variant: Variant, now: datetime) -> None:
    errors = {}
    if not 0 < wish.price_fen < variant.price_fen:
        errors["price_fen"] = NOT_LOWER
    if wish.ends_at <= max(wish.starts_at, now):
        errors["last_day"] = msg("Please choose a day that is still to come, after the first one.")
    elif wish.ends_at > now + LONGEST:
        errors["last_day"] = msg("At most three months. For longer, change the price of the pack.")
    if not tidy(wish.reason):
        errors["reason"] = WHY
    if errors:
        raise InvalidInput(errors=errors)


def _refuse_second(session: Session, variant_id: int, *states: PriceState) -> None:
    other = sa.select(TimedPrice.id).where(TimedPrice.variant_id == variant_id, TimedPrice.state.in_(states))
    if session.scalar(other.limit(1)) is not None:
        raise Conflict(TAKEN)


def _decide(price: TimedPrice, state: PriceState, actor_id: int | None, now: datetime) -> None:
    price.state = PRICE_STATES.step(price.state, state)
    price.decided_by_id, price.decided_at = actor_id, now


def _reason(typed: str) -> str:
    reason = tidy(typed)[:LONGEST_REASON]
    if not reason:
        raise InvalidInput(WHY, field="decision")
    return reason
