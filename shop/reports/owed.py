"""What was owed to whom at the end of a day: to households, and by buyers; and what was paid out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.catalogue.models import Household, Village
from shop.kit.clock import shanghai_midnight
from shop.kit.text import msg
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ordering.models import Order
from shop.payments.models import ON_ACCOUNT, Payment
from shop.payments.terms.debts import by_age
from shop.reports.definition import Column, Group, Place, Report, Span, Unit, key_column, localised, sum_fen
from shop.storage.expressions import shanghai_day

_AT_THE_END = msg("As the books stood at the end of the day, whatever came afterwards.")


def _household_payable(span: Span, language: str) -> sa.Select[Any]:
    """What stood on the books for each household at the end: in no payout, in one that was not paid, and in all.

    A posting is in a payout at most once, so the joins double nothing. Entries of payments take away from what
    payouts have claimed. A run that was discarded afterwards has left nothing behind, as if it had never been.
    """
    _, end = span.moments
    alias = localised(language, Household.alias_zh, Household.alias_en)
    village = localised(language, Village.name_zh, Village.name_en)
    owed = -Posting.amount_fen
    is_claimed = sa.or_(PayoutRun.created_at < end, JournalEntry.kind == EntryKind.PAYOUT)
    in_payout = sa.case((is_claimed, owed), else_=0)
    return (
        sa.select(village, alias, sum_fen(owed - in_payout), sum_fen(in_payout), sum_fen(owed), Household.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Household, Household.id == Posting.household_id)
        .join(Village, Village.id == Household.village_id)
        .outerjoin(PayoutItem, PayoutItem.posting_id == Posting.id)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .outerjoin(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(Posting.account == Account.HOUSEHOLD_PAYABLE, JournalEntry.posted_at < end)
        .group_by(Household.id, alias, village, Village.id)
        .having(sa.func.sum(owed) != 0)
        .order_by(Village.id, Household.id)
    )


HOUSEHOLD_PAYABLE = Report(
    "household-payable",
    msg("Owed to households"),
    (
        Column("village", msg("Village")),
        Column("household", msg("Household"), leads=((Place.STATEMENT, "household_id"),)),
        Column("waiting_fen", msg("In no payout yet"), Unit.FEN, total=True),
        Column("claimed_fen", msg("In a payout, not paid yet"), Unit.FEN, total=True),
        Column("owed_fen", msg("In all"), Unit.FEN, total=True),
        key_column("household_id"),
    ),
    _household_payable,
    Group.MONEY,
    at_end=True,
    finance=True,
    note=_AT_THE_END,
)


def _payouts(span: Span, language: str) -> sa.Select[Any]:
    start, end = span.moments
    state = {
        status: sa.case((Payout.status == status, Payout.amount_fen), else_=0) for status in PayoutStatus
    }
    village = localised(language, Village.name_zh, Village.name_en)
    return (
        sa.select(
            PayoutRun.number,
            PayoutRun.until,
            village,
            sa.func.count(),
            *(sum_fen(state[status]) for status in PayoutStatus),
            sum_fen(Payout.amount_fen),
        )
        .join(Payout, Payout.run_id == PayoutRun.id)
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(PayoutRun.created_at >= start, PayoutRun.created_at < end)
        .group_by(PayoutRun.id, PayoutRun.number, PayoutRun.until, Village.id, village)
        .order_by(PayoutRun.id, Village.id)
    )


PAYOUTS = Report(
    "payouts",
    msg("Payouts by village"),
    (
        Column("run", msg("Payout run"), leads=((Place.RUN, "run"),)),
        Column("until", msg("Until and with"), Unit.DAY),
        Column("village", msg("Village")),
        Column("households", msg("Households"), Unit.COUNT, total=True),
        Column("draft_fen", msg("Drafts"), Unit.FEN, total=True),
        Column("approved_fen", msg("Approved"), Unit.FEN, total=True),
        Column("paid_fen", msg("Paid out"), Unit.FEN, total=True),
        Column("total_fen", msg("In all"), Unit.FEN, total=True),
    ),
    _payouts,
    Group.MONEY,
    finance=True,
)


def _receivables(span: Span, _language: str) -> sa.Select[Any]:
    """Orders whose buyers owed something at the end, by the age of the debt on that day; accepted on terms once."""
    _, end = span.moments
    owed = (
        sa.select(JournalEntry.order_id, sa.func.sum(Posting.amount_fen).label("fen"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Posting.account == Account.RECEIVABLES, JournalEntry.posted_at < end)
        .group_by(JournalEntry.order_id)
        .having(sa.func.sum(Posting.amount_fen) != 0)
        .subquery()
    )
    debt = sa.and_(Payment.order_id == Order.id, Payment.provider == ON_ACCOUNT)
    ages = by_age(owed.c.fen, Payment.expires_at, shanghai_midnight(span.last))
    columns: tuple[Any, ...] = (
        *(sa.func.coalesce(Organisation.name, ""), Order.number, Order.invoice_title, Order.confirmed_at),
        shanghai_day(Payment.expires_at),
        *(sa.cast(fen, sa.BigInteger) for fen in (owed.c.fen, *ages)),
    )
    return (
        sa.select(*columns)
        .join(owed, owed.c.order_id == Order.id)
        .outerjoin(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(Payment, debt)
        .order_by(Organisation.name, Payment.expires_at, Order.id)
    )


RECEIVABLES = Report(
    "receivables",
    msg("Owed by buyers"),
    (
        Column("organisation", msg("Organisation")),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("title", msg("Invoice title")),
        Column("confirmed_at", msg("Owed since"), Unit.MOMENT),
        Column("due_on", msg("Due on"), Unit.DAY),
        Column("owed_fen", msg("Amount"), Unit.FEN, total=True),
        Column("not_due_fen", msg("Not due yet"), Unit.FEN, total=True),
        Column("to_30_fen", msg("1 to 30 days overdue"), Unit.FEN, total=True),
        Column("to_60_fen", msg("31 to 60 days"), Unit.FEN, total=True),
        Column("to_90_fen", msg("61 to 90 days"), Unit.FEN, total=True),
        Column("over_90_fen", msg("More than 90 days"), Unit.FEN, total=True),
    ),
    _receivables,
    Group.MONEY,
    at_end=True,
    finance=True,
    note=_AT_THE_END,
)
