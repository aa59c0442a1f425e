"""Lots from a spreadsheet: every row is judged before any is written, then all are written or none.

The lots are named after the file's content, so a file that is sent twice is written once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Producer, Variant
from shop.inventory.import_facts import Known, household_names, known_things
from shop.inventory.import_rows import HEADINGS, RowReader, column_places
from shop.inventory.lot_doubles import Double, find_doubles
from shop.inventory.lot_table import read_table
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration, declare_lots, shares_of
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import ALPHABET
from shop.kit.text import msg
from shop.storage.media import MediaStore
from shop.storage.named_locks import lock_name
from shop.storage.table_columns import Mistake

FOLDER: Final = "imports"  # where a table waits, by its digest, to be imported
KEPT: Final = timedelta(days=1)
_CODE_LENGTH: Final = 12


class AlreadyImported(Conflict):
    code = "already_imported"
    default_message = msg("This table was imported before. Nothing was written again.")


class TableHasMistakes(InvalidInput):
    code = "table_has_mistakes"
    default_message = msg("Some rows cannot be right. Nothing was written.")


class RowsLikeOthers(Conflict):
    """Rows that nobody has said to be other goods than those they look like."""

    code = "rows_like_others"
    default_message = msg(
        "Row %(rows)s: the same goods of the same days are there already. Nothing was written. Please tick that they are"
        " others, or take these rows out of the table."
    )


@dataclass(frozen=True)
class PlannedShare:
    alias_zh: str
    alias_en: str
    share_bp: int


@dataclass(frozen=True)
class PlannedLot:
    """One row as it will be written."""

    row: int
    declaration: Declaration
    sku: str
    name_zh: str
    name_en: str
    producer_zh: str
    producer_en: str
    shares: tuple[PlannedShare, ...]
    like: Double | None


@dataclass(frozen=True)
class ImportPlan:
    """What a file would do. With any mistake it does nothing."""

    digest: str
    lots: Sequence[PlannedLot]
    mistakes: Sequence[Mistake]
    imported_before: bool

    @property
    def doubles(self) -> tuple[int, ...]:
        """The rows that look like a lot for sale, or like an earlier row."""
        return tuple(lot.row for lot in self.lots if lot.like is not None)

    @property
    def units(self) -> int:
        return sum(lot.declaration.units for lot in self.lots)


def plan_import(session: Session, content: bytes, *, now: datetime) -> ImportPlan:
    """Judge every row; nothing is written. Raises InvalidInput for a file that cannot be read at all."""
    digest = hashlib.sha256(content).hexdigest()
    rows = read_table(content)
    places = column_places(rows[0][1] if rows else ())
    known = known_things(session, [cells for _, cells in rows[1:]], places)
    reader = RowReader(places, known, shanghai_date(now))
    rows_right: list[tuple[int, Declaration]] = []
    mistakes: list[Mistake] = []
    for number, cells in rows[1:]:
        declaration, wrong = reader.read(number, cells, _code(digest, number))
        mistakes += wrong
        if declaration is not None and not wrong:
            rows_right.append((number, declaration))
    lots = _planned_lots(session, rows_right, known)
    if not lots and not mistakes:
        mistakes.append(Mistake(1, "", msg("The table has no rows.")))
    before = bool(lots) and _is_known(session, [lot.declaration.code for lot in lots])
    return ImportPlan(digest, lots, mistakes, before)


def import_lots(
    session: Session, content: bytes, *, author: Author, now: datetime, others: Collection[int] = ()
) -> int:
    """Write all rows and return how many; `others` are the rows that somebody says are other goods than they look like.

    Raises TableHasMistakes, AlreadyImported, RowsLikeOthers, InvalidInput. Two tables at once take turns.
    """
    lock_name(session, "lot import")
    plan = plan_import(session, content, now=now)
    if plan.mistakes:
        raise TableHasMistakes(field="file")
    if plan.imported_before:
        raise AlreadyImported()
    if unsaid := [row for row in plan.doubles if row not in others]:
        raise RowsLikeOthers(rows=", ".join(map(str, unsaid)))
    declare_lots(session, [lot.declaration for lot in plan.lots], author=author, now=now)
    facts = {"rows": len(plan.lots), "units": plan.units, "sha256": plan.digest}
    audit(session, author.user_id, "lots.imported", "lot", plan.lots[0].declaration.code, facts, now=now)
    return len(plan.lots)


def stored_name(digest: str) -> str:
    return f"{FOLDER}/{digest}"


def forget_tables(store: MediaStore, *, now: datetime) -> int:
    """Delete tables that were sent long ago, imported or not; returns how many."""
    return store.delete_older(FOLDER, before=now - KEPT)


def template_rows(session: Session, *, english: bool) -> list[list[str]]:
    """The headings, and one row of goods and a producer that there are, to show how they are filled; a row that
    begins with # is left out.
    """
    headings = [heading.english if english else heading.chinese for heading in HEADINGS]
    known = {
        "sku": session.scalar(sa.select(Variant.sku).where(Variant.active).order_by(Variant.id).limit(1)),
        "producer": session.scalar(
            sa.select(Producer.slug).where(Producer.active).order_by(Producer.id).limit(1)
        ),
        "shares": "",
    }
    example = {heading.name: known.get(heading.name, heading.example) or "" for heading in HEADINGS}
    example["sku"] = f"# {example['sku']}"
    return [headings, list(example.values())]


def _planned_lots(
    session: Session, rows: Sequence[tuple[int, Declaration]], known: Known
) -> list[PlannedLot]:
    producers = known.producers_by_id
    whose = {
        number: shares_of(declaration, producers[declaration.producer_id].household_id)
        for number, declaration in rows
    }
    names = household_names(session, {one for shares in whose.values() for one in shares})
    like = find_doubles(session, rows)
    return [
        _planned(
            number,
            declaration,
            known,
            tuple(PlannedShare(*names[one], share_bp) for one, share_bp in whose[number].items()),
            like.get(number),
        )
        for number, declaration in rows
    ]


def _planned(
    row: int, declaration: Declaration, known: Known, shares: tuple[PlannedShare, ...], like: Double | None
) -> PlannedLot:
    variant = known.variants_by_id[declaration.variant_id]
    producer = known.producers_by_id[declaration.producer_id]
    return PlannedLot(
        row=row,
        declaration=declaration,
        sku=variant.sku,
        name_zh=variant.name_zh,
        name_en=variant.name_en,
        producer_zh=producer.name_zh,
        producer_en=producer.name_en,
        shares=shares,
        like=like,
    )


def _code(digest: str, row: int) -> str:
    number = int.from_bytes(hashlib.sha256(f"{digest}:{row}".encode()).digest()[:8])
    letters = (ALPHABET[number >> (5 * place) & 31] for place in range(_CODE_LENGTH))
    return "L" + "".join(letters)


def _is_known(session: Session, codes: Sequence[str]) -> bool:
    return session.scalar(sa.select(Lot.id).where(Lot.code.in_(codes)).limit(1)) is not None
