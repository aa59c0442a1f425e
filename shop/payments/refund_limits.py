"""How much of an order can still go back: units that came to the buyer, freight, and what is left of the payment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Allocation, AllocationStatus, ReturnedUnits, ReturnStatus, ReturnWish
from shop.ordering.coupons.judging import discount_of
from shop.ordering.models import Order, OrderLine
from shop.payments.errors import RefundTooLarge
from shop.payments.goods_back import Goods
from shop.payments.models import NOTHING_BACK, Payment, Refund, RefundLine, RefundStatus, RefundWeight
from shop.payments.terms.crediting import carries_an_order, left_to_give_back


@dataclass(frozen=True, slots=True)
class RefundedUnits:
    """So many units of an order line, and what goes back for them; as in RefundLine."""

    order_line_id: int
    units: int
    amount_fen: int
    allocation_id: int | None = None
    goods: Goods | None = None  # none: nothing came back
    bearing_lot_id: int | None = None

    @property
    def is_restocked(self) -> bool:
        return self.goods is not None and self.goods.wish is ReturnWish.RESTOCK


@dataclass(frozen=True, slots=True)
class LeftLine:
    """Of one line: units that left the shop and are not refunded, and what of its price did not go back."""

    units: int
    fen: int
    unit_price_fen: int
    quantity: int = 0
    discount_fen: int = 0  # of all of it
    back: int = 0  # units whose money went back before

    def most_for(self, units: int) -> int:
        """What was paid for `units` of it beside those before, as far as it did not go back yet.

        A coupon's fen that cannot be divided stay with the first units, so that all units together cost what was paid.
        """
        off_fen = self._off(self.back + units) - self._off(self.back)
        return min(units * self.unit_price_fen - off_fen, self.fen)

    def _off(self, units: int) -> int:
        line_fen = self.quantity * self.unit_price_fen
        return discount_of(line_fen, self.discount_fen, min(units, self.quantity) * self.unit_price_fen)


@dataclass(frozen=True, slots=True)
class LeftToRefund:
    fen: int
    freight_fen: int
    lines: Mapping[int, LeftLine]

    @property
    def has_left(self) -> bool:
        """Whether anything of it has come, or is on its way, to the buyer."""
        return any(line.units for line in self.lines.values())


def left_to_refund(session: Session, order_id: int) -> LeftToRefund:
    """As it stands; who is going to write has locked the order. Four statements."""
    paid = sa.select(left_to_give_back()).where(Payment.order_id == order_id, carries_an_order())
    freight = sa.select(sa.func.coalesce(sa.func.sum(Refund.freight_fen), 0)).where(
        Refund.order_id == order_id, Refund.status.not_in(NOTHING_BACK)
    )
    freight_fen = session.scalar(
        sa.select(Order.freight_fen - Order.freight_off_fen - freight.scalar_subquery()).where(
            Order.id == order_id
        )
    )
    return LeftToRefund(int(session.scalar(paid) or 0), int(freight_fen or 0), _lines(session, order_id))


def refuse_more(session: Session, order_id: int, units: Collection[RefundedUnits], freight_fen: int) -> None:
    """Raises RefundTooLarge for more units or freight than can still go back.

    Units of an allocation left the order before they left the shop: they are another matter.
    """
    by_line = [one for one in units if one.allocation_id is None]
    if not by_line and not freight_fen:
        return
    left = left_to_refund(session, order_id)
    if freight_fen > left.freight_fen:
        raise RefundTooLarge()
    for one in by_line:
        line = left.lines.get(one.order_line_id)
        if line is None or one.units > line.units or one.amount_fen > line.most_for(one.units):
            raise RefundTooLarge()


@dataclass(frozen=True, slots=True)
class UnitsOfLine:
    """Of a line, units that came to the buyer: `sold` are not back in stock; the price of `left` has not gone back."""

    sold: int
    left: int


def units_of_lines(session: Session, order_id: int, *, but: int | None) -> dict[int, UnitsOfLine]:
    """By line, the refund `but` aside."""
    restocked = sa.exists().where(
        ReturnedUnits.refund_line_id == RefundLine.id, ReturnedUnits.status == ReturnStatus.RESTOCKED
    )
    rows = session.execute(
        sa.select(
            RefundLine.order_line_id,
            sa.func.sum(sa.case((restocked, RefundLine.units), else_=0)),
            sa.func.sum(RefundLine.units),
        )
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(
            Refund.order_id == order_id,
            Refund.status == RefundStatus.SUCCEEDED,
            RefundLine.allocation_id.is_(None),
            sa.true() if but is None else Refund.id != but,
        )
        .group_by(RefundLine.order_line_id)
    )
    gone = {line_id: (int(in_stock), int(units)) for line_id, in_stock, units in rows}
    return {
        line_id: UnitsOfLine(came - in_stock, came - units)
        for line_id, came in _came(session, order_id).items()
        for in_stock, units in [gone.get(line_id, (0, 0))]
    }


def _lines(session: Session, order_id: int) -> dict[int, LeftLine]:
    came = _came(session, order_id)
    back: dict[int, tuple[int, int, int]] = {
        line_id: (int(units or 0), int(fen), int(closed or 0))
        for line_id, units, fen, closed in session.execute(
            sa.select(
                RefundLine.order_line_id,
                sa.func.sum(sa.case((RefundLine.allocation_id.is_(None), RefundLine.units), else_=0)),
                sa.func.sum(RefundLine.amount_fen),
                sa.func.sum(sa.case((RefundLine.allocation_id.is_not(None), RefundLine.units), else_=0)),
            )
            .join(Refund, Refund.id == RefundLine.refund_id)
            .where(Refund.order_id == order_id, Refund.status.not_in(NOTHING_BACK))
            .group_by(RefundLine.order_line_id)
        )
    }
    lines = session.execute(
        sa.select(
            *(OrderLine.id, OrderLine.line_fen, OrderLine.unit_price_fen, OrderLine.quantity),
            *(OrderLine.discount_fen, OrderLine.is_bundle, _weighed_less()),
        )
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.id)
    )
    left = {}
    for line in lines:
        units, fen, closed = back.get(line.id, (0, 0, 0))
        left[line.id] = LeftLine(
            max(came.get(line.id, 0) - units, 0),
            line.line_fen - line.discount_fen - fen - int(line.weighed_less),
            line.unit_price_fen,
            line.quantity,
            line.discount_fen,
            units if line.is_bundle else units + closed,
        )
    return left


def _weighed_less() -> sa.Label[int]:
    """SQL, of OrderLine: by how much its price followed what it weighed."""
    less = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundWeight.amount_fen), 0))
        .join(Refund, Refund.id == RefundWeight.refund_id)
        .where(RefundWeight.order_line_id == OrderLine.id, Refund.status.not_in(NOTHING_BACK))
    )
    return less.correlate(OrderLine).scalar_subquery().label("weighed_less")


def _came(session: Session, order_id: int) -> dict[int, int]:
    """Units of each line that left the shop; of gift boxes, all of them once nothing of theirs is still to leave."""
    shipped = Allocation.status == AllocationStatus.SHIPPED
    waits = Allocation.status.in_((AllocationStatus.HELD, AllocationStatus.COMMITTED))
    rows = session.execute(
        sa.select(
            OrderLine.id,
            OrderLine.is_bundle,
            OrderLine.quantity,
            sa.func.sum(sa.case((shipped, Allocation.units), else_=0)),
            sa.func.sum(sa.case((waits, 1), else_=0)),
        )
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id)
        .group_by(OrderLine.id, OrderLine.is_bundle, OrderLine.quantity)
    )
    return {
        line_id: (quantity if units and not waiting else 0) if is_bundle else int(units)
        for line_id, is_bundle, quantity, units, waiting in rows
    }
