"""Every entry that one order left in the books, posting by posting: for finance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting


@dataclass(frozen=True)
class PostingLine:
    """Debit is positive, credit negative; whose it is, where somebody's."""

    account: Account
    amount_fen: int
    whose_zh: str
    whose_en: str


@dataclass(frozen=True)
class Entry:
    id: int
    kind: EntryKind
    posted_at: datetime
    postings: tuple[PostingLine, ...]


def entries_of_order(session: Session, order_id: int) -> Sequence[Entry]:
    """In the order of posting. One statement; postings of one account and household are added up."""
    rows = session.execute(
        sa.select(
            *(JournalEntry.id, JournalEntry.kind, JournalEntry.posted_at),
            *(Posting.account, sa.func.sum(Posting.amount_fen)),
            sa.func.coalesce(Household.alias_zh, Village.name_zh, ""),
            sa.func.coalesce(Household.alias_en, Village.name_en, ""),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Household, Household.id == Posting.household_id)
        .outerjoin(Village, Village.id == Posting.village_id)
        .where(JournalEntry.order_id == order_id)
        .group_by(
            *(JournalEntry.id, JournalEntry.kind, JournalEntry.posted_at),
            *(Posting.account, Household.id, Household.alias_zh, Household.alias_en),
            *(Village.id, Village.name_zh, Village.name_en),
        )
        .order_by(JournalEntry.id, sa.func.min(Posting.id))
    )
    heads: dict[int, tuple[EntryKind, datetime]] = {}
    postings: dict[int, list[PostingLine]] = {}
    for entry_id, kind, posted_at, account, fen, whose_zh, whose_en in rows:
        heads[entry_id] = (kind, posted_at)
        postings.setdefault(entry_id, []).append(PostingLine(account, int(fen), whose_zh, whose_en))
    return [Entry(entry_id, *head, tuple(postings[entry_id])) for entry_id, head in heads.items()]
