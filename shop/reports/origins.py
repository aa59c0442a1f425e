"""Where the money went: villages and households, read from the ledger's postings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Village
from shop.kit.text import msg
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, key_column, localised
from shop.reports.refund_days import BY_SALE_DAY
from shop.reports.sales import confirmed_in

# With what households and villages gave back of refunds that they bear.
OF_SALES = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)


def credited(*accounts: Account) -> sa.ColumnElement[int]:
    """What was credited to them, in fen. Not a condition on the account: the range of orders is the better way in."""
    return -sa.func.sum(sa.case((Posting.account.in_(accounts), Posting.amount_fen), else_=0))


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
            Village.id,
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
        key_column("village_id"),
    ),
    _by_village,
    Group.VILLAGES,
    note=BY_SALE_DAY,
    chart=("village", "village_fen"),
    behind=(
        Behind(
            "income-by-order",
            ("village", "orders", "household_fen", "packing_fen", "fund_fen", "village_fen"),
            by=("village_id",),
        ),
    ),
)


def _of_many_households(span: Span, language: str) -> sa.Select[Any]:
    """Villages in which so many earned that the sum says nothing of one of them."""
    several = sa.func.count(sa.distinct(Posting.household_id)) >= FEWEST_HOUSEHOLDS
    return _by_village(span, language).having(several)


# As coordinators read it of own villages.
OWN_INCOME = replace(
    SALES_BY_VILLAGE,
    note=msg(
        "By the day on which an order was confirmed. Files hold only villages in which five households or more earned something in these days: nobody reads from them what one household earned."
    ),
    file=replace(SALES_BY_VILLAGE, statement=_of_many_households),
)


def _by_household(span: Span, language: str) -> sa.Select[Any]:
    alias = localised(language, Household.alias_zh, Household.alias_en)
    village = localised(language, Village.name_zh, Village.name_en)
    earned = credited(Account.HOUSEHOLD_PAYABLE)
    return (
        sa.select(
            *(village, alias, sa.func.count(sa.distinct(JournalEntry.order_id)), earned),
            *(Household.id, Household.village_id),
        )
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
        key_column("household_id"),
        key_column("village_id"),
    ),
    _by_household,
    Group.VILLAGES,
    chart=("household", "household_fen"),
    behind=(Behind("income-by-order", ("household", "orders", "household_fen"), by=("household_id",)),),
)


def _by_order(span: Span, language: str) -> sa.Select[Any]:
    """What the two reports above add up: a row for each household of an order, and one for each village's own part."""
    alias = localised(language, Household.alias_zh, Household.alias_en)
    village = localised(language, Village.name_zh, Village.name_en)
    parts = (Account.HOUSEHOLD_PAYABLE, Account.PACKING_PAYABLE, Account.VILLAGE_FUND)
    head = (Order.number, Order.confirmed_at, village, alias)
    keys = (Posting.village_id, Posting.household_id)
    return (
        sa.select(*head, *(credited(one) for one in parts), credited(*parts), *keys)
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .join(Village, Village.id == Posting.village_id)
        .outerjoin(Household, Household.id == Posting.household_id)
        .where(confirmed_in(span), JournalEntry.kind.in_(OF_SALES))
        .group_by(Order.id, *head, *keys)
        .order_by(Order.confirmed_at, Order.id, Posting.village_id, Posting.household_id)
    )


INCOME_BY_ORDER = Report(
    "income-by-order",
    msg("Income of villages and households by order"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("confirmed_at", msg("Confirmed at"), Unit.MOMENT),
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("household_fen", msg("Households"), Unit.FEN, total=True),
        Column("packing_fen", msg("Packing"), Unit.FEN, total=True),
        Column("fund_fen", msg("Village fund"), Unit.FEN, total=True),
        Column("village_fen", msg("To the village"), Unit.FEN, total=True),
        key_column("village_id"),
        key_column("household_id"),
    ),
    _by_order,
    Group.VILLAGES,
    narrows=(("village_id", "village"), ("household_id", "household")),
)
