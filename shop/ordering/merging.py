"""Baskets that meet, and baskets that nobody came back to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.ordering.basket import KEPT, MOST_LINES, MOST_UNITS, OWNED, BasketOwner
from shop.ordering.models import Basket, BasketItem


def merge_baskets(session: Session, token_hash: str, user_id: int, *, now: datetime) -> None:
    """A guest signs in: what lies in the guest's basket joins the person's own; of each good the larger number.

    Safe to repeat. The sum would double what somebody put in on two devices.
    """
    guest = _locked(session, BasketOwner(token_hash=token_hash))
    if guest is None:
        return
    own = _locked(session, BasketOwner(user_id=user_id))
    if own is None:
        guest.user_id, guest.token_hash, guest.updated_at = user_id, None, now
        session.flush()
        return
    known = {item.variant_id: item for item in own.items}
    for item in guest.items:
        mine = known.get(item.variant_id)
        if mine is not None:
            mine.quantity = min(max(mine.quantity, item.quantity), MOST_UNITS)
        elif len(known) < MOST_LINES:
            known[item.variant_id] = BasketItem(
                basket_id=own.id, variant_id=item.variant_id, quantity=item.quantity, added_at=item.added_at
            )
            session.add(known[item.variant_id])
    own.updated_at = now
    session.flush()
    session.execute(sa.delete(BasketItem).where(BasketItem.basket_id == guest.id))
    session.execute(sa.delete(Basket).where(Basket.id == guest.id))


def drop_old_baskets(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Forget baskets that nobody touched for 30 days, a guest's and an account's; return how many."""
    old = session.scalars(
        sa.select(Basket.id).where(Basket.updated_at < now - KEPT).order_by(Basket.id).limit(limit)
    ).all()
    session.execute(sa.delete(BasketItem).where(BasketItem.basket_id.in_(old)))
    session.execute(sa.delete(Basket).where(Basket.id.in_(old)))
    return len(old)


def _locked(session: Session, owner: BasketOwner) -> Basket | None:
    return session.scalar(
        sa.select(Basket).where(OWNED).with_for_update().options(selectinload(Basket.items)), owner.named
    )
