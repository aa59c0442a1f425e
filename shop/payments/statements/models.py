"""What the bank says came in: statements as they were imported, their lines, and which payments the lines pay."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_USER = "users.id"


class BankStatement(Base):
    """One file, imported; its counts are those of that moment."""

    __tablename__ = "bank_statements"
    __table_args__ = (
        sa.CheckConstraint("lines >= 0 AND known >= 0 AND left_out >= 0", name="counts_not_negative"),
    )

    id: Mapped[PrimaryKey]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the file and how it was read
    file_name: Mapped[str] = mapped_column(sa.String(120), default="")
    account: Mapped[str] = mapped_column(sa.String(8))  # the last digits of ours
    lines: Mapped[int]  # written anew
    known: Mapped[int]  # written before, by this file or another
    left_out: Mapped[int]  # rows that could not be read
    imported_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    imported_at: Mapped[datetime] = mapped_column(index=True)


class LineStatus(StrEnum):
    OPEN = "open"  # some of it pays nothing yet
    MATCHED = "matched"  # every fen of it pays something
    SET_ASIDE = "set_aside"  # what is left of it is not for us to book; the reason says why


class StatementLine(Base):
    """Money that came to our account. `matched_fen` is kept with its matches by conditional updates, `suspense_fen`
    with the books.
    """

    __tablename__ = "bank_statement_lines"
    __table_args__ = (
        sa.Index("ix_bank_statement_lines_status_booked_on", "status", "booked_on", "id"),
        sa.Index("ix_bank_statement_lines_booked_on", "booked_on", "id"),
        sa.Index(
            "ix_bank_statement_lines_sent_as",
            "sent_as",
            sqlite_where=sa.text("sent_as <> ''"),
            postgresql_where=sa.text("sent_as <> ''"),
        ),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("matched_fen >= 0 AND matched_fen <= amount_fen", name="never_more_than_came"),
        sa.CheckConstraint(
            "(status = 'matched') = (matched_fen = amount_fen)", name="matched_when_nothing_is_left"
        ),
        sa.CheckConstraint(
            "suspense_fen >= 0 AND suspense_fen <= amount_fen", name="never_more_in_suspense_than_came"
        ),
    )

    id: Mapped[PrimaryKey]
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("bank_statements.id"), index=True)
    row: Mapped[int]  # as the file counts it
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)  # one line, whichever files hold it
    booked_on: Mapped[date]
    booked_at: Mapped[datetime | None]  # where the file has the time
    amount_fen: Mapped[int]
    matched_fen: Mapped[int] = mapped_column(default=0)
    payer: Mapped[str] = mapped_column(sa.String(200), default="")
    payer_key: Mapped[str] = mapped_column(sa.String(200), default="", index=True)
    payer_account: Mapped[str] = mapped_column(sa.String(8), default="")  # its last digits; no more is kept
    remark: Mapped[str] = mapped_column(sa.String(300), default="")
    serial: Mapped[str] = mapped_column(sa.String(80), default="")
    status: Mapped[LineStatus] = mapped_column(default=LineStatus.OPEN)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # why it is set aside
    set_aside_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    set_aside_at: Mapped[datetime | None]
    # What our bank calls the transfer by which the rest went back.
    sent_as: Mapped[str] = mapped_column(sa.String(80), default="", server_default=sa.text("''"))
    # So much of it stands in suspense in the books, after so many entries about it.
    suspense_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    suspense_entries: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))


class RestDeed(StrEnum):
    SENT_BACK = "sent_back"
    TAKEN_UP = "taken_up"  # it was sent back, and is here again or never left


class RestNoteStatus(StrEnum):
    PROPOSED = "proposed"  # waits for a second person
    COUNTS = "counts"
    WITHDRAWN = "withdrawn"


class RestNote(Base):
    """What a person says became of the rest of a receipt that was sent back; it stays when it is taken up again."""

    __tablename__ = "bank_rest_notes"
    __table_args__ = (
        sa.Index(
            "uq_bank_rest_notes_open_line",
            "line_id",
            unique=True,
            sqlite_where=sa.text("status = 'proposed'"),
            postgresql_where=sa.text("status = 'proposed'"),
        ),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("status <> 'counts' OR decided_by_id <> said_by_id", name="by_two_persons"),
    )

    id: Mapped[PrimaryKey]
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("bank_statement_lines.id"), index=True)
    deed: Mapped[RestDeed]
    status: Mapped[RestNoteStatus]
    amount_fen: Mapped[int]
    sent_as: Mapped[str] = mapped_column(sa.String(80), default="")  # what our bank calls the transfer back
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # why it is taken up again
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    said_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]  # agreed to or withdrawn; None where one person was enough


class BankMatch(Base):
    """So much of a line pays this payment. Until `confirmed_at` it waits for the second person."""

    __tablename__ = "bank_matches"
    __table_args__ = (
        sa.UniqueConstraint("line_id", "payment_id"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[PrimaryKey]
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("bank_statement_lines.id"))
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    amount_fen: Mapped[int]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class KnownPayer(Base):
    """Whose orders an account has paid before: a treasury pays for many, and writes no reference."""

    __tablename__ = "bank_payers"
    __table_args__ = (sa.UniqueConstraint("payer_key", "user_id"),)

    id: Mapped[PrimaryKey]
    payer_key: Mapped[str] = mapped_column(sa.String(200))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey(_USER, ondelete="CASCADE"), index=True)
    times: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime]


class ColumnMemory(Base):
    """How a bank's columns were read last, by what they are called."""

    __tablename__ = "bank_columns"

    id: Mapped[PrimaryKey]
    signature: Mapped[str] = mapped_column(sa.String(64), unique=True)
    places: Mapped[dict[str, Any]]  # place by field
    account: Mapped[str] = mapped_column(sa.String(8))
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    changed_at: Mapped[datetime]


class Proposal(Base):
    """One person says that money came, or was sent back; it counts when another says so too."""

    __tablename__ = "transfer_proposals"
    __table_args__ = (
        sa.Index(
            "uq_transfer_proposals_open_payment",
            "payment_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
        sa.Index(
            "uq_transfer_proposals_open_refund",
            "refund_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
        sa.Index("ix_transfer_proposals_decided_at", "decided_at", "id"),
        sa.CheckConstraint("(payment_id IS NULL) <> (refund_id IS NULL)", name="about_one_thing"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("NOT agreed OR decided_by_id <> proposed_by_id", name="by_two_persons"),
    )

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("payments.id"))
    refund_id: Mapped[int | None] = mapped_column(sa.ForeignKey("refunds.id"))
    amount_fen: Mapped[int]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    agreed: Mapped[bool] = mapped_column(default=False)
