"""What a payout is for, line by line: for the household, on paper and on its phone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Product, Variant, Village
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.errors import NotFound
from shop.ledger.models import JournalEntry, Payout, PayoutItem, PayoutRun, PayoutStatus, Posting
from shop.ledger.recall_charges import is_recall_charge
from shop.ledger.returned import restocked_in_payout, units_left, was_sold_in
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund


@dataclass(frozen=True, slots=True)
class SlipLine:
    """What one order brought for one lot. `units` are the lot's; of a pooled lot the household has a share.

    Below nothing they are back in stock, and what an earlier payout paid for them is taken off.

    Without a line and a lot it is something else of that order, such as a part that a refund took back.
    """

    order_number: str
    completed_at: datetime
    goods_zh: str  # with the pack; of a gift box what the lot gave into it
    goods_en: str
    lot: str
    units: int
    price_fen: int | None  # none for what is in a gift box: it has no price of its own
    fen: int
    recall_zh: str = (
        ""  # why its lot was recalled, where the line is what the household bears of that, or got back
    )


@dataclass(frozen=True)
class Payslip:
    id: int
    run_number: str
    until: date
    household_id: int
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    status: PayoutStatus
    amount_fen: int
    paid_at: datetime | None
    bank_reference: str
    in_cash: bool
    lines: Sequence[SlipLine] = field(default_factory=tuple)

    @property
    def lines_fen(self) -> int:
        return sum(line.fen for line in self.lines)


def read_payslip(
    session: Session, payout_id: int, *, of_households: Collection[int] | None = None
) -> Payslip:
    """Three statements. Raises NotFound, also for a payout of none of these households."""
    statement = (
        sa.select(
            Payout.id,
            PayoutRun.number,
            PayoutRun.until,
            Payout.household_id,
            Household.alias_zh,
            Household.alias_en,
            Village.name_zh,
            Village.name_en,
            Payout.status,
            Payout.amount_fen,
            Payout.paid_at,
            Payout.bank_reference,
            Payout.in_cash,
        )
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(Payout.id == payout_id)
    )
    if of_households is not None:
        statement = statement.where(Payout.household_id.in_(of_households))
    head = session.execute(statement).one_or_none()
    if head is None:
        raise NotFound()
    facts: list[Any] = [*head, tuple(_lines(session, payout_id))]
    return Payslip(*facts)


def _lines(session: Session, payout_id: int) -> list[SlipLine]:
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .where(
            Allocation.order_line_id == Posting.order_line_id,
            Allocation.lot_id == Posting.lot_id,
            Allocation.status.in_((AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)),
        )
        .correlate(Posting)
        .scalar_subquery()
    )
    price = sa.case((OrderLine.is_bundle, None), else_=OrderLine.unit_price_fen)
    head: tuple[Any, ...] = (Order.number, Order.completed_at, Lot.code, *_names())
    rows = session.execute(
        sa.select(
            *(*head, units, price, sa.cast(-sa.func.sum(Posting.amount_fen), sa.BigInteger)),
            *(Posting.order_line_id, Posting.lot_id, was_sold_in(), Refund.reason),
        )
        .select_from(PayoutItem)
        .join(Posting, Posting.id == PayoutItem.posting_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .outerjoin(Refund, is_recall_charge())
        .outerjoin(OrderLine, OrderLine.id == Posting.order_line_id)
        .outerjoin(Lot, Lot.id == Posting.lot_id)
        .outerjoin(Variant, Variant.id == Lot.variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(PayoutItem.payout_id == payout_id)
        .group_by(
            *(*head, Posting.order_line_id, Posting.lot_id, Refund.reason),
            *(OrderLine.is_bundle, OrderLine.unit_price_fen),
        )
        .having(sa.func.sum(Posting.amount_fen) != 0)
        .order_by(Order.completed_at, Order.number, Posting.order_line_id, Posting.lot_id, Refund.reason)
    )
    back = restocked_in_payout(session, payout_id)
    return [
        SlipLine(
            number,
            completed_at,
            f"{zh or ''} {pack_zh or ''}".strip(),
            f"{en or ''} {pack_en or ''}".strip(),
            lot or "",
            units_left(int(count), back.get((line_id, lot_id), 0), sold=sold),
            price_fen,
            fen,
            why or "",
        )
        for number, completed_at, lot, zh, en, pack_zh, pack_en, count, price_fen, fen, line_id, lot_id, sold, why in rows
    ]


def _names() -> tuple[sa.ColumnElement[str], ...]:
    """Goods and pack as they were ordered; out of a gift box what lay in it, for the units are counted in that."""
    ordered = (
        OrderLine.product_name_zh,
        OrderLine.product_name_en,
        OrderLine.variant_name_zh,
        OrderLine.variant_name_en,
    )
    of_lot = (Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en)
    in_box = sa.and_(OrderLine.is_bundle, Variant.id.is_not(None))
    return tuple(sa.case((in_box, lot), else_=line) for line, lot in zip(ordered, of_lot, strict=True))
