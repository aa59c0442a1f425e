"""What becomes of a closed campaign's order: called off by the team, or units leave it that nobody has."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from shop.campaigns.models import CampaignOrder
from shop.inventory.holds import withdraw_allocations
from shop.inventory.models import Allocation, AllocationStatus
from shop.ordering.closing import close_units
from shop.ordering.locking import lock_order
from shop.ordering.models import OrderLine
from shop.ordering.reasons import Reason
from shop.payments.cancelling import cancel_order


def later(union):
    return union.now + timedelta(days=2)


def order_id_of(session):
    order_id = session.scalars(sa.select(CampaignOrder.order_id)).one()
    session.rollback()
    return order_id


def call_off(session, unit_of_work, union):
    """By the team."""
    cancel_order(
        unit_of_work, {}, order_id_of(session), actor_id=union.buyer_id, now=later(union), reason="frost",
        also_confirmed=True,
    )  # fmt: skip


def take_out(session, unit_of_work, union, sku, units, *, order_id=None):
    """So many units that nobody has leave the campaign's order."""
    order_id = order_id or order_id_of(session)

    def leave(inner):
        order, left = lock_order(inner, order_id), units
        rows = inner.scalars(
            sa.select(Allocation)
            .join(OrderLine, OrderLine.id == Allocation.order_line_id)
            .where(OrderLine.order_id == order_id, Allocation.variant_id == union.shop.variants[sku])
            .where(Allocation.status == AllocationStatus.COMMITTED)
        ).all()
        ids = []
        for row in rows:
            goes = min(row.units, left)
            if goes:
                ids.append(cut(inner, row, goes))
            left -= goes
        withdraw_allocations(inner, ids, now=later(union), reason=Reason.PAID_BACK)
        close_units(inner, order, ids, reason="frost", actor_id=None, now=later(union))

    unit_of_work.run(leave)


def cut(session, row, units):
    """The id of an allocation of so many units of this one."""
    if units == row.units:
        return row.id
    part = Allocation(
        order_line_id=row.order_line_id, variant_id=row.variant_id, lot_id=row.lot_id, units=units,
        status=row.status, household_fen=row.household_fen * units // row.units, created_at=row.created_at,
        changed_at=row.changed_at,
    )  # fmt: skip
    row.household_fen -= part.household_fen
    row.units -= units
    session.add(part)
    session.flush()
    return part.id
