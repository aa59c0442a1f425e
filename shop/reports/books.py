"""The books by account, and entry by entry as accounting programs take them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Village
from shop.kit.text import msg
from shop.ledger.account_codes import code_of
from shop.ledger.models import JournalEntry, Posting
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Report, Span, Unit, localised, sum_fen

_DEBIT = sa.case((Posting.amount_fen > 0, Posting.amount_fen), else_=0)
_CREDIT = sa.case((Posting.amount_fen < 0, -Posting.amount_fen), else_=0)
_CODE = code_of(Posting.account)


def _trial_balance(span: Span, _language: str) -> sa.Select[Any]:
    """Every account that was ever used by the last day: what stood there, what moved, what stands."""
    start, end = span.moments
    before, within = JournalEntry.posted_at < start, JournalEntry.posted_at >= start
    return (
        sa.select(
            _CODE.label("code"),
            Posting.account,
            sum_fen(sa.case((before, Posting.amount_fen), else_=0)),
            sum_fen(sa.case((within, _DEBIT), else_=0)),
            sum_fen(sa.case((within, _CREDIT), else_=0)),
            sum_fen(Posting.amount_fen),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.posted_at < end)
        .group_by(Posting.account)
        .order_by(_CODE, Posting.account)
    )


TRIAL_BALANCE = Report(
    "trial-balance",
    msg("Trial balance"),
    (
        Column("code", msg("Account code")),
        Column("account", msg("Ledger account"), Unit.ACCOUNT),
        Column("opening_fen", msg("Opening balance"), Unit.FEN, total=True),
        Column("debit_fen", msg("Debit"), Unit.FEN, total=True),
        Column("credit_fen", msg("Credit"), Unit.FEN, total=True),
        Column("closing_fen", msg("Closing balance"), Unit.FEN, total=True),
    ),
    _trial_balance,
    Group.MONEY,
    finance=True,
)


def _journal(span: Span, language: str) -> sa.Select[Any]:
    """A row for each account and owner of an entry: a voucher's lines, in the order of posting."""
    start, end = span.moments
    whose = sa.func.coalesce(
        localised(language, Household.alias_zh, Household.alias_en),
        localised(language, Village.name_zh, Village.name_en),
        "",
    )
    head = (JournalEntry.id, JournalEntry.posted_at, JournalEntry.kind, Order.number, JournalEntry.reference)
    return (
        sa.select(
            *head[:4],
            _CODE,
            Posting.account,
            whose,
            sum_fen(_DEBIT),
            sum_fen(_CREDIT),
            JournalEntry.reference,
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .outerjoin(Household, Household.id == Posting.household_id)
        .outerjoin(Village, Village.id == Posting.village_id)
        .where(JournalEntry.posted_at >= start, JournalEntry.posted_at < end)
        .group_by(*head, Posting.account, Posting.household_id, Posting.village_id, whose)
        .order_by(JournalEntry.id, sa.func.min(Posting.id))
    )


JOURNAL = Report(
    "journal",
    msg("Journal"),
    (
        Column("entry", msg("Entry number"), Unit.ENTRY),
        Column("posted_at", msg("Posted"), Unit.MOMENT),
        Column("kind", msg("Kind of entry"), Unit.ENTRY_KIND),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("code", msg("Account code")),
        Column("account", msg("Ledger account"), Unit.ACCOUNT),
        Column("whose", msg("Household or village")),
        Column("debit_fen", msg("Debit"), Unit.FEN, total=True),
        Column("credit_fen", msg("Credit"), Unit.FEN, total=True),
        Column("reference", msg("Reference in the books")),
    ),
    _journal,
    Group.MONEY,
    finance=True,
)
