"""Bags, pledges and recalls: numbers are handed out once, nothing is sold that may not be."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import Product, Variant
from shop.check.rule import or_nothing, rule
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotChange, LotStatus
from shop.inventory.returns import sold_again
from shop.inventory.trace_models import BagPrint, LotOrigin, LotPledge, LotRecall, RecalledOrder, RecallState
from shop.ordering.models import OrderLine

_PROMISED = (AllocationStatus.HELD, AllocationStatus.COMMITTED)

_handed_out = (
    sa.select(BagPrint.lot_id, sa.func.sum(BagPrint.last - BagPrint.first + 1).label("labels"))
    .where(BagPrint.reason == "")
    .group_by(BagPrint.lot_id)
    .subquery()
)
_in_force = sa.select(LotPledge.lot_id).where(LotPledge.replaced_at.is_(None)).subquery()
_active = sa.select(LotRecall.lot_id, LotRecall.id).where(LotRecall.state == RecallState.ACTIVE).subquery()
_recalled_lots = (
    sa.select(Variant.product_id, sa.func.count(_active.c.id).label("lots"))
    .join(Lot, Lot.variant_id == Variant.id)
    .join(_active, _active.c.lot_id == Lot.id)
    .group_by(Variant.product_id)
    .subquery()
)
_packed_anew = (
    sa.select(LotOrigin.origin_id, sa.func.sum(LotOrigin.units).label("units"))
    .group_by(LotOrigin.origin_id)
    .subquery()
)
_noted_anew = (
    sa.select(LotChange.lot_id, sa.func.sum(LotChange.repacked_change).label("units"))
    .group_by(LotChange.lot_id)
    .subquery()
)

RULES = (
    rule(
        "bags: each number of a lot was handed out once",
        sa.select(Lot.code, Lot.bags_printed, or_nothing(_handed_out.c.labels).label("labels"))
        .outerjoin(_handed_out, _handed_out.c.lot_id == Lot.id)
        .where(Lot.bags_printed != or_nothing(_handed_out.c.labels)),
        "lot {code}",
        "the last number is {bags_printed}, prints say {labels}",
    ),
    rule(
        "pledge: a lot that waits for one has none, and is promised to nobody",
        sa.select(Lot.code, Lot.held, Lot.committed)
        .outerjoin(_in_force, _in_force.c.lot_id == Lot.id)
        .where(
            Lot.needs_pledge.is_(True),
            sa.or_(_in_force.c.lot_id.is_not(None), Lot.held > 0, Lot.committed > 0),
        ),
        "lot {code}",
        "waits for its pledge; {held} held, {committed} committed",
    ),
    rule(
        "recall: a recalled lot is off sale",
        sa.select(Lot.code, Lot.status, Lot.available)
        .join(_active, _active.c.lot_id == Lot.id)
        .where(sa.or_(Lot.status == LotStatus.OPEN, Lot.available > 0)),
        "lot {code}",
        "{status}, {available} available",
    ),
    rule(
        "recall: every order with goods of the lot is on its list",
        sa.select(Lot.code, OrderLine.order_id)
        .join(_active, _active.c.lot_id == Lot.id)
        .join(Allocation, Allocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .outerjoin(
            RecalledOrder,
            sa.and_(RecalledOrder.recall_id == _active.c.id, RecalledOrder.order_id == OrderLine.order_id),
        )
        .where(
            Allocation.status.in_((AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)),
            Allocation.units > sold_again(),  # what came back whole is the lot's own again
            RecalledOrder.order_id.is_(None),
        ),
        "lot {code}",
        "order {order_id} has goods of it",
    ),
    rule(
        "recall: a stopped order promises nothing of the lot",
        sa.select(Lot.code, RecalledOrder.order_id)
        .join(_active, _active.c.lot_id == Lot.id)
        .join(RecalledOrder, RecalledOrder.recall_id == _active.c.id)
        .join(OrderLine, OrderLine.order_id == RecalledOrder.order_id)
        .join(Allocation, sa.and_(Allocation.order_line_id == OrderLine.id, Allocation.lot_id == Lot.id))
        .where(RecalledOrder.settled_at.is_not(None), Allocation.status.in_(_PROMISED)),
        "lot {code}",
        "order {order_id} still has units of it to come",
    ),
    rule(
        "recall: a product says how many of its lots are recalled",
        sa.select(Product.slug, Product.recalled_lots, or_nothing(_recalled_lots.c.lots).label("lots"))
        .outerjoin(_recalled_lots, _recalled_lots.c.product_id == Product.id)
        .where(Product.recalled_lots != or_nothing(_recalled_lots.c.lots)),
        "product {slug}",
        "says {recalled_lots}, there are {lots}",
    ),
    rule(
        "repacking: what left a lot stands in others",
        sa.select(
            Lot.code,
            or_nothing(_noted_anew.c.units).label("left"),
            or_nothing(_packed_anew.c.units).label("found"),
        )
        .outerjoin(_noted_anew, _noted_anew.c.lot_id == Lot.id)
        .outerjoin(_packed_anew, _packed_anew.c.origin_id == Lot.id)
        .where(or_nothing(_noted_anew.c.units) != or_nothing(_packed_anew.c.units)),
        "lot {code}",
        "{left} units were packed anew, others have {found}",
    ),
)
