"""What gifts can be packed in: kept by admins, chosen by who buys the gift, until its first order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, number
from shop.gifts.access import lock_gift
from shop.gifts.errors import GiftIsOrdered, PackagingIsGone
from shop.gifts.models import Gift
from shop.gifts.packaging_models import GiftPackaging
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.storage.named_locks import lock_name
from shop.storage.paging import Page, read_page

MOST_FEN: Final = 100_000  # a thousand yuan a parcel: more is a slip of the finger
MOST_KINDS: Final = 50
_LOCK: Final = "gifts.packagings"
_ORDER: Final[tuple[Any, ...]] = (GiftPackaging.active.desc(), GiftPackaging.price_fen, GiftPackaging.id)

PACKAGING: Final = Sheet(
    "gift_packaging",
    {
        "name_zh": line(60, needed=True),
        "name_en": line(60, needed=True),
        "note_zh": line(200),
        "price_fen": number(0, MOST_FEN),
        "active": flag(),
    },
)


def offered_packagings(session: Session) -> Sequence[GiftPackaging]:
    """One statement."""
    offered = sa.select(GiftPackaging).where(GiftPackaging.active).order_by(*_ORDER).limit(MOST_KINDS)
    return session.scalars(offered).all()


def list_packagings(session: Session, *, page: int = 1) -> Page[GiftPackaging]:
    """Those that are offered first. Two statements."""
    return read_page(session, sa.select(GiftPackaging).order_by(*_ORDER), number=page, scalars=True)


def get_packaging(session: Session, record_id: int) -> GiftPackaging:
    """Raises NotFound."""
    return get_row(session, GiftPackaging, record_id)


def save_packaging(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Gifts that are ordered keep what was agreed. Raises NotFound, InvalidInput."""
    lock_name(session, _LOCK)
    same = sa.select(GiftPackaging.id).where(GiftPackaging.name_zh == tidy(str(values.get("name_zh") or "")))
    if record_id is not None:
        same = same.where(GiftPackaging.id != record_id)
    if session.scalar(same) is not None:
        raise InvalidInput(msg("There is a packaging of this name already."), field="name_zh")
    if record_id is None and session.scalar(sa.select(sa.func.count(GiftPackaging.id))) == MOST_KINDS:
        raise InvalidInput(
            msg("There are 50 packagings already. Change one that is not used any more."), field="name_zh"
        )
    saved = save_row(session, GiftPackaging, PACKAGING, record_id, values, actor_id=actor_id, now=now)
    row: GiftPackaging = saved.row
    return row.id


def choose_packaging(
    session: Session, gift_id: int, packaging_id: int | None, *, actor_id: int, now: datetime
) -> None:
    """None: as goods are packed anyway. Raises NotFound, NotAllowed, GiftIsOrdered, PackagingIsGone."""
    gift = lock_gift(session, gift_id, actor_id)
    if gift.ordered_at is not None:
        if packaging_id == gift.packaging_id:
            return
        raise GiftIsOrdered()
    if packaging_id is not None:
        one = session.get(GiftPackaging, packaging_id)
        if one is None or not (one.active or one.id == gift.packaging_id):
            raise PackagingIsGone(field="packaging")
    gift.packaging_id, gift.updated_at = packaging_id, now


def packaging_fen(session: Session, gift_id: int) -> int:
    """What it costs a parcel: today's price, and after the first order the price of then. One statement."""
    price = sa.case((Gift.ordered_at.is_not(None), Gift.packaging_fen), else_=GiftPackaging.price_fen)
    statement = (
        sa.select(sa.func.coalesce(price, 0))
        .outerjoin(GiftPackaging, GiftPackaging.id == Gift.packaging_id)
        .where(Gift.id == gift_id)
    )
    return int(session.scalar(statement) or 0)


def packaging_of(session: Session, gift: Gift) -> GiftPackaging | None:
    return session.get(GiftPackaging, gift.packaging_id) if gift.packaging_id is not None else None


def is_offered(session: Session, gift: Gift) -> bool:
    """Whether what was chosen can still be ordered: it is offered, or the gift was ordered with it already."""
    if gift.packaging_id is None or gift.ordered_at is not None:
        return True
    return session.get_one(GiftPackaging, gift.packaging_id).active
