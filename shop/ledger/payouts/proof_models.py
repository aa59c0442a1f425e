"""Papers that prove that a payout reached somebody."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import PictureState
from shop.ledger.models import Payout, PayoutRun
from shop.storage.base import Base, PrimaryKey


class ProofKind(StrEnum):
    PDF = "pdf"
    PHOTO = "photo"


class PayoutProof(Base):
    """A bank's confirmation, a bank slip or a signed receipt. A photo is made anew by the worker before it is shown.

    Of a run as a whole, unless `proven` names the payouts that it is for. Each file once: last month's receipt proves
    nothing of this month.
    """

    __tablename__ = "payout_proofs"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size_positive"),)

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey(PayoutRun.id), index=True)
    kind: Mapped[ProofKind]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in the store
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the file as it was sent
    size: Mapped[int]
    state: Mapped[PictureState] = mapped_column(index=True)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    proven: Mapped[list[ProvenPayout]] = relationship(lazy="raise", order_by="ProvenPayout.payout_id")


class ProvenPayout(Base):
    """Which attempt of which payout a proof is for: what was sent back is not proven by what was signed before."""

    __tablename__ = "proven_payouts"

    proof_id: Mapped[int] = mapped_column(sa.ForeignKey(PayoutProof.id, ondelete="CASCADE"), primary_key=True)
    payout_id: Mapped[int] = mapped_column(sa.ForeignKey(Payout.id), primary_key=True, index=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
