"""Prices for a time: who may set one, how it begins and ends, and that orders which were placed keep theirs.

While one runs, the pack's own price is the lower one, so that lists, search, the split and the basket follow; the pack
keeps its former price and until when beside it. Whoever orders after that moment pays the former price, also when the
worker has not put it back yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.editing.products import touch_products
from shop.catalogue.errors import PriceMoved
from shop.catalogue.models import PriceState, TimedPrice, Variant
from shop.catalogue.price_transitions import PRICE_STATES
from shop.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shop.kit.text import msg, tidy
from shop.storage.locks import LockRank, lock_row

LONGEST: Final = timedelta(days=92)
LONGEST_REASON: Final = 200
_VARIANTS: Final = cast(sa.Table, Variant.__table__)
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
    price = _locked(session, price_id)
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
    begun = _begin_if_due(session, price, now)
    _note(session, price, "approved", actor_id, now)
    _note_begun(session, price, begun, now)
    return True


def decline_price(
    session: Session, price_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    """Say no, and why; False when it was declined before. Raises NotFound, InvalidInput, IllegalStep."""
    price = _locked(session, price_id)
    if price.state is PriceState.DECLINED:
        return False
    price.decision = _reason(reason)
    _decide(price, PriceState.DECLINED, actor_id, now)
    _note(session, price, "declined", actor_id, now)
    return True


def call_price_off(
    session: Session, price_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    """End one before its time, or before it began; False when it is over. Raises NotFound, InvalidInput, IllegalStep."""
    price = _locked(session, price_id)
    if price.state in (PriceState.ENDED, PriceState.CALLED_OFF):
        return False
    price.decision = _reason(reason)
    _end(session, price, PriceState.CALLED_OFF, now)
    _note(session, price, "called_off", actor_id, now)
    return True


def due_prices(session: Session, *, now: datetime) -> Sequence[int]:
    """Ids of those that are to begin or to end, and of proposals that nobody decided in time."""
    due = sa.or_(
        sa.and_(TimedPrice.state == PriceState.APPROVED, TimedPrice.starts_at <= now),
        sa.and_(TimedPrice.state == PriceState.RUNNING, TimedPrice.ends_at <= now),
    )
    return session.scalars(sa.select(TimedPrice.id).where(due).order_by(TimedPrice.id)).all()


def follow_price(session: Session, price_id: int, *, now: datetime) -> bool:
    """Begin or end one whose time has come; False when there is nothing to do."""
    price = _locked(session, price_id)
    if price.state is PriceState.RUNNING and price.ends_at <= now:
        _end(session, price, PriceState.ENDED, now)
        _note(session, price, "ended", None, now)
        return True
    begun = _begin_if_due(session, price, now)
    _note_begun(session, price, begun, now)
    return begun


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
    begun = _begin_if_due(session, price, now)
    _note(session, price, "set" if own else "proposed", actor_id, now)
    _note_begun(session, price, begun, now)
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


def _begin_if_due(session: Session, price: TimedPrice, now: datetime) -> bool:
    """Lower the pack's price, unless it is as low by now: then the timed one is called off.

    The pack comes before the audit trail, as where a pack is edited, so that the two never wait for each other.
    """
    if price.state is not PriceState.APPROVED or price.starts_at > now:
        return False
    if price.ends_at <= now:
        price.state, price.ended_at = PRICE_STATES.step(price.state, PriceState.CALLED_OFF), now
        return True
    begun = _change(
        session,
        price,
        sa.and_(_VARIANTS.c.former_fen.is_(None), _VARIANTS.c.price_fen > price.price_fen),
        former_fen=_VARIANTS.c.price_fen,
        price_fen=price.price_fen,
        price_until=price.ends_at,
    )
    price.state = PRICE_STATES.step(price.state, PriceState.RUNNING if begun else PriceState.CALLED_OFF)
    if begun:
        price.former_fen = session.scalar(
            sa.select(_VARIANTS.c.former_fen).where(_VARIANTS.c.id == price.variant_id)
        )
    else:
        price.ended_at = now
    session.flush()
    return True


def _end(session: Session, price: TimedPrice, state: PriceState, now: datetime) -> None:
    was_running = price.state is PriceState.RUNNING
    price.state, price.ended_at = PRICE_STATES.step(price.state, state), now
    if was_running:
        lowered = _VARIANTS.c.former_fen.is_not(None)
        _change(session, price, lowered, price_fen=_VARIANTS.c.former_fen, former_fen=None, price_until=None)


def _change(session: Session, price: TimedPrice, where: sa.ColumnElement[bool], **values: Any) -> bool:
    """Write the pack's price, and make anew what lists read of it. Whether there was something to write."""
    session.flush()
    statement = sa.update(_VARIANTS).where(_VARIANTS.c.id == price.variant_id, where).values(values)
    product_id = session.connection().execute(statement.returning(_VARIANTS.c.product_id)).scalar()
    if product_id is None:
        return False
    for known in session.identity_map.values():
        if isinstance(known, Variant) and known.id == price.variant_id:
            session.expire(known)
    touch_products(session, [product_id])
    return True


def _locked(session: Session, price_id: int) -> TimedPrice:
    price = lock_row(session, LockRank.TIMED_PRICE, sa.select(TimedPrice).where(TimedPrice.id == price_id))
    if price is None:
        raise NotFound()
    return price


def _decide(price: TimedPrice, state: PriceState, actor_id: int | None, now: datetime) -> None:
    price.state = PRICE_STATES.step(price.state, state)
    price.decided_by_id, price.decided_at = actor_id, now


def _reason(typed: str) -> str:
    reason = tidy(typed)[:LONGEST_REASON]
    if not reason:
        raise InvalidInput(WHY, field="decision")
    return reason


def _note_begun(session: Session, price: TimedPrice, stepped: bool, now: datetime) -> None:
    if stepped:
        _note(session, price, "begun" if price.state is PriceState.RUNNING else "called_off", None, now)


def _note(session: Session, price: TimedPrice, what: str, actor_id: int | None, now: datetime) -> None:
    facts = {
        "price_fen": price.price_fen,
        "former_fen": price.former_fen or 0,
        "starts_at": price.starts_at.isoformat(),
        "ends_at": price.ends_at.isoformat(),
        "reason": price.decision or price.reason,
    }
    audit(session, actor_id, f"price.{what}", "variant", price.variant_id, facts, now=now)
