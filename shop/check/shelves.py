"""Shelves: what lies there is what was brought, less what was sold, taken back and missed; and so is their cash."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.inventory.models import Allocation, Lot
from shop.ledger.cash_box.models import CashCount
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Channel, Order, OrderLine
from shop.ordering.outside.models import OutsideOrder
from shop.ordering.shelves.load_models import ShelfLoad, ShelfLoadLine
from shop.ordering.shelves.models import MoveKind, Shelf, ShelfMove, ShelfStock

_moved = (
    sa.select(ShelfMove.shelf_id, ShelfMove.lot_id, total(ShelfMove.units, "units"))
    .group_by(ShelfMove.shelf_id, ShelfMove.lot_id)
    .subquery()
)
_moved_units = or_nothing(_moved.c.units)
_unstocked = sa.exists().where(
    ShelfStock.shelf_id == ShelfMove.shelf_id, ShelfStock.lot_id == ShelfMove.lot_id
)
_sold = (
    sa.select(ShelfMove.order_id, ShelfMove.lot_id, total(-ShelfMove.units, "units"))
    .where(ShelfMove.kind == MoveKind.SOLD)
    .group_by(ShelfMove.order_id, ShelfMove.lot_id)
    .subquery()
)
_went = (
    sa.select(OrderLine.order_id, Allocation.lot_id, total(Allocation.units, "units"))
    .join(Allocation, Allocation.order_line_id == OrderLine.id)
    .group_by(OrderLine.order_id, Allocation.lot_id)
    .subquery()
)
_sold_units, _went_units = or_nothing(_sold.c.units), or_nothing(_went.c.units)
_booked = or_nothing(sa.func.sum(Posting.amount_fen))
_missing = CashCount.expected_fen - CashCount.counted_fen
_of_loads = sa.literal("load:") + sa.cast(ShelfLoad.id, sa.String)
_of_counts = JournalEntry.reference == sa.literal("cash:count:") + sa.cast(CashCount.id, sa.String)

RULES = (
    rule(
        "shelf: what lies there is what was brought, less what left it",
        sa.select(Shelf.id, Lot.code, ShelfStock.units, _moved_units.label("moved"))
        .select_from(ShelfStock)
        .join(Shelf, Shelf.id == ShelfStock.shelf_id)
        .join(Lot, Lot.id == ShelfStock.lot_id)
        .outerjoin(
            _moved, sa.and_(_moved.c.shelf_id == ShelfStock.shelf_id, _moved.c.lot_id == ShelfStock.lot_id)
        )
        .where(ShelfStock.units != _moved_units),
        "shelf {id}, lot {code}",
        "{units} lie there, {moved} were brought and did not leave",
    ),
    rule(
        "shelf: whatever moved stands in its stock",
        sa.select(ShelfMove.shelf_id, Lot.code)
        .join(Lot, Lot.id == ShelfMove.lot_id)
        .where(~_unstocked)
        .group_by(ShelfMove.shelf_id, Lot.code),
        "shelf {shelf_id}, lot {code}",
        "moved, and has no stock",
    ),
    rule(
        "shelf: a sale took from it what went home with its buyer",
        sa.select(Order.number, Lot.code, _sold_units.label("sold"), _went_units.label("went"))
        .join(_went, _went.c.order_id == Order.id)
        .join(Lot, Lot.id == _went.c.lot_id)
        .outerjoin(_sold, sa.and_(_sold.c.order_id == Order.id, _sold.c.lot_id == _went.c.lot_id))
        .where(Order.channel == Channel.COUNTER, _sold_units != _went_units),
        "order {number}, lot {code}",
        "{sold} left the shelf, {went} went home",
    ),
    rule(
        "shelf: its source is that of its sales",
        sa.select(Order.number, Shelf.id)
        .join(ShelfMove, ShelfMove.order_id == Order.id)
        .join(Shelf, Shelf.id == ShelfMove.shelf_id)
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .where(OutsideOrder.source_id != Shelf.source_id)
        .distinct(),
        "order {number}",
        "moved goods of shelf {id}, and is of another source",
    ),
    rule(
        "shelf: a load that was received was counted, and brought what arrived",
        sa.select(ShelfLoad.id, ShelfLoadLine.arrived, or_nothing(ShelfMove.units).label("brought"))
        .join(ShelfLoadLine, ShelfLoadLine.load_id == ShelfLoad.id)
        .outerjoin(ShelfMove, sa.and_(ShelfMove.token == _of_loads, ShelfMove.lot_id == ShelfLoadLine.lot_id))
        .where(
            sa.or_(
                ShelfLoad.received_at.is_(None) != ShelfLoadLine.arrived.is_(None),
                or_nothing(ShelfLoadLine.arrived) != or_nothing(ShelfMove.units),
            )
        ),
        "load {id}",
        "{arrived} arrived, {brought} lie on the shelf by it",
    ),
    rule(
        "cash: what two persons missed in a box stands in the books",
        sa.select(CashCount.id, _missing.label("missing"), _booked.label("booked"))
        .outerjoin(JournalEntry, _of_counts)
        .outerjoin(
            Posting,
            sa.and_(Posting.entry_id == JournalEntry.id, Posting.account == Account.CASH_DIFFERENCES),
        )
        .group_by(CashCount.id, CashCount.expected_fen, CashCount.counted_fen, CashCount.second_at)
        .having(_booked != sa.case((CashCount.second_at.is_(None), 0), else_=_missing)),
        "count {id}",
        "{missing} fen missing, {booked} fen booked",
    ),
)
