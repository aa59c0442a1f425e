"""What the freight of a paid order costs by one way or another, at today's prices and in the parcels that it needs now."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, PackingPlaceKind, Producer, Village
from shop.delivery.freight import quote, zones
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.ordering.models import OrderLine

_GOING: Final = (AllocationStatus.HELD, AllocationStatus.COMMITTED)


def freight_to(session: Session, order_id: int, province: str | None) -> int:
    """In fen; by truck, where there is no province, nothing. Raises NotServed where no courier goes."""
    if province is None:
        return 0
    return quote(zones(session), province, parcels_g(session, order_id))


def parcels_g(session: Session, order_id: int) -> list[int]:
    """Gross weights of what each packing place sends of it, in grams; a gift box weighs what the full box weighs."""
    hub = session.scalar(
        sa.select(PackingPlace.id)
        .where(PackingPlace.kind == PackingPlaceKind.HUB)
        .order_by(PackingPlace.id)
        .limit(1)
    )
    rows = session.execute(
        sa.select(
            *(OrderLine.id, OrderLine.is_bundle, OrderLine.gross_weight_g, OrderLine.quantity),
            *(Village.packing_place_id, sa.cast(sa.func.sum(Allocation.units), sa.BigInteger)),
        )
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(OrderLine.order_id == order_id, Allocation.status.in_(_GOING))
        .group_by(
            *(OrderLine.id, OrderLine.is_bundle, OrderLine.gross_weight_g, OrderLine.quantity),
            Village.packing_place_id,
        )
    )
    grams: dict[int, int] = {}
    boxes: set[int] = set()
    for line_id, is_bundle, unit_g, quantity, village_place, units in rows:
        place = hub if is_bundle and hub is not None else village_place
        if is_bundle and line_id in boxes:
            continue
        boxes |= {line_id} if is_bundle else set()
        grams[place] = grams.get(place, 0) + unit_g * (quantity if is_bundle else int(units))
    return [grams[place] for place in sorted(grams)]
