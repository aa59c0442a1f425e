"""Prices for a time as people see them: those that are proposed or run first, then the newest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.catalogue.models import PriceState, Product, TimedPrice, Variant
from shop.kit.errors import NotFound
from shop.storage.paging import First, Page, read_first, read_page

OPEN: Final = (PriceState.PROPOSED, PriceState.APPROVED, PriceState.RUNNING)
_ASKED: Final = aliased(User)
_DECIDED: Final = aliased(User)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """`now_fen` is what the pack costs at this moment; `former_fen` before a price that began."""

    id: int
    variant_id: int
    product_id: int
    slug: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    now_fen: int
    former_fen: int | None
    price_fen: int
    starts_at: datetime
    ends_at: datetime
    state: PriceState
    proposed: bool
    reason: str
    proposed_by_id: int | None
    proposed_by: str | None
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    ended_at: datetime | None

    @property
    def usual_fen(self) -> int:
        """What it costs without this price."""
        return self.former_fen or self.now_fen


@dataclass(frozen=True, slots=True)
class PackPrice:
    """A pack, and what it costs; `former_fen` and `price_until` while a price for a time runs."""

    variant_id: int
    product_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    price_fen: int
    former_fen: int | None
    price_until: datetime | None


def find_prices(
    session: Session,
    *,
    states: Collection[PriceState] = (),
    proposed_by: int | None = None,
    page: int,
    size: int,
) -> Page[PriceRow]:
    """Two statements."""
    statement = _rows()
    if states:
        statement = statement.where(TimedPrice.state.in_(states))
    if proposed_by is not None:
        statement = statement.where(TimedPrice.proposed_by_id == proposed_by)
    is_over = sa.case((TimedPrice.state.in_(OPEN), 0), else_=1)
    ordered = statement.order_by(is_over, TimedPrice.id.desc())
    return read_page(session, ordered, number=page, size=size).map(lambda row: PriceRow(*row))


def read_price(session: Session, price_id: int) -> PriceRow:
    """Raises NotFound. One statement."""
    row = session.execute(_rows().where(TimedPrice.id == price_id)).one_or_none()
    if row is None:
        raise NotFound()
    return PriceRow(*row)


def first_proposals(session: Session, *, most: int) -> First[PriceRow]:
    """Proposals that wait for an answer, the oldest first. One statement."""
    waiting = _rows().where(TimedPrice.state == PriceState.PROPOSED).order_by(TimedPrice.id)
    return read_first(session, waiting, most=most).map(lambda row: PriceRow(*row))


def pack_price(session: Session, variant_id: int) -> PackPrice:
    """Raises NotFound. One statement."""
    statement = (
        sa.select(
            *(Variant.id, Variant.product_id, Product.name_zh, Product.name_en, Variant.name_zh),
            *(Variant.name_en, Variant.price_fen, Variant.former_fen, Variant.price_until),
        )
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == variant_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return PackPrice(*row)


def open_prices_of(session: Session, variant_id: int) -> Sequence[PriceRow]:
    """What is proposed, set or running of one pack. One statement."""
    rows = session.execute(_rows().where(TimedPrice.variant_id == variant_id, TimedPrice.state.in_(OPEN)))
    return [PriceRow(*row) for row in rows]


def _rows() -> sa.Select[*tuple[Any, ...]]:
    def name(of: Any) -> sa.ColumnElement[Any]:
        return sa.func.coalesce(sa.func.nullif(of.name, ""), of.email)

    return (
        sa.select(
            *(TimedPrice.id, Variant.id, Variant.product_id, Product.slug, Product.name_zh, Product.name_en),
            *(Variant.name_zh, Variant.name_en, Variant.price_fen, TimedPrice.former_fen),
            *(TimedPrice.price_fen, TimedPrice.starts_at, TimedPrice.ends_at, TimedPrice.state),
            *(TimedPrice.proposed, TimedPrice.reason, TimedPrice.proposed_by_id, name(_ASKED)),
            *(TimedPrice.proposed_at, name(_DECIDED), TimedPrice.decided_at, TimedPrice.decision),
            TimedPrice.ended_at,
        )
        .join(Variant, Variant.id == TimedPrice.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(_ASKED, _ASKED.id == TimedPrice.proposed_by_id)
        .outerjoin(_DECIDED, _DECIDED.id == TimedPrice.decided_by_id)
    )
