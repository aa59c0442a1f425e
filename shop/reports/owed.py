"""What is owed to whom: to households, what was paid out to them, and what buyers still owe."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Village
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
from shop.reports.definition import Column, Group, Report, Span, Unit, localised, sum_fen


def _household_payable(_span: Span, language: str) -> sa.Select[Any]:
    """What stands on the books for each household now: in no payout, in one that is not paid yet, and in all.

    A posting is in a payout at most once, so the join doubles nothing. Entries of payments take away from what
    payouts have claimed.
    """
    alias = localised(language, Household.alias_zh, Household.alias_en)
    village = localised(language, Village.name_zh, Village.name_en)
    owed = -Posting.amount_fen
    is_claimed = sa.or_(PayoutItem.posting_id.is_not(None), JournalEntry.kind == EntryKind.PAYOUT)
    in_payout = sa.case((is_claimed, owed), else_=0)
    return (
        sa.select(village, alias, sum_fen(owed - in_payout), sum_fen(in_payout), sum_fen(owed))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Household, Household.id == Posting.household_id)
        .join(Village, Village.id == Household.village_id)
        .outerjoin(PayoutItem, PayoutItem.posting_id == Posting.id)
        .where(Posting.account == Account.HOUSEHOLD_PAYABLE)
        .group_by(Household.id, alias, village, Village.id)
        .having(sa.func.sum(owed) != 0)
        .order_by(Village.id, Household.id)
    )


HOUSEHOLD_PAYABLE = Report(
    "household-payable",
    msg("Owed to households"),
    (
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("waiting_fen", msg("In no payout yet"), Unit.FEN, total=True),
        Column("claimed_fen", msg("In a payout, not paid yet"), Unit.FEN, total=True),
        Column("owed_fen", msg("In all"), Unit.FEN, total=True),
    ),
    _household_payable,
    Group.MONEY,
    ranged=False,
    finance=True,
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
        Column("run", msg("Payout run")),
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


def _receivables(_span: Span, _language: str) -> sa.Select[Any]:
    """Orders whose buyers still owe: accepted on terms and not paid yet."""
    return (
        sa.select(Order.number, Order.confirmed_at, Order.invoice_title, sum_fen(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(Posting.account == Account.RECEIVABLES)
        .group_by(Order.id, Order.number, Order.confirmed_at, Order.invoice_title)
        .having(sa.func.sum(Posting.amount_fen) != 0)
        .order_by(Order.confirmed_at, Order.id)
    )


RECEIVABLES = Report(
    "receivables",
    msg("Owed by buyers"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("confirmed_at", msg("Owed since"), Unit.MOMENT),
        Column("title", msg("Invoice title")),
        Column("owed_fen", msg("Amount"), Unit.FEN, total=True),
    ),
    _receivables,
    Group.MONEY,
    ranged=False,
    finance=True,
)
