"""A recalled lot is not only off sale: what is left of it in the village has to be set apart, and somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.inventory.lot_writing import Author, note_change
from shop.inventory.models import Lot, LotChange
from shop.inventory.producer_lots import Keepers
from shop.inventory.trace_models import LotRecall, RecallState
from shop.kit.errors import NotFound
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row

PUT_ASIDE: Final = msg("recalled goods put aside")


@dataclass(frozen=True, slots=True)
class OwnRecall:
    """A lot that is called back, as those read it who answer for it."""

    lot_id: int
    lot_code: str
    family: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    reason_zh: str
    reason_en: str
    recalled_at: datetime


def own_recalls(
    session: Session,
    keepers: Keepers,
    *,
    to_put_aside: bool = False,
    lot_id: int | None = None,
    limit: int = 50,
) -> Sequence[OwnRecall]:
    """Lots that are called back now, the newest first; or only one, or those that nobody has put aside. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Lot.id, Lot.code, Product.family, Product.name_zh, Product.name_en),
            *(Variant.name_zh, Variant.name_en, Producer.name_zh, Producer.name_en),
            *(Village.name_zh, Village.name_en, LotRecall.reason_zh, LotRecall.reason_en),
            LotRecall.recalled_at,
        )
        .select_from(LotRecall)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(keepers.condition(), LotRecall.state == RecallState.ACTIVE)
        .order_by(LotRecall.id.desc())
        .limit(limit)
    )
    if to_put_aside:
        statement = statement.where(_lies_about())
    if lot_id is not None:
        statement = statement.where(Lot.id == lot_id)
    return [OwnRecall(*row) for row in session.execute(statement)]


def to_put_aside_counted(keepers: Keepers) -> sa.Select[int]:
    """SQL: how many lots are to be put aside."""
    return (
        sa.select(sa.func.count(LotRecall.id))
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(keepers.condition(), LotRecall.state == RecallState.ACTIVE, _lies_about())
    )


def put_aside(session: Session, lot_id: int, keepers: Keepers, *, author: Author, now: datetime) -> None:
    """All of it that has not left lies apart. Saying so again, or when it is recalled no more, changes nothing.

    Locks the lot. Raises NotFound for another village's.
    """
    own = sa.select(Lot).join(Producer, Producer.id == Lot.producer_id)
    lot = lock_row(session, LockRank.LOT, own.where(Lot.id == lot_id, keepers.condition()))
    if lot is None:
        raise NotFound()
    waits = sa.select(LotRecall.id).where(
        LotRecall.lot_id == lot_id, LotRecall.state == RecallState.ACTIVE, _lies_about()
    )
    if session.scalar(waits) is not None:
        note_change(session, lot, author, now, reason=PUT_ASIDE)


def put_aside_at(session: Session, recall: LotRecall) -> datetime | None:
    """When the village said that all of it lies apart; None while nobody has. One statement."""
    said = sa.select(sa.func.min(LotChange.at)).where(
        LotChange.lot_id == recall.lot_id, *_says_so(recall.recalled_at or recall.proposed_at)
    )
    return session.scalar(said)


def _says_so(since: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        LotChange.at >= since,
        LotChange.reason == PUT_ASIDE,
        LotChange.declared_change == 0,
        LotChange.withdrawn_change == 0,
    )


def _lies_about() -> sa.ColumnElement[bool]:
    """SQL: since it was called back nobody has said that it was put aside."""
    said = sa.select(LotChange.id).where(
        LotChange.lot_id == LotRecall.lot_id, *_says_so(LotRecall.recalled_at)
    )
    return ~said.correlate(LotRecall).exists()
