"""The procurement statement (消费帮扶台账) as a report, and how it stands to the books."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ledger.models import OF_A_SALE, Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.purchases.channels import NOT_RESERVED, PLATFORM
from shop.purchases.models import CountedPurchase
from shop.purchases.scope import Scope, bought_between
from shop.reports.definition import Column, Fact, Findings, Group, Report, Span, Unit, sum_fen
from shop.reports.statement_rows import statement_rows

COLUMNS: Final = (
    Column("day", msg("Day"), Unit.DAY),
    Column("unit", msg("Unit of the university")),
    Column("organisation", msg("Buying organisation")),
    Column("funding", msg("Paid from"), Unit.FUNDING),
    Column("kind", msg("Kind of help"), Unit.PURCHASE),
    Column("channel", msg("Channel"), Unit.CHANNEL),
    Column("number", msg("Order number"), Unit.ORDER),
    Column("outside_number", msg("Number outside")),
    Column("supplier", msg("Supplier")),
    Column("county", msg("County of origin")),
    Column("listed_as", msg("Status of the county")),
    Column("category", msg("Category")),
    Column("product", msg("Product")),
    Column("quantity", msg("Units"), Unit.COUNT, total=True),
    Column("paid_fen", msg("Paid"), Unit.FEN, total=True),
    Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
    Column("net_fen", msg("After refunds"), Unit.FEN, total=True),
)


def statement_report(scope: Scope) -> Report:
    """The statement of some of all purchases that count."""

    def statement(span: Span, language: str) -> sa.Select[Any]:
        return statement_rows(span, language, scope)

    def findings(session: Session, span: Span) -> Findings:
        return beside_the_books(session, span, scope)

    return replace(PROCUREMENT, statement=statement, findings=findings)


def beside_the_books(session: Session, span: Span, scope: Scope) -> Findings:
    """What the statement adds up to, what the books say of the same orders, and the difference, which is nothing."""
    rows = statement_rows(span, "zh", scope).order_by(None).subquery()
    of_platform = rows.c.channel == PLATFORM
    ours, platform = session.execute(
        sa.select(
            sum_fen(sa.case((of_platform, 0), else_=rows.c.net_fen)),
            sum_fen(sa.case((of_platform, rows.c.net_fen), else_=0)),
        )
    ).one()
    sold, back = session.execute(_of_the_books(span, scope)).one()
    facts = (
        (msg("Orders of this shop in the statement"), ours),
        (msg("Sales of the same orders in the books"), sold),
        (msg("Refunds of the same orders in the books"), back),
        (msg("Difference"), ours - (sold - back)),
        (msg("Orders of the public platform (832)"), platform),
    )
    return Findings(tuple(Fact(title, int(fen), is_fen=True) for title, fen in facts), remark=NOT_RESERVED)


def _of_the_books(span: Span, scope: Scope) -> sa.Select[Any]:
    """Money that came for the orders, and that went back: what moved on accounts of money."""
    is_sale = JournalEntry.kind == EntryKind.SALE
    fen = Posting.amount_fen
    return (
        sa.select(sum_fen(sa.case((is_sale, fen), else_=0)), sum_fen(sa.case((is_sale, 0), else_=-fen)))
        .select_from(JournalEntry)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Order, Order.id == JournalEntry.order_id)
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .where(
            JournalEntry.kind.in_((EntryKind.SALE, EntryKind.REFUND, EntryKind.REVERSAL)),
            Posting.account.not_in((*OF_A_SALE, Account.REFUNDS_BORNE)),
            bought_between(span.first, span.last),
            *scope.of_orders(),
        )
    )


def _statement(span: Span, language: str) -> sa.Select[Any]:
    return statement_rows(span, language, Scope())


def _findings(session: Session, span: Span) -> Findings:
    return beside_the_books(session, span, Scope())


PROCUREMENT: Final = Report(
    "procurement-statement",
    msg("Procurement statement of the departments"),
    COLUMNS,
    _statement,
    Group.SELLING,
    findings=_findings,
    note=msg(
        "A row is one line of an order and the county that it came from; freight, and what was given back for no goods, are rows of their own. What went back as a whole is in no row. A refund stands on the day of its sale."
    ),
)
