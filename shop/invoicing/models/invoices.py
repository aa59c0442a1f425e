"""What is sold by rate, buyers' requests, the invoices that sellers issue on the tax platform, and their red letters."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Seller
from shop.invoicing.models.documents import TaxDocument
from shop.ordering.models import InvoiceKind, Order
from shop.payments.models import Refund
from shop.storage.base import Base, PrimaryKey


class TaxEntry(Base):
    """What one order sold at one rate, and, as negative rows that name their refund, what went back of it.

    `undone`: the refund turned out wrong, and this is owed again.

    Of an order they add up to what was paid and did not go back.
    """

    __tablename__ = "tax_entries"
    __table_args__ = (
        sa.CheckConstraint(
            "(amount_fen > 0) = (refund_id IS NULL OR undone) AND (refund_id IS NOT NULL OR undone = false)",
            name="sale_or_refund",
        ),
        sa.CheckConstraint("tax_exempt = false OR tax_rate_bp = 0", name="exempt_has_no_rate"),
        sa.Index("ix_tax_entries_at", "at"),
        sa.Index(
            "uq_tax_entries_sale",
            *("order_id", "seller_id", "tax_rate_bp", "tax_exempt"),
            unique=True,
            sqlite_where=sa.text("refund_id IS NULL"),
            postgresql_where=sa.text("refund_id IS NULL"),
        ),
        sa.UniqueConstraint(
            *("refund_id", "undone", "seller_id", "tax_rate_bp", "tax_exempt"), name="uq_tax_entries_refund"
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey(Order.id), index=True)
    refund_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Refund.id))
    undone: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey(Seller.id))
    tax_rate_bp: Mapped[int]
    tax_exempt: Mapped[bool]
    amount_fen: Mapped[int]  # tax included
    at: Mapped[datetime]


class InvoiceStatus(StrEnum):
    REQUESTED = "requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    ISSUED = "issued"
    REVERSED = "reversed"


_WITH_NUMBER = "status IN ('issued', 'reversed')"
_WAITS = sa.text("waits")


class Invoice(Base):
    """A buyer's request to one seller, and the invoice that it became.

    What it will say stands in `title` and `tax_number` until it is issued; `issued_title` and `issued_tax_number` are
    what the document really says, and `difference_reason` why that may differ.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        sa.UniqueConstraint("seller_id", "sequence"),
        sa.CheckConstraint("sequence > 0", name="sequence_positive"),
        sa.CheckConstraint(f"({_WITH_NUMBER}) = (document_number IS NOT NULL)", name="issued_has_number"),
        sa.CheckConstraint(
            f"({_WITH_NUMBER}) = (amount_fen IS NOT NULL AND issued_at IS NOT NULL)", name="issued_has_amount"
        ),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_another"),
        sa.Index("ix_invoices_status_requested_at", "status", "requested_at"),
        sa.Index("ix_invoices_seller_title", "seller_id", "title"),
    )

    id: Mapped[PrimaryKey]
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey(Seller.id))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)  # ours
    status: Mapped[InvoiceStatus] = mapped_column(default=InvoiceStatus.REQUESTED)
    kind: Mapped[InvoiceKind]
    title: Mapped[str] = mapped_column(sa.String(120))
    tax_number: Mapped[str] = mapped_column(sa.String(20), default="")
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")  # why rejected or withdrawn
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invoices.id"), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invoices.id"), index=True)

    document_number: Mapped[str | None] = mapped_column(sa.ForeignKey(TaxDocument.number), unique=True)
    amount_fen: Mapped[int | None]
    issued_title: Mapped[str] = mapped_column(sa.String(120), default="")
    issued_tax_number: Mapped[str] = mapped_column(sa.String(20), default="")
    difference_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    issued_at: Mapped[datetime | None]  # when it was written down here
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    seller: Mapped[Seller] = relationship(lazy="raise")
    document: Mapped[TaxDocument | None] = relationship(lazy="raise")
    orders: Mapped[list[InvoiceOrder]] = relationship(lazy="raise", order_by="InvoiceOrder.order_id")
    files: Mapped[list[InvoiceFile]] = relationship(lazy="raise", order_by="InvoiceFile.id")
    red_letters: Mapped[list[RedLetter]] = relationship(lazy="raise", order_by="RedLetter.id")
    replaces: Mapped[Invoice | None] = relationship(
        lazy="raise", foreign_keys=[replaces_id], remote_side="Invoice.id"
    )
    merged_into: Mapped[Invoice | None] = relationship(
        lazy="raise", foreign_keys=[merged_into_id], remote_side="Invoice.id"
    )


class InvoiceOrder(Base):
    """An order that an invoice is for. Of one seller, at most one request for an order waits to be issued."""

    __tablename__ = "invoice_orders"
    __table_args__ = (
        sa.Index(
            "uq_invoice_orders_one_waits",
            *("order_id", "seller_id"),
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey(Invoice.id), primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey(Order.id), primary_key=True, index=True)
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey(Seller.id))
    waits: Mapped[bool] = mapped_column(
        default=True
    )  # the invoice is requested, or rejected and may be asked for again

    order: Mapped[Order] = relationship(lazy="raise")


class InvoicePart(Base):
    """What an issued invoice bills of one order at one rate; its parts add up to it."""

    __tablename__ = "invoice_parts"
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "order_id", "tax_rate_bp", "tax_exempt"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[PrimaryKey]
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey(Invoice.id))
    order_id: Mapped[int] = mapped_column(sa.ForeignKey(Order.id), index=True)
    tax_rate_bp: Mapped[int]
    tax_exempt: Mapped[bool]
    amount_fen: Mapped[int]


class RedLetterStatus(StrEnum):
    DUE = "due"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    ISSUED = "issued"
    DROPPED = "dropped"


class RedLetterCause(StrEnum):
    REFUND = "refund"  # money went back, or less is billable for another reason
    MISTAKE = "mistake"  # the invoice says something wrong
    RETURN = "return"  # goods came back


_NOT_DROPPED = sa.text("status <> 'dropped'")


class RedLetter(Base):
    """An issued invoice is taken back in full by a red-letter invoice; the buyer confirms it on the tax platform first."""

    __tablename__ = "red_letters"
    __table_args__ = (
        sa.CheckConstraint("(status = 'issued') = (document_number IS NOT NULL)", name="issued_has_number"),
        sa.Index("ix_red_letters_status_opened_at", "status", "opened_at"),
        sa.Index(
            "uq_red_letters_one_of_invoice",
            "invoice_id",
            unique=True,
            sqlite_where=_NOT_DROPPED,
            postgresql_where=_NOT_DROPPED,
        ),
    )

    id: Mapped[PrimaryKey]
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey(Invoice.id), index=True)
    status: Mapped[RedLetterStatus] = mapped_column(default=RedLetterStatus.DUE)
    cause: Mapped[RedLetterCause]
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    confirmation_number: Mapped[str] = mapped_column(sa.String(40), default="")
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    document_number: Mapped[str | None] = mapped_column(sa.ForeignKey(TaxDocument.number), unique=True)
    issued_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    document: Mapped[TaxDocument | None] = relationship(lazy="raise")


class FileKind(StrEnum):
    PDF = "pdf"
    OFD = "ofd"
    XML = "xml"


class InvoiceFile(Base):
    """A document as the tax platform gave it out; only finance and the order's buyer read it."""

    __tablename__ = "invoice_files"
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "red", "kind"),
        sa.CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[PrimaryKey]
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey(Invoice.id))
    red: Mapped[bool] = mapped_column(default=False)  # of its red letter
    kind: Mapped[FileKind]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in storage
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # one file is of one invoice
    size: Mapped[int]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
