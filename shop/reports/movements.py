"""Money that moved at the bank outside orders, entry by entry as it stands in the books."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.catalogue.models import Village
from shop.kit.text import msg
from shop.ledger.models import JournalEntry
from shop.ledger.movements.kinds import WAYS
from shop.ledger.movements.listing import entry_name
from shop.ledger.movements.models import BankMovement, MovementStatus
from shop.reports.definition import Column, Group, Report, Span, Unit, localised
from shop.storage.expressions import shanghai_day

TAKES_BACK: Final = "takes_back"
_COMING = [kind for kind, way in WAYS.items() if way.comes_in]


def _movements(span: Span, language: str) -> sa.Select[Any]:
    """By the day on which the bank moved it; what was taken back stands here with the entry that did, as minus."""
    rows = sa.union_all(_booked(span, language), _taken_back(span, language)).subquery()
    return sa.select(rows).order_by(rows.c.moved_on, rows.c.entry)


def _booked(span: Span, language: str) -> sa.Select[Any]:
    row = BankMovement
    return (
        _of_entries(language, row.moved_on, sa.cast(row.status, sa.String), row.purpose, JournalEntry, sign=1)
        .join(JournalEntry, JournalEntry.reference == entry_name())
        .where(row.status.in_((MovementStatus.BOOKED, MovementStatus.TAKEN_BACK)))
        .where(row.moved_on >= span.first, row.moved_on <= span.last)
    )


def _taken_back(span: Span, language: str) -> sa.Select[Any]:
    """By the day of the entry that took it back, with the reason in place of what it was for."""
    row, back = BankMovement, aliased(JournalEntry)
    start, end = span.moments
    day, state = shanghai_day(back.posted_at), sa.literal(TAKES_BACK)
    return (
        _of_entries(language, day, state, row.reversal_reason, back, sign=-1)
        .join(JournalEntry, JournalEntry.reference == entry_name())
        .join(back, back.reverses_id == JournalEntry.id)
        .where(back.posted_at >= start, back.posted_at < end)
    )


def _of_entries(
    language: str, day: Any, state: Any, purpose: Any, entry: type[JournalEntry], *, sign: int
) -> sa.Select[Any]:
    row = BankMovement
    comes = row.kind.in_(_COMING)
    village = sa.func.coalesce(localised(language, Village.name_zh, Village.name_en), "")
    fen = sign * row.amount_fen
    came, went = (sa.cast(sa.case((way, fen), else_=0), sa.BigInteger) for way in (comes, ~comes))
    columns: tuple[Any, ...] = (
        *(day.label("moved_on"), row.kind, village.label("village"), row.provider, purpose.label("purpose")),
        *(row.bank_reference, came.label("came"), went.label("went")),
        *(state.label("state"), entry.id.label("entry")),
    )
    return sa.select(*columns).select_from(row).outerjoin(Village, Village.id == row.village_id)


BANK_MOVEMENTS = Report(
    "bank-movements",
    msg("Bank movements"),
    (
        Column("moved_on", msg("Day"), Unit.DAY),
        Column("kind", msg("What it was"), Unit.MOVEMENT),
        Column("village", msg("Village")),
        Column("provider", msg("Payment provider"), Unit.PROVIDER),
        Column("purpose", msg("What for")),
        Column("reference", msg("Bank's reference")),
        Column("came_fen", msg("Came in"), Unit.FEN, total=True),
        Column("went_fen", msg("Went out"), Unit.FEN, total=True),
        Column("state", msg("State"), Unit.MOVEMENT_STATE),
        Column("entry", msg("Entry number"), Unit.ENTRY),
    ),
    _movements,
    Group.MONEY,
    finance=True,
    note=msg(
        "By the day on which the bank moved the money. What was taken back stands here twice: as it was booked, and as minus on the day on which it was taken back."
    ),
)
