"""Orders of the public platform from a table: looked at row by row, then imported whole or not at all.

What is known by its number, from an earlier table or as an order of this shop, is left out and said to be.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Unit
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg
from shop.purchases.models import CountedPurchase
from shop.purchases.platform_models import PlatformImport, PlatformPurchase
from shop.purchases.platform_table import LIMITS, ReadRow, column_places, read_row
from shop.storage.named_locks import lock_name
from shop.storage.paging import Page, read_page
from shop.storage.spreadsheets import Row, read_rows
from shop.storage.table_columns import Mistake

_LOCK: Final = "purchases.platform"
_AT_ONCE: Final = 400  # numbers asked for in one statement


class PlatformTableHasMistakes(Conflict):
    code = "platform_table_has_mistakes"
    default_message = msg("The table has mistakes. Nothing was imported.")


@dataclass(frozen=True)
class PlatformPlan:
    """What importing would do: rows that are new, and rows of orders that count already."""

    digest: str
    new: Sequence[ReadRow]
    known: Sequence[ReadRow]  # imported before
    ours: Sequence[ReadRow]  # orders of this shop
    mistakes: Sequence[Mistake]

    @property
    def amount_fen(self) -> int:
        return sum(row.amount_fen for row in self.new)


def plan_platform(session: Session, content: bytes, *, now: datetime) -> PlatformPlan:
    """Raises InvalidInput for a file that is no such table. A handful of statements, however many rows."""
    rows = read_rows(content, LIMITS)
    if not rows:
        raise InvalidInput(msg("The file is empty."), field="file")
    places, units, today = column_places(rows[0][1]), _units_by_name(session), shanghai_date(now)
    judged = [read_row(row, places, units, today) for row in rows[1:] if not _is_remark(row)]
    read = [one for one in judged if isinstance(one, ReadRow)]
    mistakes = [wrong for one in judged if not isinstance(one, ReadRow) for wrong in one]
    mistakes += _of_several_days(read)
    numbers = {row.order_number for row in read}
    imported = _found(session, PlatformPurchase.order_number, numbers)
    ours = _found(session, CountedPurchase.outside_number, numbers)
    return PlatformPlan(
        hashlib.sha256(content).hexdigest(),
        new=[row for row in read if row.order_number not in imported | ours],
        known=[row for row in read if row.order_number in imported - ours],
        ours=[row for row in read if row.order_number in ours],
        mistakes=sorted(mistakes, key=lambda one: one.row),
    )


def import_platform(session: Session, content: bytes, *, actor_id: int | None, now: datetime) -> int:
    """How many rows were new; the same table again has none. Raises InvalidInput, PlatformTableHasMistakes."""
    lock_name(session, _LOCK)
    plan = plan_platform(session, content, now=now)
    if plan.mistakes:
        raise PlatformTableHasMistakes()
    if not plan.new:
        return 0
    sent = PlatformImport(
        digest=_own_digest(session, plan.digest, now),
        rows=len(plan.new),
        amount_fen=plan.amount_fen,
        imported_at=now,
        imported_by_id=actor_id,
    )
    session.add(sent)
    session.flush()
    session.execute(sa.insert(PlatformPurchase), _values(plan.new, sent.id))
    facts = {"rows": len(plan.new), "amount_fen": plan.amount_fen}
    audit(session, actor_id, "platform_orders.imported", "platform_import", sent.id, facts, now=now)
    return len(plan.new)


def take_back_import(session: Session, import_id: int, *, actor_id: int | None, now: datetime) -> bool:
    """All rows of one table leave the statement. False when they had left it before. Raises NotFound."""
    lock_name(session, _LOCK)
    sent = session.get(PlatformImport, import_id)
    if sent is None:
        raise NotFound()
    if sent.taken_back_at is not None:
        return False
    facts = {"rows": sent.rows, "amount_fen": sent.amount_fen}
    session.execute(sa.delete(PlatformPurchase).where(PlatformPurchase.import_id == import_id))
    sent.taken_back_at = now
    session.flush()
    audit(session, actor_id, "platform_orders.taken_back", "platform_import", import_id, facts, now=now)
    return True


def find_platform_orders(
    session: Session, *, text: str = "", unit_id: int | None = None, page: int = 1
) -> Page[Any]:
    """The newest first, with their department; `same_here` where an order of this shop is the same purchase."""
    same = sa.exists().where(CountedPurchase.outside_number == PlatformPurchase.order_number)
    statement = (
        sa.select(
            PlatformPurchase, Unit.name_zh, Unit.name_en, sa.case((same, 1), else_=0).label("same_here")
        )
        .join(Unit, Unit.id == PlatformPurchase.unit_id)
        .order_by(PlatformPurchase.bought_on.desc(), PlatformPurchase.id.desc())
    )
    if text:
        statement = statement.where(PlatformPurchase.order_number == text)
    if unit_id is not None:
        statement = statement.where(PlatformPurchase.unit_id == unit_id)
    return read_page(session, statement, number=page)


def newest_imports(session: Session, *, most: int = 10) -> Sequence[PlatformImport]:
    standing = sa.select(PlatformImport).where(PlatformImport.taken_back_at.is_(None))
    ordered = standing.order_by(PlatformImport.imported_at.desc(), PlatformImport.id.desc())
    return session.scalars(ordered.limit(most)).all()


def _units_by_name(session: Session) -> dict[str, int]:
    rows = session.execute(sa.select(Unit.id, Unit.slug, Unit.name_zh, Unit.name_en))
    return {name.casefold(): row.id for row in rows for name in (row.slug, row.name_zh, row.name_en) if name}


def _is_remark(row: Row) -> bool:
    """Such as the example in the template."""
    return next((str(cell) for cell in row[1] if cell), "").startswith("#")


def _of_several_days(rows: Sequence[ReadRow]) -> list[Mistake]:
    """One order is of one day and one department: two of them under one number are two orders, or a slip."""
    first: dict[str, tuple[date, int]] = {}
    mistakes = []
    for row in rows:
        if first.setdefault(row.order_number, (row.bought_on, row.unit_id)) != (row.bought_on, row.unit_id):
            sentence = msg("Order %(number)s has another day or department further up.")
            mistakes.append(Mistake(row.row, "order_number", sentence, {"number": row.order_number}))
    return mistakes


def _found(session: Session, column: Any, numbers: Collection[str]) -> set[str]:
    wanted, found = sorted(numbers), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        found |= set(session.scalars(sa.select(column).where(column.in_(wanted[start : start + _AT_ONCE]))))
    return found


def _own_digest(session: Session, digest: str, now: datetime) -> str:
    """The same table may come again when some of its rows were not new the first time."""
    same = sa.select(PlatformImport.id).where(PlatformImport.digest == digest)
    if session.scalar(same) is None:
        return digest
    return hashlib.sha256(f"{digest} {now.isoformat()}".encode()).hexdigest()


def _values(rows: Sequence[ReadRow], import_id: int) -> list[dict[str, Any]]:
    items: defaultdict[str, int] = defaultdict(int)
    values = []
    for row in rows:
        items[row.order_number] += 1
        values.append(
            {
                "import_id": import_id,
                "order_number": row.order_number,
                "item": items[row.order_number],
                "bought_on": row.bought_on,
                "unit_id": row.unit_id,
                "funding": row.funding,
                "supplier": row.supplier,
                "county": row.county,
                "category": row.category,
                "product": row.product,
                "quantity": row.quantity,
                "amount_fen": row.amount_fen,
            }
        )
    return values
