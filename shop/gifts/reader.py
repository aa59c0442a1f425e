"""What the gift's pages show: an organisation's gifts, what is in one, its list and where each parcel's order stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import BundleItem, Product, ProductStatus, StockState, Variant
from shop.gifts.judging import Judged, Typed, judge
from shop.gifts.listing import served_provinces
from shop.gifts.models import Gift, GiftItem, GiftRecipient, GiftStatus, RecipientState
from shop.kit.text import like_pattern, tidy
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order
from shop.storage.paging import Page, read_page

ROWS_A_PAGE: Final = 20
GOODS_A_PAGE: Final = 12


class Shown(StrEnum):
    """Which rows of the list are looked at."""

    MEND = "mend"
    READY = "ready"
    SKIPPED = "skipped"
    SENT = "sent"
    ALL = "all"


_STATES: Final = {
    Shown.MEND: (RecipientState.BAD, RecipientState.TWIN),
    Shown.READY: (RecipientState.READY,),
    Shown.SKIPPED: (RecipientState.SKIPPED,),
    Shown.SENT: (RecipientState.QUEUED, RecipientState.HELD, RecipientState.ORDERED),
    Shown.ALL: tuple(RecipientState),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what is to be done with them."""

    waiting: int = 0
    mend: int = 0
    ready: int = 0
    skipped: int = 0
    queued: int = 0
    ordered: int = 0

    @property
    def all(self) -> int:
        return self.waiting + self.mend + self.ready + self.skipped + self.sent

    @property
    def sent(self) -> int:
        return self.queued + self.ordered


@dataclass(frozen=True, slots=True)
class GiftRow:
    id: int
    name: str
    status: GiftStatus
    updated_at: datetime
    recipients: int
    ordered: int


@dataclass(frozen=True, slots=True)
class GiftGoods:
    """A pack that a gift may hold, and how many of it this one holds."""

    variant_id: int
    slug: str
    family: str
    product_zh: str
    product_en: str
    pack_zh: str
    pack_en: str
    price_fen: int
    stock_state: StockState
    is_bundle: bool
    quantity: int


@dataclass(frozen=True, slots=True)
class ListRow:
    """`judged` says what is wrong with it; `twins`: the other rows with the same telephone."""

    id: int
    row: int
    state: RecipientState
    judged: Judged
    twins: tuple[int, ...] = ()


def gifts_of(session: Session, organisation_id: int, *, page: int = 1) -> Page[GiftRow]:
    """The newest first. Two statements."""
    of_gift = sa.select(sa.func.count()).where(GiftRecipient.gift_id == Gift.id)
    orders = sa.select(sa.func.count()).where(OrderGift.gift_id == Gift.id)
    statement = (
        sa.select(
            *(Gift.id, Gift.name, Gift.status, Gift.updated_at),
            *(of_gift.scalar_subquery(), orders.scalar_subquery()),
        )
        .where(Gift.organisation_id == organisation_id, Gift.status != GiftStatus.DROPPED)
        .order_by(Gift.updated_at.desc(), Gift.id.desc())
    )
    return read_page(session, statement, number=page).map(lambda row: GiftRow(*row))


def counts_of(session: Session, gift_id: int) -> Counts:
    """One statement."""
    rows = session.execute(
        sa.select(GiftRecipient.state, sa.func.count())
        .where(GiftRecipient.gift_id == gift_id)
        .group_by(GiftRecipient.state)
    )
    by_state: dict[RecipientState, int] = {state: count for state, count in rows}  # noqa: C416
    return Counts(
        waiting=by_state.get(RecipientState.WAITING, 0),
        mend=by_state.get(RecipientState.BAD, 0) + by_state.get(RecipientState.TWIN, 0),
        ready=by_state.get(RecipientState.READY, 0),
        skipped=by_state.get(RecipientState.SKIPPED, 0),
        queued=by_state.get(RecipientState.QUEUED, 0) + by_state.get(RecipientState.HELD, 0),
        ordered=by_state.get(RecipientState.ORDERED, 0),
    )


def goods_of(session: Session, gift_id: int) -> list[GiftGoods]:
    """What is in it. One statement."""
    return [GiftGoods(*row) for row in session.execute(_goods(gift_id).where(GiftItem.quantity > 0))]


def goods_to_choose(session: Session, gift_id: int, *, asked: str = "", page: int = 1) -> Page[GiftGoods]:
    """What is for sale: what is in the gift first, then gift boxes, then everything else. Two statements."""
    statement = _goods(gift_id).where(
        sa.or_(
            GiftItem.quantity > 0,
            sa.and_(
                Variant.active.is_(True),
                Product.status == ProductStatus.PUBLISHED,
                Variant.stock_state != StockState.SOLD_OUT,
            ),
        )
    )
    if words := tidy(asked)[:40]:
        pattern = f"%{like_pattern(words)}%"
        names = (Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en)
        statement = statement.where(sa.or_(*(name.ilike(pattern, escape="\\") for name in names)))
    return read_page(session, statement, number=page, size=GOODS_A_PAGE).map(lambda row: GiftGoods(*row))


def rows_of(session: Session, gift_id: int, shown: Shown, *, page: int = 1) -> Page[ListRow]:
    """Rows of one telephone stand together. Four statements."""
    of_phone = aliased(GiftRecipient)
    first = (
        sa.select(sa.func.min(of_phone.row))
        .where(
            of_phone.gift_id == GiftRecipient.gift_id,
            of_phone.phone == GiftRecipient.phone,
            of_phone.state == RecipientState.TWIN,
        )
        .scalar_subquery()
    )
    place = sa.case((GiftRecipient.state == RecipientState.TWIN, first), else_=GiftRecipient.row)
    statement = (
        sa.select(GiftRecipient)
        .where(GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(_STATES[shown]))
        .order_by(place, GiftRecipient.row)
    )
    found = read_page(session, statement, number=page, size=ROWS_A_PAGE, scalars=True)
    served = served_provinces(session)
    twins = _twins(session, gift_id, found.items)
    return found.map(lambda row: _list_row(row, served, twins))


def rows_to_mend(session: Session, gift_id: int) -> list[ListRow]:
    """All of them, for a file. Two statements."""
    statement = (
        sa.select(GiftRecipient)
        .where(GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(_STATES[Shown.MEND]))
        .order_by(GiftRecipient.row)
    )
    rows = session.scalars(statement).all()
    served, twins = served_provinces(session), _twins(session, gift_id, rows)
    return [_list_row(row, served, twins) for row in rows]


def orders_of(session: Session, gift_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Statement: the orders of a gift, in the order in which they were placed; `row`: of its list, until that is deleted."""
    return (
        sa.select(
            *(Order.id, Order.number, Order.recipient, Order.phone, Order.province, Order.city),
            *(Order.status, Order.total_fen, Order.user_id, GiftRecipient.row),
        )
        .join(OrderGift, OrderGift.order_id == Order.id)
        .outerjoin(GiftRecipient, GiftRecipient.order_id == Order.id)
        .where(OrderGift.gift_id == gift_id)
        .order_by(Order.id)
    )


def _list_row(row: GiftRecipient, served: frozenset[str], twins: dict[str, list[int]]) -> ListRow:
    others = tuple(one for one in twins.get(row.phone, ()) if one != row.row)
    judged = judge(Typed(row.name, row.phone, row.address), served)
    return ListRow(row.id, row.row, row.state, judged, others if row.state is RecipientState.TWIN else ())


def _twins(session: Session, gift_id: int, rows: Sequence[GiftRecipient]) -> dict[str, list[int]]:
    """Rows by telephone, of those telephones of which a row waits for a word."""
    phones = {row.phone for row in rows if row.state is RecipientState.TWIN}
    found: dict[str, list[int]] = {}
    if phones:
        statement = sa.select(GiftRecipient.phone, GiftRecipient.row).where(
            GiftRecipient.gift_id == gift_id,
            GiftRecipient.phone.in_(phones),
            GiftRecipient.state.not_in((RecipientState.BAD, RecipientState.SKIPPED)),
        )
        for phone, row in session.execute(statement.order_by(GiftRecipient.row)):
            found.setdefault(phone, []).append(row)
    return found


def _goods(gift_id: int) -> sa.Select[*tuple[Any, ...]]:
    is_bundle = sa.exists().where(BundleItem.bundle_id == Variant.id)
    quantity = sa.func.coalesce(GiftItem.quantity, 0)
    return (
        sa.select(
            *(Variant.id, Product.slug, Product.family, Product.name_zh, Product.name_en),
            *(Variant.name_zh.label("pack_zh"), Variant.name_en.label("pack_en"), Variant.price_fen),
            *(Variant.stock_state, is_bundle, quantity),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(GiftItem, sa.and_(GiftItem.variant_id == Variant.id, GiftItem.gift_id == gift_id))
        .order_by(
            sa.case((quantity > 0, 0), (is_bundle, 1), else_=2),
            Product.name_zh,
            Variant.price_fen,
            Variant.id,
        )
    )
