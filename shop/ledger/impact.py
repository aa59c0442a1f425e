"""What buyers paid and where it went, by village, from the books.

A figure of a village with few households would say what one of them earned, so figures are shown from five
households up; and when those that are not shown are few together, one more village stays with them, so that
nothing can be found by taking away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Village
from shop.catalogue.split import Parts
from shop.kit.clock import shanghai_midnight
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting

FEWEST_HOUSEHOLDS: Final = 5
_OF_SALES: Final = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)


@dataclass(frozen=True, slots=True)
class VillageImpact:
    """`households` counts those that earned; without a slug it is the rest together."""

    slug: str
    name_zh: str
    name_en: str
    households: int
    household_fen: int
    packing_fen: int
    fund_fen: int

    @property
    def total_fen(self) -> int:
        return self.household_fen + self.packing_fen + self.fund_fen


@dataclass(frozen=True)
class Impact:
    """`parts` add up to `paid_fen`. `rest` holds the villages without figures of their own, or is None."""

    year: int
    paid_fen: int
    parts: Parts
    households: int | None
    villages: tuple[VillageImpact, ...]
    rest: VillageImpact | None


def last_entry_id(session: Session) -> int:
    """Changes with every entry in the books."""
    return session.scalar(sa.select(sa.func.max(JournalEntry.id))) or 0


def read_impact(session: Session, *, year: int) -> Impact:
    """The sales of one Shanghai year, refunds taken off; three queries."""
    amounts = _by_account_and_village(session, year)
    villages = session.execute(sa.select(Village.id, Village.slug, Village.name_zh, Village.name_en)).all()
    households = _households(session, year)
    rows = [
        VillageImpact(
            *(village.slug, village.name_zh, village.name_en, households.get(village.id, 0)),
            amounts.get((Account.HOUSEHOLD_PAYABLE, village.id), 0),
            amounts.get((Account.PACKING_PAYABLE, village.id), 0),
            amounts.get((Account.VILLAGE_FUND, village.id), 0),
        )
        for village in villages
    ]
    shown, hidden = _shown([row for row in rows if row.total_fen or row.households])
    everybody = sum(row.households for row in rows)
    parts = Parts(*(_sum_of(amounts, account) for account in _PARTS))
    return Impact(
        year=year,
        paid_fen=parts.total,
        parts=parts,
        households=everybody if everybody >= FEWEST_HOUSEHOLDS else None,
        villages=tuple(shown),
        rest=_together(hidden),
    )


_PARTS: Final = (
    Account.HOUSEHOLD_PAYABLE,
    Account.PACKING_PAYABLE,
    Account.FREIGHT_PAYABLE,
    Account.FEE_RESERVE,
    Account.VILLAGE_FUND,
    Account.SHOP_INCOME,
)


def _by_account_and_village(session: Session, year: int) -> dict[tuple[Account, int | None], int]:
    """What was credited, in fen."""
    rows = session.execute(
        sa.select(Posting.account, Posting.village_id, -sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(_in_year(year), Posting.account.in_(_PARTS))
        .group_by(Posting.account, Posting.village_id)
    )
    return {(account, village_id): int(fen) for account, village_id, fen in rows}


def _households(session: Session, year: int) -> dict[int, int]:
    """How many households of each village have sold something."""
    rows = session.execute(
        sa.select(Posting.village_id, sa.func.count(Posting.household_id.distinct()))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(_in_year(year), Posting.account == Account.HOUSEHOLD_PAYABLE, Posting.village_id.is_not(None))
        .group_by(Posting.village_id)
    )
    return {village_id: count for village_id, count in rows if village_id is not None}


def _in_year(year: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        JournalEntry.kind.in_(_OF_SALES),
        JournalEntry.posted_at >= shanghai_midnight(date(year, 1, 1)),
        JournalEntry.posted_at < shanghai_midnight(date(year + 1, 1, 1)),
    )


def _sum_of(amounts: dict[tuple[Account, int | None], int], account: Account) -> int:
    return sum(fen for (posted_to, _), fen in amounts.items() if posted_to is account)


def _shown(rows: list[VillageImpact]) -> tuple[list[VillageImpact], list[VillageImpact]]:
    """Villages with figures of their own, most first; and the others."""
    by_amount = sorted(rows, key=lambda row: (-row.household_fen, row.slug))
    shown = [row for row in by_amount if row.households >= FEWEST_HOUSEHOLDS]
    hidden = [row for row in by_amount if row.households < FEWEST_HOUSEHOLDS]
    while hidden and shown and sum(row.households for row in hidden) < FEWEST_HOUSEHOLDS:
        hidden.append(shown.pop())
    return shown, hidden


def _together(rows: list[VillageImpact]) -> VillageImpact | None:
    households = sum(row.households for row in rows)
    if households < FEWEST_HOUSEHOLDS:
        return None
    return VillageImpact(
        *("", "", "", households),
        sum(row.household_fen for row in rows),
        sum(row.packing_fen for row in rows),
        sum(row.fund_fen for row in rows),
    )
