"""Numbers: what the tax platform gave out, and what a seller counts by itself."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.catalogue.models import Seller
from shop.storage.base import Base

NUMBER_LENGTH = 20  # of every document of the tax platform


class DocumentKind(StrEnum):
    INVOICE = "invoice"
    RED_LETTER = "red_letter"
    VOUCHER = "voucher"


class TaxDocument(Base):
    """A number of the tax platform that was written down; none is ever of two documents."""

    __tablename__ = "tax_documents"
    __table_args__ = (sa.CheckConstraint(f"length(number) = {NUMBER_LENGTH}", name="twenty_digits"),)

    number: Mapped[str] = mapped_column(sa.String(NUMBER_LENGTH), primary_key=True)
    kind: Mapped[DocumentKind]
    issued_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class Series(StrEnum):
    REQUEST = "request"
    VOUCHER = "voucher"


class NumberSeries(Base):
    """The last number that a seller gave to a request or a voucher; given one after the other, without gaps."""

    __tablename__ = "number_series"

    seller_id: Mapped[int] = mapped_column(sa.ForeignKey(Seller.id), primary_key=True)
    series: Mapped[Series] = mapped_column(primary_key=True)
    last: Mapped[int]
