"""What of an order is back in stock: it does not stand in the order's sale any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Allocation, ReturnedUnits, ReturnStatus
from shop.inventory.returns import part_earned
from shop.ledger.models import EntryKind, JournalEntry, PayoutItem, Posting
from shop.ordering.models import OrderLine
from shop.payments.models import RefundLine


@dataclass(frozen=True)
class Returned:
    """Units of lines, units of allocations, and what these had earned, in fen."""

    of_lines: Counter[int] = field(default_factory=Counter)
    units: Counter[int] = field(default_factory=Counter)
    fen: Counter[int] = field(default_factory=Counter)


NOTHING_RETURNED: Final = Returned()
RESTOCKED: Final = ":restocked"  # what the reference of an entry ends in that takes such a sale back
WRITTEN_OFF: Final = ":written_off"  # and of one that says that it was a mistake


def returned_of_order(session: Session, order_id: int) -> Returned:
    """As the stock says it. One statement."""
    rows = session.execute(
        sa.select(
            *(RefundLine.id, RefundLine.order_line_id, RefundLine.units),
            *(ReturnedUnits.allocation_id, ReturnedUnits.units, ReturnedUnits.household_fen),
        )
        .join(RefundLine, RefundLine.id == ReturnedUnits.refund_line_id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(OrderLine.order_id == order_id, ReturnedUnits.status == ReturnStatus.RESTOCKED)
    ).all()
    found = Returned()
    seen: set[int] = set()
    for refund_line_id, line_id, line_units, allocation_id, units, fen in rows:
        if refund_line_id not in seen:
            found.of_lines[line_id] += line_units
            seen.add(refund_line_id)
        found.units[allocation_id] += units
        found.fen[allocation_id] += fen
    return found


def with_more(
    session: Session, before: Returned, units: Mapping[int, int], pieces: Mapping[int, int]
) -> Returned:
    """As it would be with these units of lines, which are these units of allocations, back in stock as well."""
    earned = sa.select(Allocation.id, Allocation.household_fen, Allocation.units)
    more = Returned(Counter(before.of_lines), Counter(before.units), Counter(before.fen))
    more.of_lines.update(units)
    for one, fen, of in session.execute(earned.where(Allocation.id.in_(pieces))):
        more.fen[one] += part_earned(
            fen, pieces[one], of, before=before.units[one], taken_fen=before.fen[one]
        )
        more.units[one] += pieces[one]
    return more


def restocked_in_payout(session: Session, payout_id: int) -> dict[tuple[int, int], int]:
    """By order line and lot: units whose money a payout takes back, since they are in stock again. One statement."""
    with_it = sa.literal("refund:") + sa.cast(RefundLine.refund_id, sa.String) + sa.literal(RESTOCKED)
    later = sa.literal("refund_line:") + sa.cast(RefundLine.id, sa.String) + sa.literal(RESTOCKED)
    taken_back = (
        sa.exists()
        .where(PayoutItem.payout_id == payout_id, PayoutItem.posting_id == Posting.id)
        .where(Posting.lot_id == Allocation.lot_id, Posting.order_line_id == Allocation.order_line_id)
        .where(Posting.entry_id == JournalEntry.id, JournalEntry.reference.in_((with_it, later)))
    )
    rows = session.execute(
        sa.select(Allocation.order_line_id, Allocation.lot_id, sa.func.sum(ReturnedUnits.units))
        .join(ReturnedUnits, ReturnedUnits.allocation_id == Allocation.id)
        .join(RefundLine, RefundLine.id == ReturnedUnits.refund_line_id)
        .where(ReturnedUnits.status == ReturnStatus.RESTOCKED, taken_back)
        .group_by(Allocation.order_line_id, Allocation.lot_id)
    )
    return {(line_id, lot_id): int(units) for line_id, lot_id, units in rows}


def was_sold_in() -> sa.ColumnElement[bool]:
    """SQL, over postings with their entries: whether what units earned is among them, and not only what was taken back."""
    sold = JournalEntry.kind.in_((EntryKind.SALE, EntryKind.REASSIGNMENT))
    return sa.func.max(sa.case((sold, 1), else_=0)) == 1


def units_left(units: int, back: int, *, sold: bool) -> int:
    """Of so many units of an order those that a payout is for: below nothing when it only takes money back. Pure."""
    return (units if sold or not back else 0) - back
