"""The income figures that fairness rests on are the ledger's and the held allocations'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.check.rule import Rule
from shop.inventory.earnings import household_parts
from shop.inventory.models import Allocation, AllocationStatus, HouseholdMonth, Lot
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.storage.expressions import shanghai_month


def _income_figures_are_the_ledgers(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    earned: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0])
    months = session.execute(
        sa.select(HouseholdMonth.household_id, HouseholdMonth.month, HouseholdMonth.earned_fen)
    )
    for household_id, first, fen in months:
        earned[household_id, first][0] += fen
    month = shanghai_month(JournalEntry.posted_at)
    booked = session.execute(
        sa.select(Posting.household_id, month, -sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == Account.HOUSEHOLD_PAYABLE, JournalEntry.kind != EntryKind.PAYOUT)
        .group_by(Posting.household_id, month)
    )
    for owner, day, fen in booked:
        first = day if isinstance(day, date) else date.fromisoformat(day)
        earned[owner or 0, first][1] += int(fen)
    for (household_id, first), (figures, ledger) in sorted(earned.items()):
        if figures != ledger:
            yield f"household {household_id}", f"{first:%Y-%m}: figures {figures} fen, ledger {ledger} fen"


def _held_income_is_what_is_held(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    months = session.execute(sa.select(HouseholdMonth.household_id, HouseholdMonth.held_fen))
    kept: dict[int, int] = defaultdict(int)
    for household_id, fen in months:
        kept[household_id] += fen
    held: dict[int, int] = defaultdict(int)
    for allocation in _held(session):
        for household_id, part in household_parts(allocation.household_fen, allocation.lot.shares).items():
            held[household_id] += part
    for household_id in sorted({*kept, *held}):
        if kept[household_id] != held[household_id]:
            detail = f"figures {kept[household_id]} fen, held {held[household_id]} fen"
            yield f"household {household_id}", detail


def _held(session: Session) -> Iterator[Allocation]:
    lot = joinedload(Allocation.lot).selectinload(Lot.shares)
    held = sa.select(Allocation).where(Allocation.status == AllocationStatus.HELD).options(lot)
    yield from session.scalars(held)


RULES = (
    Rule("household: income figures are the ledger's", _income_figures_are_the_ledgers),
    Rule("household: held income is what is held", _held_income_is_what_is_held),
)
