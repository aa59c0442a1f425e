"""What came to a shelf and left it, unit by unit, and what is left over of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Product, Variant
from shop.delivery.models import Run
from shop.inventory.models import Lot
from shop.ordering.models import Order
from shop.ordering.shelves.models import MoveKind, ShelfMove
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class MoveRow:
    kind: MoveKind
    units: int
    at: datetime
    by: str | None
    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    order_number: str | None
    run_code: str | None
    reason: str


@dataclass(frozen=True)
class Balance:
    """What became of the units of one pack that came to a shelf."""

    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    brought: int
    sold: int
    taken_back: int
    missing: int
    left: int


def moves_of(session: Session, shelf_id: int, *, page: int = 1) -> Page[MoveRow]:
    """The newest first. Two statements."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(ShelfMove.kind, ShelfMove.units, ShelfMove.at),
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            *(Lot.code, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Order.number, Run.code, ShelfMove.reason),
        )
        .select_from(ShelfMove)
        .join(Lot, Lot.id == ShelfMove.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, User.id == ShelfMove.actor_id)
        .outerjoin(Order, Order.id == ShelfMove.order_id)
        .outerjoin(Run, Run.id == ShelfMove.run_id)
        .where(ShelfMove.shelf_id == shelf_id)
        .order_by(ShelfMove.id.desc())
    )
    return read_page(session, statement, number=page).map(lambda row: MoveRow(*row))


def balance_of(session: Session, shelf_id: int) -> Sequence[Balance]:
    """Pack by pack: brought, sold, taken back, missing, and what is left. One statement."""
    rows = session.execute(
        sa.select(
            *(Variant.id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            ShelfMove.kind,
            sa.cast(sa.func.sum(ShelfMove.units), sa.BigInteger),
        )
        .select_from(ShelfMove)
        .join(Lot, Lot.id == ShelfMove.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(ShelfMove.shelf_id == shelf_id)
        .group_by(Variant.id, Product.id, ShelfMove.kind)
        .order_by(Product.id, Variant.id)
    )
    counted: dict[tuple[Any, ...], Counter[MoveKind]] = {}
    for *pack, kind, units in rows:
        counted.setdefault(tuple(pack), Counter())[kind] += units
    return [_balance(pack[1:], of) for pack, of in counted.items()]


def _balance(names: tuple[Any, ...], of: Counter[MoveKind]) -> Balance:
    name_zh, name_en, pack_zh, pack_en = names
    return Balance(
        name_zh,
        name_en,
        pack_zh,
        pack_en,
        brought=of[MoveKind.BROUGHT],
        sold=-of[MoveKind.SOLD] - of[MoveKind.RETURNED],
        taken_back=-of[MoveKind.TAKEN_BACK],
        missing=-of[MoveKind.MISSING] - of[MoveKind.FOUND],
        left=sum(of.values()),
    )
