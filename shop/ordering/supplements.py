"""More is wanted of a paid order: an order beside it, to the same place and with the same truck, that is paid by itself.

Nothing is prepared of it before it is paid, and it is kept, cancelled, refunded and invoiced like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.references import form_digest
from shop.kit.text import msg, tidy
from shop.ordering.change_errors import OtherDifference
from shop.ordering.change_models import ChangeKind, OrderChange
from shop.ordering.changes import changed_with, demand_changeable, write_change
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.freight_now import freight_to
from shop.ordering.locking import lock_order
from shop.ordering.models import Channel, DeliveryKind, Order, OrderLine
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient

# Held for working days, since nobody sits before a payment page; its buyer may pay in any other way instead.
_TRANSFER: Final = "bank_transfer"


@dataclass(frozen=True, slots=True)
class Supplement:
    """`waived_fen` of freight is not asked for. `is_new` is false of a form sent twice."""

    order_id: int
    number: str
    goods_fen: int
    freight_fen: int
    waived_fen: int
    total_fen: int
    is_new: bool


def add_supplement(
    session: Session,
    order_id: int,
    items: Sequence[Item],
    *,
    waive_freight: bool = False,
    reason: str = "",
    seen_total_fen: int | None,
    token: str,
    is_exchange: bool = False,
    actor_id: int | None,
    by_team: bool,
    now: datetime,
) -> Supplement:
    """Place the order beside it, at today's prices. By truck it travels along without freight; a courier's parcel has its
    own, which the team may waive with a reason.

    With `seen_total_fen` nothing happens unless so much is to be paid. Locks the order, then what `place_direct_order`
    does. Raises NotToBeChanged, ChangedElsewhere, InvalidInput without a reason, OtherDifference, and what that raises.
    """
    order = lock_order(session, order_id)
    known = changed_with(session, order_id, token)
    if known is not None and known.supplement_id is not None:
        return _supplement(session.get_one(Order, known.supplement_id), known.waived_fen, is_new=False)
    demand_changeable(order)
    waives = waive_freight and order.delivery is DeliveryKind.COURIER
    if waives and not tidy(reason):
        raise InvalidInput(errors={"reason": msg("Please say why the shop does not ask for the freight.")})
    placed = place_direct_order(session, _wish(order, items, token, waives=waives), now=now)
    beside = session.get_one(Order, placed.order_id)
    waived_fen = freight_to(session, beside.id, beside.province) if waives else 0
    if seen_total_fen is not None and beside.total_fen != seen_total_fen:
        raise OtherDifference()
    write_change(
        session,
        order,
        ChangeKind.EXCHANGED if is_exchange else ChangeKind.ADDED,
        token=token,
        before={},
        after={"goods": _as_goods(session, beside.id)},
        difference_fen=beside.total_fen,
        waived_fen=waived_fen,
        reason=tidy(reason),
        supplement=beside,
        actor_id=actor_id,
        by_team=by_team,
        now=now,
    )
    return _supplement(beside, waived_fen, is_new=True)


def supplement_of(session: Session, order_id: int) -> str | None:
    """The number of the order that this one stands beside, if it does."""
    return session.scalar(
        sa.select(Order.number)
        .join(OrderChange, OrderChange.order_id == Order.id)
        .where(OrderChange.supplement_id == order_id)
    )


def method_of(order: Order) -> str:
    """By transfer, which a guest cannot: a guest pays it as the first one, and has as long as for any order."""
    return _TRANSFER if order.user_id is not None else order.payment_method


def _supplement(beside: Order, waived_fen: int, *, is_new: bool) -> Supplement:
    return Supplement(
        beside.id, beside.number, beside.goods_fen, beside.freight_fen, waived_fen, beside.total_fen, is_new
    )


def _wish(order: Order, items: Sequence[Item], token: str, *, waives: bool) -> DirectWish:
    """For whoever the first one is for, in the same language and with the same invoice."""
    return DirectWish(
        token=form_digest(f"order {order.id} supplement", token),
        items=tuple(items),
        recipient=Recipient(order.recipient, order.phone, order.email),
        delivery=_delivery(order),
        payment_method=method_of(order),
        channel=Channel.SHOP,
        user_id=order.user_id,
        organisation_id=order.organisation_id,
        unit_id=order.unit_id,
        language=order.language,
        note=order.note,
        invoice=InvoiceWish(order.invoice_kind, order.invoice_title, order.tax_number),
        freight_fen=0 if waives else None,
    )


def _delivery(order: Order) -> Pickup | Courier:
    if order.delivery is DeliveryKind.PICKUP:
        return Pickup(order.pickup_point_id or 0, order.run_id or 0)
    return Courier(order.province or "", order.city or "", order.district or "", order.street or "")


def _as_goods(session: Session, order_id: int) -> list[dict[str, object]]:
    lines = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id))
    return [
        {
            "name_zh": f"{line.product_name_zh} {line.variant_name_zh}",
            "name_en": f"{line.product_name_en} {line.variant_name_en}",
            "units": line.quantity,
        }
        for line in lines
    ]
