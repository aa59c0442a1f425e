"""Writing down a lot: its name, who changes it, and every change with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Lot, LotChange, LotStatus
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, NotFound
from shop.kit.references import encode, random_code, token_digest
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes a lot; `for_producer` when a coordinator acts for the household."""

    user_id: int | None
    for_producer: bool = False


def lot_code(token: str, now: datetime) -> str:
    """The day and five characters: by chance, or of the form's token."""
    last = encode(int(token_digest(token), 16) % 32**5, 5) if token else random_code(5)
    return f"L{shanghai_date(now):%y%m%d}{last}"


def sent_before(session: Session, code: str, variant_id: int, producer_id: int) -> Lot | None:
    """The lot that a form has made already."""
    return session.scalar(
        sa.select(Lot).where(
            Lot.code == code,
            Lot.variant_id == variant_id,
            Lot.producer_id == producer_id,
        )
    )


def open_lot(session: Session, lot_id: int) -> Lot:
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    if lot.status != LotStatus.OPEN:
        raise Conflict(msg("This lot is closed already."))
    return lot


def note_change(
    session: Session,
    lot: Lot,
    author: Author,
    now: datetime,
    *,
    declared: int = 0,
    withdrawn: int = 0,
    reason: str = "",
) -> None:
    session.add(
        LotChange(
            lot_id=lot.id,
            at=now,
            actor_id=author.user_id,
            for_producer=author.for_producer,
            declared_change=declared,
            withdrawn_change=withdrawn,
            reason=reason,
        )
    )
