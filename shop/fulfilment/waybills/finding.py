"""Finding waybills: by parcel to show them, one alone with its order locked to change it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.finding import lock_orders
from shop.fulfilment.models import Parcel
from shop.fulfilment.reach import Reach
from shop.fulfilment.waybills.models import LIVE, Waybill, WaybillState
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class WaybillRow:
    """``gave_up_at``: the provider did not answer, and nobody asks it any more until somebody says so."""

    reference: str
    parcel_id: int | None
    order_number: str
    carrier: str
    state: WaybillState
    number: str | None
    route_code: str
    hub: str
    reason: str
    says: str
    asked_at: datetime
    cancel_asked_at: datetime | None
    attempts: int | None
    gave_up_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_usable(self) -> bool:
        """A courier may take the parcel under its number, and a label shows it."""
        return self.state is WaybillState.ISSUED and self.cancel_asked_at is None

    @property
    def look(self) -> str:
        """The state as people see it."""
        if self.is_live and self.gave_up_at is not None:
            return "silent"
        if self.is_live and self.cancel_asked_at is not None:
            return "cancelling"
        return "kept" if self.state is WaybillState.ISSUED and self.reason else self.state.value


def newest_waybills(session: Session, parcel_ids: Collection[int]) -> dict[int, WaybillRow]:
    """The newest of each parcel that has one; a live one is the newest. One statement."""
    rows = session.execute(_shown().where(Waybill.parcel_id.in_(parcel_ids)).order_by(Waybill.id))
    return {row.parcel_id: WaybillRow(*row) for row in rows}


def left_over_waybills(session: Session, by: Reach, *, limit: int = 50) -> list[WaybillRow]:
    """Those of own places that are not to be used and that the provider has not taken back: their parcel is no more,
    or left under another number. One statement.
    """
    elsewhere = sa.or_(
        Parcel.id.is_(None),
        sa.and_(Parcel.tracking_number.is_not(None), Parcel.tracking_number != Waybill.number),
        Waybill.state == WaybillState.REQUESTED,
    )
    statement = (
        _shown()
        .outerjoin(Parcel, Parcel.id == Waybill.parcel_id)
        .where(Waybill.packing_place_id.in_(by.packing_place_ids), Waybill.state.in_(LIVE), elsewhere)
        .where(sa.or_(Waybill.cancel_asked_at.is_not(None), Waybill.reason != ""))
        .order_by(Waybill.id.desc())
        .limit(limit)
    )
    return [WaybillRow(*row) for row in session.execute(statement)]


def live_waybills(session: Session, parcel_ids: Collection[int]) -> dict[int, Waybill]:
    """By parcel; the orders are locked already."""
    statement = sa.select(Waybill).where(Waybill.parcel_id.in_(parcel_ids), Waybill.state.in_(LIVE))
    found = session.scalars(statement.execution_options(populate_existing=True))
    return {one.parcel_id: one for one in found if one.parcel_id is not None}


def lock_waybill(session: Session, waybill_id: int) -> Waybill:
    """With its order locked, under which a parcel's life is changed."""
    order_id = session.scalars(sa.select(Waybill.order_id).where(Waybill.id == waybill_id)).one()
    lock_orders(session, [order_id])
    return session.get_one(Waybill, waybill_id, populate_existing=True)


def lock_own_waybill(session: Session, reference: str, by: Reach) -> Waybill:
    """Raises NotFound, the same for an absent one and another place's."""
    found = session.execute(
        sa.select(Waybill.id, Waybill.packing_place_id).where(Waybill.reference == reference)
    ).one_or_none()
    if found is None or not by.packs_at(found.packing_place_id):
        raise NotFound()
    return lock_waybill(session, found.id)


def _shown() -> sa.Select[*tuple[Any, ...]]:
    """With what became of the message that is about it now."""
    return (
        sa.select(
            Waybill.reference, Waybill.parcel_id, Order.number, Waybill.carrier, Waybill.state, Waybill.number,
            Waybill.route_code, Waybill.hub, Waybill.reason, Waybill.says, Waybill.asked_at,
            Waybill.cancel_asked_at, OutboxMessage.attempts, OutboxMessage.failed_at,
        )
        .join(Order, Order.id == Waybill.order_id)
        .outerjoin(OutboxMessage, OutboxMessage.dedupe_key == Waybill.message_key)
    )  # fmt: skip
