"""What was lent to pay households early, by run, and what of it can go back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ledger.advance.listing import advance_figures, lent_by_run
from shop.reports.definition import Column, Fact, Findings, Group, Place, Report, Span, Unit


def _advances(_span: Span, _language: str) -> sa.Select[Any]:
    runs = lent_by_run().subquery()
    number, until, lent, owed = runs.c
    return sa.select(number, until, lent, owed, sa.cast(lent - owed, sa.BigInteger)).order_by(until, number)


def _findings(session: Session, _span: Span) -> Findings:
    figures = advance_figures(session)
    return Findings(
        facts=(
            Fact(msg("Repaid"), figures.repaid_fen, is_fen=True),
            Fact(msg("Lent and not repaid"), figures.open_fen, is_fen=True),
            Fact(msg("Can be repaid now"), figures.repayable_fen, is_fen=True),
        )
    )


ADVANCES = Report(
    "advances",
    msg("Advance account by run"),
    (
        Column("run", msg("Payout run"), leads=((Place.RUN, "run"),)),
        Column("until", msg("Until and with"), Unit.DAY),
        Column("lent_fen", msg("Lent"), Unit.FEN, total=True),
        Column("owed_fen", msg("Buyers still owe"), Unit.FEN, total=True),
        Column("came_in_fen", msg("Came in since"), Unit.FEN, total=True),
    ),
    _advances,
    Group.MONEY,
    findings=_findings,
    ranged=False,
    finance=True,
)
