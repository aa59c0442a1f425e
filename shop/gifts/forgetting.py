"""The list is for sending this once: some days after the last order, or of a draft that nobody touched, it is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.gifts.access import lock_any
from shop.gifts.models import Gift, GiftRecipient, GiftStatus
from shop.storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 200


def forget_lists(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Returns how many lists were deleted. Their orders stay, and are erased as all orders are."""

    def old(session: Session) -> Sequence[int]:
        before = now - timedelta(days=read_shop_settings(session).gift_list_days)
        return session.scalars(
            sa.select(Gift.id)
            .where(Gift.forgotten_at.is_(None), Gift.status != GiftStatus.PLACING, Gift.updated_at < before)
            .order_by(Gift.updated_at)
            .limit(AT_ONCE)
        ).all()

    def forget(session: Session, gift_id: int) -> None:
        gift = lock_any(session, gift_id)
        if gift.status is not GiftStatus.PLACING:
            session.execute(sa.delete(GiftRecipient).where(GiftRecipient.gift_id == gift_id))
            gift.forgotten_at, gift.list_name, gift.list_digest = now, "", ""

    ids = unit_of_work.run(old)
    for one in ids:
        unit_of_work.run(lambda session, gift_id=one: forget(session, gift_id))  # type: ignore[misc]
    return len(ids)
