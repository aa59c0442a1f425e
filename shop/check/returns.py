"""Refunded goods that came back: once, with their refund, and the sale of what is in stock again is taken back."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.inventory.models import (
    Allocation,
    AllocationStatus,
    Lot,
    LotChange,
    ReturnedUnits,
    ReturnStatus,
)
from shop.inventory.returns import CAME_BACK
from shop.ledger.goods_booking import is_restocked
from shop.ledger.models import OWED_TO, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund, RefundLine, RefundStatus

_named = total(ReturnedUnits.units, "named")
_of_allocations = (
    sa.select(ReturnedUnits.id, ReturnedUnits.status, Refund.reference, Refund.status.label("refund"))
    .join(RefundLine, RefundLine.id == ReturnedUnits.refund_line_id)
    .join(Refund, Refund.id == RefundLine.refund_id)
)
_settled = sa.or_(
    sa.and_(Refund.status == RefundStatus.SUCCEEDED, ReturnedUnits.status.not_in(CAME_BACK)),
    sa.and_(Refund.status == RefundStatus.FAILED, ReturnedUnits.status != ReturnStatus.CALLED_OFF),
    sa.and_(
        Refund.status.in_((RefundStatus.REQUESTED, RefundStatus.PENDING)),
        ReturnedUnits.status != ReturnStatus.EXPECTED,
    ),
)

# What entries took back of sales of which a part came back in stock; units that left before they were sent aside.
_taken_back = (
    sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(
        JournalEntry.kind == EntryKind.REVERSAL,
        JournalEntry.reverses_id.is_(None),
        JournalEntry.reference.like("%:restocked") | JournalEntry.reference.like("%:written_off"),
        Posting.account.in_(OWED_TO),
    )
    .group_by(JournalEntry.order_id)
    .subquery()
)
_back_in_stock = (
    sa.select(OrderLine.order_id, total(RefundLine.units * OrderLine.unit_price_fen, "fen"))
    .join(RefundLine, RefundLine.order_line_id == OrderLine.id)
    .where(is_restocked())
    .group_by(OrderLine.order_id)
    .subquery()
)
_booked, _price = or_nothing(_taken_back.c.fen), or_nothing(_back_in_stock.c.fen)

_by_lot = (
    sa.select(
        Allocation.lot_id,
        *(
            sa.func.sum(sa.case((ReturnedUnits.status == status, ReturnedUnits.units), else_=0)).label(status)
            for status in CAME_BACK
        ),
    )
    .join(ReturnedUnits, ReturnedUnits.allocation_id == Allocation.id)
    .group_by(Allocation.lot_id)
    .subquery()
)
_noted = (
    sa.select(
        LotChange.lot_id,
        sa.func.sum(LotChange.returned_change).label("restocked"),
        sa.func.sum(LotChange.written_off_change).label("written_off"),
    )
    .group_by(LotChange.lot_id)
    .subquery()
)
_columns = [
    (
        or_nothing(_noted.c[status.value]).label(f"noted_{status}"),
        or_nothing(_by_lot.c[status.value]).label(status),
    )
    for status in CAME_BACK
]

RULES = (
    rule(
        "returned: no more came back than left",
        sa.select(Allocation.id, Allocation.units, Allocation.status, _named)
        .join(ReturnedUnits, ReturnedUnits.allocation_id == Allocation.id)
        .where(ReturnedUnits.status != ReturnStatus.CALLED_OFF)
        .group_by(Allocation.id, Allocation.units, Allocation.status)
        .having(
            sa.or_(
                sa.func.sum(ReturnedUnits.units) > Allocation.units,
                Allocation.status != AllocationStatus.SHIPPED,
            )
        ),
        "allocation {id}",
        "{status}, {units} units, {named} said to have come back",
    ),
    rule(
        "returned: goods move when their refund has succeeded, and never else",
        _of_allocations.where(_settled),
        "refund {reference}",
        "the refund is {refund}, its goods are {status}",
    ),
    rule(
        "returned: as many units as the refund is for, of its line",
        sa.select(Refund.reference, RefundLine.units, _named)
        .select_from(RefundLine)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .join(ReturnedUnits, ReturnedUnits.refund_line_id == RefundLine.id)
        .join(Allocation, Allocation.id == ReturnedUnits.allocation_id)
        .group_by(RefundLine.id, Refund.reference, RefundLine.units, OrderLine.is_bundle)
        .having(
            sa.or_(
                sa.and_(OrderLine.is_bundle.is_(False), sa.func.sum(ReturnedUnits.units) != RefundLine.units),
                sa.func.sum(sa.case((Allocation.order_line_id != RefundLine.order_line_id, 1), else_=0)) > 0,
            )
        ),
        "refund {reference}",
        "for {units} units, {named} came back",
    ),
    rule(
        "returned: what is exempt from return is never sold again",
        sa.select(Refund.reference, OrderLine.sku)
        .join(RefundLine, RefundLine.refund_id == Refund.id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(OrderLine.return_exempt, is_restocked()),
        "refund {reference}",
        "{sku} is exempt from return, and is for sale again",
    ),
    rule(
        "returned: the lot's page says what came back",
        sa.select(Lot.code, *(column for pair in _columns for column in pair))
        .outerjoin(_noted, _noted.c.lot_id == Lot.id)
        .outerjoin(_by_lot, _by_lot.c.lot_id == Lot.id)
        .where(sa.or_(*(noted != counted for noted, counted in _columns))),
        "lot {code}",
        "for sale again {restocked}, noted {noted_restocked}; written off {written_off}, noted {noted_written_off}",
    ),
    rule(
        "ledger: what is back in stock is out of its sale, at its price",
        sa.select(Order.number, _booked.label("booked"), _price.label("price"))
        .outerjoin(_taken_back, _taken_back.c.order_id == Order.id)
        .outerjoin(_back_in_stock, _back_in_stock.c.order_id == Order.id)
        .where(_booked != _price),
        "order {number}",
        "the ledger took {booked} fen back, the units cost {price} fen",
    ),
)
