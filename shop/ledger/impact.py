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
from shop.ledger.models import (
    COUPON_ACCOUNTS,
    OF_A_SALE,
    OF_THE_SHOP,
    Account,
    EntryKind,
    JournalEntry,
    Posting,
)

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
    """`parts` add up to `paid_fen` and what coupons gave, `coupon_fen`. `rest` holds the villages without figures of their own, or is None.

    `borne_fen` is what the shop gave back from its own money, so that households keep theirs.
    """

    year: int
    paid_fen: int
    coupon_fen: int
    parts: Parts
    borne_fen: int
    households: int | None
    villages: tuple[VillageImpact, ...]
    rest: VillageImpact | None


def last_entry_id(session: Session) -> int:
    """Changes with every entry in the books."""
    return session.scalar(sa.select(sa.func.max(JournalEntry.id))) or 0


def read_impact(session: Session, *, year: int) -> Impact:
    """The sales of one Shanghai year, those that were taken back taken off; two queries."""
    booked = _booked(session, year)
    villages = session.execute(sa.select(Village.id, Village.slug, Village.name_zh, Village.name_en)).all()

    def fen(account: Account, village_id: int) -> int:
        return booked.get((account, village_id), NOTHING).fen

    rows = [
        VillageImpact(
            *(village.slug, village.name_zh, village.name_en),
            booked.get((Account.HOUSEHOLD_PAYABLE, village.id), NOTHING).households,
            fen(Account.HOUSEHOLD_PAYABLE, village.id),
            fen(Account.PACKING_PAYABLE, village.id),
            fen(Account.VILLAGE_FUND, village.id),
        )
        for village in villages
    ]
    shown, hidden = _shown([row for row in rows if row.total_fen or row.households])
    everybody = sum(row.households for row in rows)
    parts = Parts(*(_sum_of(booked, *accounts) for accounts in PARTS))
    coupon_fen = -_sum_of(booked, *COUPON_ACCOUNTS)
    return Impact(
        year=year,
        paid_fen=parts.total - coupon_fen,
        coupon_fen=coupon_fen,
        parts=parts,
        borne_fen=-_sum_of(booked, Account.REFUNDS_BORNE),
        households=everybody if everybody >= FEWEST_HOUSEHOLDS else None,
        villages=tuple(shown),
        rest=_together(hidden),
    )


# The accounts behind each of the `Parts`, in their order.
PARTS: Final = (
    (Account.HOUSEHOLD_PAYABLE,),
    (Account.PACKING_PAYABLE,),
    (Account.FREIGHT_PAYABLE,),
    (Account.FEE_RESERVE,),
    (Account.VILLAGE_FUND,),
    OF_THE_SHOP,
)


@dataclass(frozen=True, slots=True)
class _Booked:
    """What was credited in fen, and how many households have something of it."""

    fen: int
    households: int


NOTHING: Final = _Booked(0, 0)
Booked = dict[tuple[Account, int | None], _Booked]


def _booked(session: Session, year: int) -> Booked:
    """By account and village; one walk over the year's postings."""
    credited = (-sa.func.sum(Posting.amount_fen)).label("fen")
    by_household = (
        sa.select(Posting.account, Posting.village_id, Posting.household_id, credited)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(_in_year(year), Posting.account.in_((*OF_A_SALE, Account.REFUNDS_BORNE)))
        .group_by(Posting.account, Posting.village_id, Posting.household_id)
        .subquery()
    )
    columns = by_household.c
    earns = sa.case((sa.and_(columns.household_id.is_not(None), columns.fen > 0), 1), else_=0)
    rows = session.execute(
        sa.select(columns.account, columns.village_id, sa.func.sum(columns.fen), sa.func.sum(earns)).group_by(
            columns.account, columns.village_id
        )
    )
    return {
        (account, village_id): _Booked(int(fen), int(households))
        for account, village_id, fen, households in rows
    }


def _in_year(year: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        JournalEntry.kind.in_(_OF_SALES),
        JournalEntry.posted_at >= shanghai_midnight(date(year, 1, 1)),
        JournalEntry.posted_at < shanghai_midnight(date(year + 1, 1, 1)),
    )


def _sum_of(booked: Booked, *accounts: Account) -> int:
    return sum(one.fen for (posted_to, _), one in booked.items() if posted_to in accounts)


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
