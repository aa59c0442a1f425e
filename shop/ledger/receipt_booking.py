"""Receipts of bank statements in the books: in suspense from their import, until it is known what they are for.

The bank's account is debited when a line comes in. What the line pays is debited once more by the payment's own entry, so
what is confirmed of it leaves suspense for the bank, as does what was sent back or is not for us to book.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Amounts, Place, post_many
from shop.payments.events import ReceiptsChanged
from shop.payments.statements.models import StatementLine
from shop.payments.statements.standing import suspense_fen

_AT_ONCE: Final = 500  # lines in one statement


def book_receipts(session: Session, event: ReceiptsChanged) -> None:
    place_receipts(session, event.line_ids, now=event.at)


def place_receipts(session: Session, line_ids: Collection[int], *, now: datetime) -> None:
    """Post what is missing until so much of each line stands in suspense as its status says; nothing when it does.

    A few statements for each hundreds of lines. Whoever changed a line has locked it.
    """
    ids = sorted(set(line_ids))
    for start in range(0, len(ids), _AT_ONCE):
        _place(session, ids[start : start + _AT_ONCE], now)


def receipt_reference(line_id: int, count: int) -> str:
    return f"receipt:{line_id}:{count}"


def line_of(reference: str) -> int | None:
    """The line that an entry is about."""
    kind, _, rest = reference.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "receipt" and number.isascii() and number.isdigit() else None


def _place(session: Session, line_ids: Sequence[int], now: datetime) -> None:
    wanted = suspense_fen()
    columns = (StatementLine.id, StatementLine.suspense_fen, StatementLine.suspense_entries, wanted)
    rows = session.execute(
        sa.select(*columns)
        .where(StatementLine.id.in_(line_ids), StatementLine.suspense_fen != wanted)
        .order_by(StatementLine.id)
    ).all()
    if not rows:
        return
    entries = {
        receipt_reference(line_id, count + 1): _moved(int(fen) - stands)
        for line_id, stands, count, fen in rows
    }
    post_many(session, EntryKind.RECEIPT, entries, now=now)
    session.execute(
        sa.update(StatementLine),
        [
            {"id": line_id, "suspense_fen": int(fen), "suspense_entries": count + 1}
            for line_id, _, count, fen in rows
        ],
    )


def _moved(fen: int) -> Amounts:
    """So much more is in suspense."""
    return {Place(Account.BANK): fen, Place(Account.SUSPENSE): -fen}
