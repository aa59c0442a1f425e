"""Vouchers (记账凭证) line by line, in the columns that the imports of 金蝶 and 用友 ask for.

Both know a voucher by its month, its word and its number, which begins with 1 in every month, and want a code and an
amount on one side in each line, with no line of totals. What an entry moves for several households stands on one line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from shop.kit.clock import shanghai_midnight
from shop.kit.text import msg
from shop.ledger.account_codes import code_of
from shop.ledger.models import JournalEntry, Posting
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Place, Report, Span, Unit, key_column
from shop.storage.expressions import shanghai_day, shanghai_month

WORD: Final = (
    "记"  # the one word of shops that do not divide their vouchers into receipts, payments and transfers
)


def _vouchers(span: Span, _language: str) -> sa.Select[Any]:
    """A row for each account and side of an entry."""
    numbered = _numbered(span)
    start, _ = span.moments
    side = sa.func.sign(Posting.amount_fen)
    about = sa.func.coalesce(Order.number, JournalEntry.reference)
    fen = sa.func.sum(Posting.amount_fen)
    return (
        sa.select(
            shanghai_day(JournalEntry.posted_at),
            sa.literal(WORD),
            numbered.c.number,
            sa.literal(0),
            sa.cast(JournalEntry.kind, sa.String) + " " + about,
            code_of(Posting.account),
            Posting.account,
            sa.cast(fen.filter(Posting.amount_fen > 0), sa.BigInteger),
            sa.cast(-fen.filter(Posting.amount_fen < 0), sa.BigInteger),
            JournalEntry.id,
            Order.number,
        )
        .join(numbered, numbered.c.id == JournalEntry.id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .where(JournalEntry.posted_at >= start)
        .group_by(
            *(JournalEntry.id, JournalEntry.posted_at, JournalEntry.kind, JournalEntry.reference),
            *(numbered.c.number, Order.number, Posting.account, side),
        )
        .order_by(JournalEntry.posted_at, JournalEntry.id, side.desc(), sa.func.min(Posting.id))
    )


def _numbered(span: Span) -> sa.Subquery:
    """Entries by their numbers, counted from the first day of a month also where the range begins later."""
    _, end = span.moments
    whole_months = JournalEntry.posted_at >= shanghai_midnight(span.first.replace(day=1))
    number = sa.func.row_number().over(
        partition_by=shanghai_month(JournalEntry.posted_at),
        order_by=(JournalEntry.posted_at, JournalEntry.id),
    )
    return (
        sa.select(JournalEntry.id, number.label("number"))
        .where(whole_months, JournalEntry.posted_at < end)
        .subquery()
    )


_HEAD: Final = (
    Column("day", msg("Date"), Unit.DAY),
    Column("word", msg("Voucher word")),
    Column("number", msg("Voucher number"), Unit.COUNT, leads=((Place.ENTRY, "entry_id"),)),
    Column("papers", msg("Papers attached"), Unit.COUNT),
    Column("summary", msg("Summary"), Unit.ENTRY_TEXT, leads=((Place.ORDER, "order"),)),
    Column("code", msg("Account code")),
    Column("account", msg("Account name"), Unit.ACCOUNT),
)
_KEYS: Final = (key_column("entry_id"), key_column("order"))
_FILE: Final = Report(
    "vouchers",
    msg("Vouchers for accounting programs"),
    (
        *_HEAD,
        Column("debit_fen", msg("Debit amount"), Unit.YUAN),
        Column("credit_fen", msg("Credit amount"), Unit.YUAN),
        *_KEYS,
    ),
    _vouchers,
    Group.MONEY,
    finance=True,
    note=msg(
        "The file has the columns that the imports of Kingdee and Yonyou ask for. Take a month there when it is closed: then its numbers stay as they are."
    ),
)
VOUCHERS: Final = replace(
    _FILE,
    columns=(
        *_HEAD,
        Column("debit_fen", msg("Debit amount"), Unit.FEN, total=True),
        Column("credit_fen", msg("Credit amount"), Unit.FEN, total=True),
        *_KEYS,
    ),
    file=_FILE,
)
