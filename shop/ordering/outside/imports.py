"""Tables of orders from elsewhere as the team follows them: how far each is, and what could not be entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.ordering.outside.models import OutsideImport, OutsideOrder, OutsideSource, RefusedOrder
from shop.storage.paging import Page, read_page

MOST_REFUSED: Final = 500


@dataclass(frozen=True)
class ImportRow:
    """`entered` and `refused` are orders; the rest of them waits, or was entered by somebody else meanwhile."""

    row: OutsideImport
    source_zh: str
    source_en: str
    entered: int
    refused: int

    @property
    def done(self) -> int:
        return min(self.row.orders, self.entered + self.refused)


@dataclass(frozen=True)
class ImportFacts:
    row: OutsideImport
    counts: ImportRow
    refused: Sequence[RefusedOrder]


def list_imports(session: Session, *, page: int = 1) -> Page[ImportRow]:
    """The newest first. Two statements."""
    return read_page(session, _rows().order_by(OutsideImport.id.desc()), number=page).map(
        lambda row: ImportRow(*row)
    )


def import_facts(session: Session, import_id: int) -> ImportFacts:
    """Raises NotFound. Two statements."""
    found = session.execute(_rows().where(OutsideImport.id == import_id)).one_or_none()
    if found is None:
        raise NotFound()
    refused = session.scalars(
        sa.select(RefusedOrder)
        .where(RefusedOrder.import_id == import_id)
        .order_by(RefusedOrder.row, RefusedOrder.id)
        .limit(MOST_REFUSED)
    )
    counts = ImportRow(*found)
    return ImportFacts(counts.row, counts, refused.all())


def _rows() -> sa.Select[OutsideImport, str, str, int, int]:
    entered = sa.select(sa.func.count()).where(OutsideOrder.import_id == OutsideImport.id)
    refused = sa.select(sa.func.count()).where(RefusedOrder.import_id == OutsideImport.id)
    return sa.select(
        OutsideImport,
        OutsideSource.name_zh,
        OutsideSource.name_en,
        entered.scalar_subquery(),
        refused.scalar_subquery(),
    ).join(OutsideSource, OutsideSource.id == OutsideImport.source_id)
