"""Certificates and pledges as documents: the photo or PDF beside the number that is on file."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class ProofFile(Base):
    """A file of one certificate, or of one lot's pledge; the same file once for each."""

    __tablename__ = "proof_files"
    __table_args__ = (
        sa.UniqueConstraint("certificate_id", "digest", name="uq_proof_files_of_certificate"),
        sa.UniqueConstraint("pledge_id", "digest", name="uq_proof_files_of_pledge"),
        sa.CheckConstraint("(certificate_id IS NULL) <> (pledge_id IS NULL)", name="of_one_paper"),
        sa.CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[PrimaryKey]
    certificate_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certificates.id", ondelete="CASCADE"))
    pledge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lot_pledges.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(120))  # as who sent it calls it
    file: Mapped[str] = mapped_column(sa.String(120), unique=True)  # unguessable, in the private store
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256 of what was sent
    size: Mapped[int]  # bytes
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)

    @property
    def ending(self) -> str:
        return self.file.rsplit(".", 1)[-1]
