"""One entry of the books as finance reads it, with what it takes back or pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Household, Village
from shop.kit.errors import NotFound
from shop.ledger.models import Account, EntryKind, JournalEntry, Payout, PayoutRun, Posting
from shop.ledger.receipt_booking import line_of
from shop.ordering.models import Order

WHOSE_ZH = sa.func.coalesce(Household.alias_zh, Village.name_zh, "")
WHOSE_EN = sa.func.coalesce(Household.alias_en, Village.name_en, "")


@dataclass(frozen=True)
class EntryLine:
    account: Account
    whose_zh: str
    whose_en: str
    provider: str
    amount_fen: int


@dataclass(frozen=True)
class PaidPayout:
    """What an entry paid, or took back."""

    id: int
    run_number: str


@dataclass(frozen=True)
class EntryShown:
    """`reversed_by` is the entry that takes this one back; `reverses` the one that it takes back."""

    id: int
    kind: EntryKind
    reference: str
    posted_at: datetime
    order_number: str | None
    reverses: int | None
    reversed_by: int | None
    payout: PaidPayout | None = None
    lines: Sequence[EntryLine] = field(default_factory=tuple)

    @property
    def receipt_id(self) -> int | None:
        """The line of a bank statement that it is about."""
        return line_of(self.reference)

    @property
    def turnover_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines if line.amount_fen > 0)


def read_entry(session: Session, entry_id: int) -> EntryShown:
    """Two statements, three for a payout's. Raises NotFound."""
    later = aliased(JournalEntry)
    head = session.execute(
        sa.select(
            JournalEntry.id,
            JournalEntry.kind,
            JournalEntry.reference,
            JournalEntry.posted_at,
            Order.number,
            JournalEntry.reverses_id,
            later.id,
        )
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .outerjoin(later, later.reverses_id == JournalEntry.id)
        .where(JournalEntry.id == entry_id)
    ).one_or_none()
    if head is None:
        raise NotFound()
    rows = session.execute(
        sa.select(
            *(Posting.account, WHOSE_ZH, WHOSE_EN, sa.func.coalesce(Posting.provider, "")),
            sa.cast(sa.func.sum(Posting.amount_fen), sa.BigInteger),
        )
        .outerjoin(Household, Household.id == Posting.household_id)
        .outerjoin(Village, Village.id == Posting.village_id)
        .where(Posting.entry_id == entry_id)
        .group_by(
            *(Posting.account, WHOSE_ZH, WHOSE_EN, Posting.provider),
            *(Posting.household_id, Posting.village_id),
        )
        .order_by(sa.func.min(Posting.id))
    )
    return EntryShown(*head, _payout(session, head[1], head[2]), tuple(EntryLine(*row) for row in rows))


def _payout(session: Session, kind: EntryKind, reference: str) -> PaidPayout | None:
    """By its id in the reference: payout:<id>:<attempt>."""
    payout_id = reference.split(":")[1] if kind is EntryKind.PAYOUT else ""
    if not payout_id.isdigit():
        return None
    paid = sa.select(Payout.id, PayoutRun.number).join(PayoutRun, PayoutRun.id == Payout.run_id)
    row = session.execute(paid.where(Payout.id == int(payout_id))).one_or_none()
    return PaidPayout(*row) if row else None
