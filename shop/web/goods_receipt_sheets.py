"""What was ordered of a quotation beside what arrived, as it is written, read and printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, User
from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderLine
from shop.payments.models import NOTHING_BACK, Refund
from shop.payments.short_deliveries import units_refunded
from shop.quotations.models import Quotation
from shop.quotations.reading import read_quotation
from shop.quotations.receipt_models import GoodsReceipt, GoodsReceiptLine
from shop.quotations.receiving import receipt_of


@dataclass(frozen=True)
class ReceiptSheet:
    """`credit` is the refund that the shortage gave, if the shop agreed to it.

    `refunded`: units by order line whose price went back, or is on its way, by any refund.
    """

    quotation: Quotation
    organisation: Organisation
    order: Order
    lines: Sequence[OrderLine]
    receipt: GoodsReceipt | None
    found: Mapping[int, GoodsReceiptLine]
    written_by: str
    seconded_by: str
    credit: Refund | None
    refunded: Mapping[int, int]


def receipt_sheet(session: Session, number: str, organisation_id: int | None = None) -> ReceiptSheet:
    """Raises NotFound, also for a quotation that is not ordered, or of another organisation."""
    quotation = read_quotation(session, number, organisation_id)
    if quotation.agreement is None:
        raise NotFound()
    order_id = quotation.agreement.order_id
    receipt = receipt_of(session, quotation.id)
    lines = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id))
    return ReceiptSheet(
        quotation,
        session.get_one(Organisation, quotation.organisation_id),
        session.get_one(Order, order_id),
        lines.all(),
        receipt,
        {one.order_line_id: one for one in receipt.lines} if receipt else {},
        _name(session, receipt.written_by_id if receipt else None),
        _name(session, receipt.seconded_by_id if receipt else None),
        _credit(session, order_id, receipt),
        units_refunded(session, order_id),
    )


def _name(session: Session, user_id: int | None) -> str:
    person = session.get(User, user_id) if user_id is not None else None
    return (person.name or person.email or "") if person is not None else ""


def _credit(session: Session, order_id: int, receipt: GoodsReceipt | None) -> Refund | None:
    if receipt is None:
        return None
    return session.scalar(
        sa.select(Refund).where(
            Refund.order_id == order_id,
            Refund.request_token == f"receipt:{receipt.id}",
            Refund.status.not_in(NOTHING_BACK),
        )
    )
