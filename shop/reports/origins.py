"""Where the money went: villages and households, read from the ledger's postings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Village
from shop.kit.text import msg
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Report, Span, Unit, localised
from shop.reports.sales import confirmed_in

# With what households and villages gave back of refunds that they bear.
OF_SALES = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)


def credited(account: Account) -> sa.ColumnElement[int]:
    """What was credited to it, in fen. Not a condition on the account: the range of orders is the better way in."""
    return -sa.func.sum(sa.case((Posting.account == account, Posting.amount_fen), else_=0))


def _by_village(span: Span, language: str) -> sa.Select[Any]:
    name = localised(language, Village.name_zh, Village.name_en)
    household = credited(Account.HOUSEHOLD_PAYABLE)
    packing = credited(Account.PACKING_PAYABLE)
    fund = credited(Account.VILLAGE_FUND)
    return (
        sa.select(
            name,
            sa.func.count(sa.distinct(JournalEntry.order_id)),
            household,
            packing,
            fund,
            household + packing + fund,
        )
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .join(Village, Village.id == Posting.village_id)
        .where(confirmed_in(span), JournalEntry.kind.in_(OF_SALES))
        .group_by(Village.id, name)
        .order_by((household + packing + fund).desc(), Village.id)
    )


SALES_BY_VILLAGE = Report(
    "sales-by-village",
    msg("Income by village"),
    (
        Column("village", msg("Village")),
        Column("orders", msg("Orders"), Unit.COUNT),
        Column("household_fen", msg("Households"), Unit.FEN, total=True),
        Column("packing_fen", msg("Packing"), Unit.FEN, total=True),
        Column("fund_fen", msg("Village fund"), Unit.FEN, total=True),
        Column("village_fen", msg("To the village"), Unit.FEN, total=True),
    ),
    _by_village,
    Group.VILLAGES,
    chart=("village", "village_fen"),
)


def _by_household(span: Span, language: str) -> sa.Select[Any]:
    alias = localised(language, Household.alias_zh, Household.alias_en)
    village = localised(language, Village.name_zh, Village.name_en)
    earned = credited(Account.HOUSEHOLD_PAYABLE)
    return (
        sa.select(village, alias, sa.func.count(sa.distinct(JournalEntry.order_id)), earned)
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .join(Household, Household.id == Posting.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(confirmed_in(span), JournalEntry.kind.in_(OF_SALES))
        .group_by(Household.id, alias, village)
        .order_by(earned.desc(), Household.id)
    )


SALES_BY_HOUSEHOLD = Report(
    "sales-by-household",
    msg("Income by household"),
    (
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("orders", msg("Orders"), Unit.COUNT),
        Column("household_fen", msg("Earned"), Unit.FEN, total=True),
    ),
    _by_household,
    Group.VILLAGES,
    chart=("household", "household_fen"),
)
