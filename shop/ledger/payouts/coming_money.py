"""What a household has earned and not got yet: for what goods, what it waits for, and by when it is paid."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ledger.payouts.closing import owed_by_buyers
from shop.ledger.payouts.rule import PayoutRule
from shop.ordering.models import Order, OrderStatus

MOST_LINES: Final = 400


class WaitsFor(StrEnum):
    BUYER = "buyer"  # to have the goods
    TRANSFER = "transfer"  # of an organisation that bought on terms
    CLOSING = "closing"  # the next run
    PAYING = "paying"  # stands in a draft


@dataclass(frozen=True, slots=True)
class ComingLine:
    """What one order brings for one lot, in fen; `on`: received, or shipped. By `by` it is paid, if a day is known."""

    goods_zh: str
    on: datetime | None
    waits_for: WaitsFor
    by: date | None
    fen: int


@dataclass(frozen=True, slots=True)
class ComingSum:
    waits_for: WaitsFor
    by: date | None
    fen: int


def coming_lines(
    session: Session, household_ids: Collection[int], rule: PayoutRule, *, complete_days: int, now: datetime
) -> list[ComingLine]:
    """All that is in no payout that somebody has approved, what is received first. One statement.

    `complete_days`: so long after it left an order counts as received.
    """
    is_received = Order.status == OrderStatus.COMPLETED
    is_owed = Order.id.in_(owed_by_buyers())
    names: tuple[Any, ...] = (Product.name_zh, Variant.name_zh)
    head: tuple[Any, ...] = (Order.status, Order.shipped_at, Order.completed_at, PayoutRun.created_at)
    rows: Any = session.execute(
        sa.select(*names, *head, is_owed, -sa.func.sum(Posting.amount_fen))
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .outerjoin(Lot, Lot.id == Posting.lot_id)
        .outerjoin(Variant, Variant.id == Lot.variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .outerjoin(PayoutItem, PayoutItem.posting_id == Posting.id)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .outerjoin(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            Posting.household_id.in_(household_ids),
            JournalEntry.kind != EntryKind.PAYOUT,
            Order.status != OrderStatus.CANCELLED,
            sa.or_(Payout.id.is_(None), Payout.status == PayoutStatus.DRAFT),
        )
        .group_by(Order.id, Posting.lot_id, *names, *head)
        .having(sa.func.sum(Posting.amount_fen) != 0)
        .order_by(sa.case((is_received, 0), else_=1), Order.completed_at, Order.shipped_at, Order.id)
    )
    expect = _Expecting(rule, timedelta(days=complete_days), shanghai_date(now))
    lines = []
    for zh, pack, status, shipped, completed, drafted, owed, fen in rows:
        on, waits_for, by = expect(status, shipped, completed, drafted, owed=owed)
        lines.append(ComingLine(f"{zh or ''} {pack or ''}".strip(), on, waits_for, by, int(fen)))
    return lines


def coming_sums(lines: Sequence[ComingLine]) -> list[ComingSum]:
    """The same by what it waits for and until when, the soonest first. Pure."""
    sums: dict[tuple[WaitsFor, date | None], int] = {}
    for line in lines:
        key = line.waits_for, line.by
        sums[key] = sums.get(key, 0) + line.fen
    order = list(WaitsFor)
    found = [ComingSum(*key, fen) for key, fen in sums.items() if fen]
    return sorted(found, key=lambda one: (one.by or date.max, -order.index(one.waits_for)))


@dataclass(frozen=True)
class _Expecting:
    rule: PayoutRule
    completes_in: timedelta
    today: date

    def __call__(
        self,
        status: OrderStatus,
        shipped_at: datetime | None,
        completed_at: datetime | None,
        drafted_at: datetime | None,
        *,
        owed: bool,
    ) -> tuple[datetime | None, WaitsFor, date | None]:
        if drafted_at is not None:
            return completed_at, WaitsFor.PAYING, self.rule.paid_by(shanghai_date(drafted_at))
        if owed:
            return completed_at or shipped_at, WaitsFor.TRANSFER, None
        if status is OrderStatus.COMPLETED and completed_at is not None:
            return completed_at, WaitsFor.CLOSING, self._paid_by(shanghai_date(completed_at))
        received = shanghai_date(shipped_at + self.completes_in) if shipped_at is not None else None
        return shipped_at, WaitsFor.BUYER, self._paid_by(received) if received is not None else None

    def _paid_by(self, completed: date) -> date | None:
        """What a run has left behind stands in the next one."""
        closing = self.rule.closing_after(max(completed, self.today - timedelta(days=1)))
        return self.rule.paid_by(closing) if closing is not None else None
