"""The cash of a shelf is handed over: one person counts, another counts the same, and the difference is booked.

Afterwards it is with the shop's team; paid in at the bank it is *handed in*, as from any source (docs/outside.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy
from shop.ledger.cash_box.errors import CashMoved, CountOver, CountsDiffer, CountWaits
from shop.ledger.cash_box.models import CashCount
from shop.ledger.cash_box.reading import cash_expected, waiting_count
from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Place, held_by, post
from shop.ordering.outside.models import OutsideSource, provider_of_source
from shop.ordering.shelves.models import Shelf
from shop.payments.errors import NotByOnePerson
from shop.storage.locks import LockRank, lock_row

LONGEST_WORDS: Final = 200
MOST_FEN: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Counted:
    """`seen_fen`: what should be in the box, as the page showed it."""

    fen: int
    seen_fen: int
    words: str
    token: str


def count_cash(session: Session, shelf_id: int, said: Counted, *, actor_id: int, now: datetime) -> int:
    """One person has counted all of it; returns the count's id. The same form counts once. Locks the shelf.

    Raises InvalidInput, CashMoved, CountWaits.
    """
    _lock(session, shelf_id)
    known = session.scalar(sa.select(CashCount.id).where(CashCount.token == said.token))
    if known is not None:
        return known
    if waiting_count(session, shelf_id) is not None:
        raise CountWaits()
    expected_fen, words = cash_expected(session, shelf_id), tidy(said.words)[:LONGEST_WORDS]
    if expected_fen != said.seen_fen:
        raise CashMoved(now=plain_yuan(expected_fen))
    if not 0 <= said.fen <= MOST_FEN:
        raise InvalidInput(msg("Please enter an amount in yuan."), field="counted")
    if said.fen != expected_fen and not words:
        raise InvalidInput(msg("The sum differs: please say why, as far as you know."), field="words")
    if not said.fen and not expected_fen:
        raise InvalidInput(msg("The box is empty: there is nothing to hand over."), field="counted")
    row = CashCount(
        shelf_id=shelf_id, expected_fen=expected_fen, counted_fen=said.fen, token=said.token,
        words=words if said.fen != expected_fen else "", first_at=now, first_id=actor_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    facts = {"expected_fen": expected_fen, "counted_fen": said.fen, "reason": row.words}
    audit(session, actor_id, "cash.counted", "shelf", shelf_id, facts, now=now)
    return row.id


def count_again(
    session: Session, shelf_id: int, count_id: int, fen: int, *, actor_id: int, now: datetime
) -> bool:
    """A second person counts, too, and takes the cash. False when that was done before. Locks the shelf.

    Raises NotFound, NotByOnePerson, CountsDiffer, CountOver.
    """
    shelf = _lock(session, shelf_id)
    row = _count(session, shelf_id, count_id)
    if row.second_at is not None:
        return False
    if row.taken_back_at is not None:
        raise CountOver()
    if row.first_id == actor_id:
        raise NotByOnePerson()
    if row.counted_fen != fen:
        raise CountsDiffer()
    row.second_at, row.second_id = now, actor_id
    session.flush()
    source = session.get_one(OutsideSource, shelf.source_id)
    held = held_by(provider_of_source(source.slug))
    amounts = {Place(Account.CASH_DIFFERENCES): row.missing_fen, held: -row.missing_fen}
    post(session, EntryKind.CASH_COUNT, entry_reference(row.id), amounts, now=now)
    facts = {"counted_fen": fen, "missing_fen": row.missing_fen}
    audit(session, actor_id, "cash.handed_over", "shelf", shelf_id, facts, now=now)
    return True


def take_count_back(session: Session, shelf_id: int, count_id: int, *, actor_id: int, now: datetime) -> bool:
    """It was wrong: the box is counted anew. False when that was done before. Raises NotFound, CountOver."""
    _lock(session, shelf_id)
    row = _count(session, shelf_id, count_id)
    if row.taken_back_at is not None:
        return False
    if row.second_at is not None:
        raise CountOver()
    row.taken_back_at = now
    session.flush()
    audit(session, actor_id, "cash.count_taken_back", "shelf", shelf_id, {}, now=now)
    return True


def entry_reference(count_id: int) -> str:
    return f"cash:count:{count_id}"


def _lock(session: Session, shelf_id: int) -> Shelf:
    shelf = lock_row(session, LockRank.SHELF, sa.select(Shelf).where(Shelf.id == shelf_id))
    if shelf is None:
        raise NotFound()
    return shelf


def _count(session: Session, shelf_id: int, count_id: int) -> CashCount:
    row = session.get(CashCount, count_id, populate_existing=True)
    if row is None or row.shelf_id != shelf_id:
        raise NotFound()
    return row
