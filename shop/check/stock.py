"""Every unit is in exactly one place, and the lots say the same as the allocations."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import BundleItem
from shop.check.rule import Rule
from shop.inventory.models import WHOLE_BP, Allocation, AllocationStatus, Lot, LotShare
from shop.ordering.models import Order, OrderLine, OrderStatus

LIVE = (AllocationStatus.HELD, AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


def _lots_add_up(session: Session) -> Iterator[tuple[str, str]]:
    somewhere = Lot.available + Lot.held + Lot.committed + Lot.shipped + Lot.withdrawn
    wrong = sa.select(Lot.code, Lot.declared, somewhere).where(Lot.declared != somewhere)
    for code, declared, found in session.execute(wrong):
        yield f"lot {code}", f"declared {declared}, found {found}"


def _no_negative_stock(session: Session) -> Iterator[tuple[str, str]]:
    smallest = sa.case(
        (Lot.available < 0, Lot.available),
        (Lot.held < 0, Lot.held),
        (Lot.committed < 0, Lot.committed),
        (Lot.shipped < 0, Lot.shipped),
        (Lot.withdrawn < 0, Lot.withdrawn),
        else_=0,
    )
    for code, units in session.execute(sa.select(Lot.code, smallest).where(smallest < 0)):
        yield f"lot {code}", f"{units} units"


def _lots_agree_with_allocations(session: Session) -> Iterator[tuple[str, str]]:
    counted = (
        sa.select(
            Allocation.lot_id,
            *(
                sa.func.sum(sa.case((Allocation.status == status, Allocation.units), else_=0)).label(status)
                for status in LIVE
            ),
        )
        .group_by(Allocation.lot_id)
        .subquery()
    )
    for status in LIVE:
        kept = getattr(Lot, status.value)
        allocated = sa.func.coalesce(counted.c[status.value], 0)
        wrong = (
            sa.select(Lot.code, kept, allocated)
            .outerjoin(counted, counted.c.lot_id == Lot.id)
            .where(kept != allocated)
        )
        for code, lot_says, allocations_say in session.execute(wrong):
            yield f"lot {code}", f"{status} {lot_says}, allocations say {allocations_say}"


def _shares_make_the_whole(session: Session) -> Iterator[tuple[str, str]]:
    whole = sa.func.coalesce(sa.func.sum(LotShare.share_bp), 0)
    wrong = (
        sa.select(Lot.code, whole)
        .outerjoin(LotShare, LotShare.lot_id == Lot.id)
        .group_by(Lot.id, Lot.code)
        .having(whole != WHOLE_BP)
    )
    for code, basis_points in session.execute(wrong):
        yield f"lot {code}", f"shares add up to {basis_points} basis points"


def _no_held_stock_behind_a_dead_order(session: Session) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(Order.number, Order.status, sa.func.sum(Allocation.units))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.status == AllocationStatus.HELD, Order.status != OrderStatus.AWAITING_PAYMENT)
        .group_by(Order.id, Order.number, Order.status)
    )
    for number, status, units in session.execute(wrong):
        yield f"order {number}", f"{units} units held, the order is {status}"


def _dead_orders_keep_nothing(session: Session) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(Order.number, sa.func.sum(Allocation.units))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.status == AllocationStatus.COMMITTED, Order.status == OrderStatus.CANCELLED)
        .group_by(Order.id, Order.number)
    )
    for number, units in session.execute(wrong):
        yield f"order {number}", f"cancelled, {units} units still committed"


def _nothing_is_allocated_beyond_what_was_asked(session: Session) -> Iterator[tuple[str, str]]:
    asked = OrderLine.quantity * sa.func.coalesce(BundleItem.units, 1)
    allocated = sa.func.sum(Allocation.units)
    wrong = (
        sa.select(Order.number, OrderLine.sku, asked, allocated)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .outerjoin(
            BundleItem,
            sa.and_(
                BundleItem.bundle_id == OrderLine.variant_id, BundleItem.component_id == Allocation.variant_id
            ),
        )
        .where(Allocation.status.in_(LIVE), OrderLine.is_bundle.is_(False))
        .group_by(Order.number, OrderLine.id, OrderLine.sku, Allocation.variant_id, asked)
        .having(allocated > asked)
    )
    for number, sku, units_asked, units_allocated in session.execute(wrong):
        yield f"order {number}", f"{sku}: asked {units_asked}, allocated {units_allocated}"


RULES = (
    Rule("lot: declared = available + held + committed + shipped + withdrawn", _lots_add_up),
    Rule("lot: no negative stock", _no_negative_stock),
    Rule("lot: held, committed and shipped are what the allocations say", _lots_agree_with_allocations),
    Rule("lot: shares make the whole", _shares_make_the_whole),
    Rule("order: no held stock behind a dead order", _no_held_stock_behind_a_dead_order),
    Rule("order: a cancelled order keeps nothing", _dead_orders_keep_nothing),
    Rule("order: nothing is allocated beyond what was asked", _nothing_is_allocated_beyond_what_was_asked),
)
