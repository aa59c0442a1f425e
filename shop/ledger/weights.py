"""A line costs less because it weighs less: everybody with a part of its price gives in proportion, to the fen.

Weighed anew and found heavier, everybody has their part again: the entry is taken back by another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, SplitRule
from shop.catalogue.split import Parts, split_price
from shop.inventory.figures import change_earned
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.money import split
from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.months import open_moment
from shop.ledger.posting import Place, gather, post, posted_for_order
from shop.ordering.models import Order, OrderLine
from shop.payments.events import RefundUndone
from shop.payments.models import Refund, RefundStatus, RefundWeight

_OF_THE_ORDER = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REVERSAL, EntryKind.REFUND)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a village's producers supplied of a line: `weight` is what it weighs among others."""

    village_id: int
    weight: int


def borne_by_weight(session: Session, order_id: int, refund_id: int) -> dict[Place, int]:
    """What each gives, as debits in fen that add up to the refund: the difference between the parts of the price before
    and those of the price after.
    """
    rule = session.scalars(
        sa.select(SplitRule).join(Order, Order.split_version == SplitRule.version).where(Order.id == order_id)
    ).one()
    posted = posted_for_order(session, order_id, JournalEntry.kind.in_(_OF_THE_ORDER))
    kept = _kept(session, order_id)
    given: list[tuple[Place, int]] = []
    for line_id, was_fen, less_fen in _lines(session, refund_id):
        earned = {
            place: -fen
            for place, fen in sorted(posted.items())
            if place.account is Account.HOUSEHOLD_PAYABLE and place.order_line_id == line_id and fen < 0
        }
        given += share_less(rule, was_fen, less_fen, earned, kept.get(line_id, ()))
    return gather(given)


def book_undone_refund(session: Session, event: RefundUndone) -> None:
    """What its entry moved is moved back, place by place; the households' figures follow. Posted before: nothing."""
    reference = f"refund:{event.refund_id}"
    entry_id = session.scalar(sa.select(JournalEntry.id).where(JournalEntry.reference == reference))
    if entry_id is None:
        return
    moved = posted_for_order(session, event.order_id, JournalEntry.id == entry_id)
    back, now = {place: -fen for place, fen in moved.items()}, open_moment(session, event.at)
    entry = post(
        session, EntryKind.REFUND, f"{reference}:undone", back,
        now=now, order_id=event.order_id, reverses_id=entry_id,
    )  # fmt: skip
    if entry is not None:
        change_earned(session, _of_households(moved), now)


def _of_households(moved: Mapping[Place, int]) -> dict[int, int]:
    """In fen: what of it they had given."""
    given: dict[int, int] = defaultdict(int)
    for place, fen in moved.items():
        if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
            given[place.household_id] += fen
    return dict(given)


def share_less(
    rule: SplitRule, was_fen: int, less_fen: int, earned: Mapping[Place, int], kept: Sequence[Kept]
) -> Iterator[tuple[Place, int]]:
    """Pure. Households in proportion to what the line earned them and never more; villages by what their producers kept."""
    before, after = split_price(rule, was_fen), split_price(rule, was_fen - less_fen)
    less = Parts(*(one - other for one, other in zip(astuple(before), astuple(after), strict=True)))
    of_households = min(less.household, sum(earned.values()))
    yield from zip(earned, split(of_households, list(earned.values())) if earned else (), strict=True)
    yield Place(Account.ROUNDING), less.household - of_households
    for account, fen in ((Account.PACKING_PAYABLE, less.packing), (Account.VILLAGE_FUND, less.village_fund)):
        if not kept:
            yield Place(account), fen
            continue
        for one, part in zip(kept, split(fen, [each.weight for each in kept]), strict=True):
            yield Place(account, village_id=one.village_id), part
    yield Place(Account.FREIGHT_PAYABLE), less.freight
    yield Place(Account.FEE_RESERVE), less.payment_fee
    yield Place(Account.SHOP_INCOME), less.shop


def _lines(session: Session, refund_id: int) -> list[tuple[int, int, int]]:
    """Line, what it cost before this refund, and by how much less it costs now."""
    earlier = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundWeight.amount_fen), 0))
        .join(Refund, Refund.id == RefundWeight.refund_id)
        .where(
            RefundWeight.order_line_id == OrderLine.id,
            Refund.id < refund_id,
            Refund.status == RefundStatus.SUCCEEDED,
        )
        .correlate(OrderLine)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(OrderLine.id, OrderLine.line_fen - earlier, RefundWeight.amount_fen)
        .join(RefundWeight, RefundWeight.order_line_id == OrderLine.id)
        .where(RefundWeight.refund_id == refund_id)
        .order_by(OrderLine.id)
    )
    return [(line_id, int(was), less) for line_id, was, less in rows]


def _kept(session: Session, order_id: int) -> dict[int, list[Kept]]:
    rows = session.execute(
        sa.select(
            Allocation.order_line_id,
            Producer.village_id,
            sa.func.sum(Allocation.household_fen),
            sa.func.sum(Allocation.units),
        )
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(
            OrderLine.order_id == order_id,
            Allocation.status.in_((AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)),
        )
        .group_by(Allocation.order_line_id, Producer.village_id)
        .order_by(Allocation.order_line_id, Producer.village_id)
    )
    found: dict[int, list[Kept]] = {}
    for line_id, village_id, fen, units in rows:
        found.setdefault(line_id, []).append(Kept(village_id, int(fen) or int(units)))
    return found
