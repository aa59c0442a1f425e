"""A price for a time begins and ends: the pack's own price is written, and what lists read of it made anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.editing.products import touch_products
from shop.catalogue.models import PriceState, TimedPrice, Variant
from shop.catalogue.price_transitions import PRICE_STATES
from shop.kit.errors import NotFound
from shop.storage.locks import LockRank, lock_row

_VARIANTS: Final = cast(sa.Table, Variant.__table__)


def due_prices(session: Session, *, now: datetime) -> Sequence[int]:
    """Ids of those that are to begin or to end. A proposal whose time is over waits for who declines it."""
    due = sa.or_(
        sa.and_(TimedPrice.state == PriceState.APPROVED, TimedPrice.starts_at <= now),
        sa.and_(TimedPrice.state == PriceState.RUNNING, TimedPrice.ends_at <= now),
    )
    return session.scalars(sa.select(TimedPrice.id).where(due).order_by(TimedPrice.id)).all()


def follow_price(session: Session, price_id: int, *, now: datetime) -> bool:
    """Begin or end one whose time has come; False when there is nothing to do."""
    price = lock_price(session, price_id)
    if price.state is PriceState.RUNNING and price.ends_at <= now:
        end_price(session, price, PriceState.ENDED, now)
        note_price(session, price, "ended", None, now)
        return True
    begun = begin_if_due(session, price, now)
    note_begun(session, price, begun, now)
    return begun


def begin_if_due(session: Session, price: TimedPrice, now: datetime) -> bool:
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


def end_price(session: Session, price: TimedPrice, state: PriceState, now: datetime) -> None:
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


def lock_price(session: Session, price_id: int) -> TimedPrice:
    """Raises NotFound."""
    price = lock_row(session, LockRank.TIMED_PRICE, sa.select(TimedPrice).where(TimedPrice.id == price_id))
    if price is None:
        raise NotFound()
    return price


def note_begun(session: Session, price: TimedPrice, stepped: bool, now: datetime) -> None:
    if stepped:
        note_price(session, price, "begun" if price.state is PriceState.RUNNING else "called_off", None, now)


def note_price(session: Session, price: TimedPrice, what: str, actor_id: int | None, now: datetime) -> None:
    facts = {
        "price_fen": price.price_fen,
        "former_fen": price.former_fen or 0,
        "starts_at": price.starts_at.isoformat(),
        "ends_at": price.ends_at.isoformat(),
        "reason": price.decision or price.reason,
    }
    audit(session, actor_id, f"price.{what}", "variant", price.variant_id, facts, now=now)
