"""Waybills are asked for: written down with the parcel's facts, and put into the outbox for the provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import PackingPlace
from shop.delivery.waybills.base import WaybillProvider
from shop.fulfilment.errors import GoesByTruck
from shop.fulfilment.finding import lock_parcels
from shop.fulfilment.goods import goods_of_parcels
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.parcel_words import contents_in_a_line
from shop.fulfilment.reach import Reach
from shop.fulfilment.waybills.errors import LeftAlready, NothingChosen, SenderUnknown, UnknownWaybillCarrier
from shop.fulfilment.waybills.finding import live_waybills, lock_own_waybill
from shop.fulfilment.waybills.models import LIVE, WAYBILL, WAYBILL_CANCEL, Waybill, WaybillState
from shop.kit.errors import NotFound
from shop.ordering.models import DeliveryKind
from shop.storage.outbox import OutboxMessage, enqueue, revive

MOST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """How many parcels a waybill was asked for, and how many have one, or wait for one, from before."""

    now: int
    before: int


def ask_for_waybills(
    session: Session,
    codes: Collection[str],
    carrier: str,
    provider: WaybillProvider,
    *,
    by: Reach,
    now: datetime,
) -> Asked:
    """Ask for one for each of these packed parcels; all or none. What has a live one keeps it.

    They leave the shop with addresses and telephones, so the trail says who sent how many.
    Raises NothingChosen, NotFound, GoesByTruck, LeftAlready, SenderUnknown, or UnknownWaybillCarrier.
    """
    if carrier not in provider.carriers:
        raise UnknownWaybillCarrier(field="carrier")
    if not codes:
        raise NothingChosen()
    parcels = lock_parcels(session, list(codes)[:MOST], by)
    for parcel in parcels:
        _demand_waits_for_a_courier(parcel, by)
    had = live_waybills(session, [parcel.id for parcel in parcels])
    wanting = [parcel for parcel in parcels if parcel.id not in had]
    _demand_senders(session, wanting)
    _write_down(session, wanting, carrier, provider.name, by=by, now=now)
    if wanting:
        facts = {"carrier": carrier, "parcels": len(wanting)}
        audit(session, by.user_id, "waybills.asked", "parcels", carrier, facts, now=now)
    return Asked(len(wanting), len(had))


def ask_again(session: Session, reference: str, *, by: Reach, now: datetime) -> bool:
    """The provider did not answer for a day and was given up: it is asked again, under the same reference.

    While it is still being asked nothing changes. False when it has answered, and is not to cancel. Raises NotFound.
    """
    waybill = lock_own_waybill(session, reference, by)
    waits = waybill.state is WaybillState.REQUESTED or waybill.cancel_asked_at is not None
    if waybill.state not in LIVE or not waits:
        return False
    keep_asking(session, waybill, now=now)
    return True


def keep_asking(session: Session, waybill: Waybill, *, now: datetime) -> None:
    """See that the message which is about it waits in the outbox. Its order is locked."""
    message = session.scalar(sa.select(OutboxMessage).where(OutboxMessage.dedupe_key == waybill.message_key))
    if message is not None and message.failed_at is not None:
        revive(session, message.id, now=now)
    elif message is None and (waybill.state is WaybillState.REQUESTED or waybill.cancel_asked_at is not None):
        send_out(session, waybill, now=now, due_at=now)


def send_out(session: Session, waybill: Waybill, *, now: datetime, due_at: datetime) -> None:
    """Put the message that is about it into the outbox."""
    kind = WAYBILL if waybill.state is WaybillState.REQUESTED else WAYBILL_CANCEL
    payload = {"waybill_id": waybill.id, "order_id": waybill.order_id}
    enqueue(session, kind, payload, dedupe_key=waybill.message_key, now=now, due_at=due_at)


def _demand_waits_for_a_courier(parcel: Parcel, by: Reach) -> None:
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    if parcel.order.delivery is not DeliveryKind.COURIER:
        raise GoesByTruck(parcel=parcel.code)
    if parcel.status is not ParcelStatus.PACKED:
        raise LeftAlready(parcel=parcel.code)


def _demand_senders(session: Session, parcels: Sequence[Parcel]) -> None:
    """A carrier must know where to fetch it, and whom to call."""
    place_ids = {parcel.packing_place_id for parcel in parcels}
    nameless = sa.or_(PackingPlace.phone == "", PackingPlace.address == "")
    names = session.scalars(
        sa.select(PackingPlace.name_zh)
        .where(PackingPlace.id.in_(place_ids), nameless)
        .order_by(PackingPlace.id)
    ).all()
    if names:
        raise SenderUnknown(places="、".join(names))


def _write_down(
    session: Session, parcels: Sequence[Parcel], carrier: str, provider: str, *, by: Reach, now: datetime
) -> None:
    goods = goods_of_parcels(session, [parcel.id for parcel in parcels])
    before = _asked_before(session, parcels)
    made = [
        Waybill(
            reference=f"{parcel.code}-{before.get(parcel.id, 0) + 1}",
            parcel_id=parcel.id,
            order_id=parcel.order_id,
            packing_place_id=parcel.packing_place_id,
            carrier=carrier,
            provider=provider,
            weight_g=parcel.weight_g,
            contents=contents_in_a_line(goods[parcel.id]),
            state=WaybillState.REQUESTED,
            asked_by_id=by.user_id,
            asked_at=now,
            message_key=f"{WAYBILL} {parcel.code}-{before.get(parcel.id, 0) + 1}",
        )
        for parcel in parcels
    ]
    session.add_all(made)
    session.flush()
    for waybill in made:
        send_out(session, waybill, now=now, due_at=now)


def _asked_before(session: Session, parcels: Sequence[Parcel]) -> dict[int, int]:
    counted = (
        sa.select(Waybill.parcel_id, sa.func.count())
        .where(Waybill.parcel_id.in_([parcel.id for parcel in parcels]))
        .group_by(Waybill.parcel_id)
    )
    return {row[0]: row[1] for row in session.execute(counted) if row[0] is not None}
