"""Vouchers for goods bought from households."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Household, Seller
from shop.invoicing.models.documents import TaxDocument
from shop.ledger.models import PayeeKind, Payout
from shop.storage.base import Base, PrimaryKey


class VoucherStatus(StrEnum):
    DUE = "due"
    ISSUED = "issued"
    REVERSED = "reversed"
    NOT_NEEDED = "not_needed"


_STANDS = sa.text("status <> 'reversed'")


class PurchaseVoucher(Base):
    """What a seller that buys from households issues when one was paid (收购发票).

    Who took the money is kept as it was then, sealed under FIELD_KEYS. A red letter takes an issued one back; money
    that is paid again then has another.
    """

    __tablename__ = "purchase_vouchers"
    __table_args__ = (
        sa.UniqueConstraint("seller_id", "sequence"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint(
            "(status IN ('issued', 'reversed')) = (document_number IS NOT NULL)", name="issued_has_number"
        ),
        sa.CheckConstraint("(status = 'reversed') = (red_number IS NOT NULL)", name="reversed_has_number"),
        sa.CheckConstraint("(status = 'not_needed') = (reason <> '')", name="not_needed_has_reason"),
        sa.Index("ix_purchase_vouchers_status_opened_at", "status", "opened_at"),
        sa.Index(
            "uq_purchase_vouchers_one_that_stands",
            *("payout_id", "seller_id"),
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )

    id: Mapped[PrimaryKey]
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey(Seller.id))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)  # ours
    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payouts.id"))
    household_id: Mapped[int] = mapped_column(sa.ForeignKey(Household.id), index=True)
    amount_fen: Mapped[int]
    status: Mapped[VoucherStatus] = mapped_column(default=VoucherStatus.DUE)
    payee_kind: Mapped[PayeeKind | None]
    relation: Mapped[str] = mapped_column(sa.String(40), default="")
    name_sealed: Mapped[str] = mapped_column(sa.Text, default="")
    identity_sealed: Mapped[str] = mapped_column(sa.Text, default="")
    opened_at: Mapped[datetime]
    document_number: Mapped[str | None] = mapped_column(sa.ForeignKey(TaxDocument.number), unique=True)
    issued_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")  # why none is needed
    red_number: Mapped[str | None] = mapped_column(sa.ForeignKey(TaxDocument.number), unique=True)
    reversal_reason: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    seller: Mapped[Seller] = relationship(lazy="raise")
    household: Mapped[Household] = relationship(lazy="raise")
    document: Mapped[TaxDocument | None] = relationship(lazy="raise", foreign_keys=[document_number])
    red_document: Mapped[TaxDocument | None] = relationship(lazy="raise", foreign_keys=[red_number])
    payout: Mapped[Payout] = relationship(lazy="raise", viewonly=True)
