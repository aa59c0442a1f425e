"""A pack of papers that is made or being made, and papers that the organisation attaches itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_WAITS = sa.text("state = 'waiting'")


class PackKind(StrEnum):
    """What the papers are about."""

    ORDER = "order"
    CAMPAIGN = "campaign"
    QUOTATION = "quotation"
    GIFT = "gift"
    BILL = "bill"  # one invoice for several orders


class PackState(StrEnum):
    WAITING = "waiting"  # the worker makes it
    MADE = "made"
    FAILED = "failed"


class Slot(StrEnum):
    """Which paper it is."""

    CONTRACT = "contract"
    ACCEPTANCE = "acceptance"
    SIGN_OFF = "sign_off"
    PAYMENT = "payment"  # the bank's slip of a transfer
    OTHER = "other"


class ReimbursementPack(Base):
    """One making of the papers: a PDF and a ZIP under one random name, for some days.

    `ref` is what its address says: an order's, a quotation's or an invoice request's number, a campaign's or a gift's id.
    `done` of `total` papers are written.
    """

    __tablename__ = "reimbursement_packs"
    __table_args__ = (
        sa.CheckConstraint("(state = 'made') = (made_at IS NOT NULL)", name="made_at_some_time"),
        sa.Index("ix_reimbursement_packs_about", "organisation_id", "kind", "ref", "id"),
        sa.Index("ix_reimbursement_packs_asked_at", "asked_at"),
        sa.Index(
            "uq_reimbursement_packs_one_waits",
            *("organisation_id", "kind", "ref"),
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    kind: Mapped[PackKind]
    ref: Mapped[str] = mapped_column(sa.String(40))
    language: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[PackState] = mapped_column(default=PackState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)  # papers that were not there when it was made
    key: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    pdf_size: Mapped[int] = mapped_column(default=0)
    zip_size: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(sa.String(40), default="")  # the code of an error
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime | None]


class ReimbursementPaper(Base):
    """A paper that the organisation has itself: a signed sheet as a scan, the slip of its transfer."""

    __tablename__ = "reimbursement_papers"
    __table_args__ = (
        sa.UniqueConstraint(
            "organisation_id", "kind", "ref", "digest", name="uq_reimbursement_papers_one_file"
        ),
        sa.CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    kind: Mapped[PackKind]
    ref: Mapped[str] = mapped_column(sa.String(40))
    slot: Mapped[Slot]
    name: Mapped[str] = mapped_column(sa.String(120))  # as who sent it calls it
    file: Mapped[str] = mapped_column(sa.String(120), unique=True)  # unguessable, in the private store
    digest: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
