"""The provider is asked, outside any transaction, and what it says is written down.

Both functions may run twice, also at the same time: the provider gives one waybill for a reference, and an answer that
is known already changes nothing. `WaybillUnavailable` is left to the outbox, which asks again later.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace
from shop.delivery.waybills.base import (
    IssuedWaybill,
    Party,
    Refusal,
    WaybillProvider,
    WaybillRefused,
    WaybillRequest,
    WaybillToCancel,
)
from shop.fulfilment.models import Parcel
from shop.fulfilment.parcel_words import address_in_a_line, dialled
from shop.fulfilment.waybills.cancelling import ask_to_cancel
from shop.fulfilment.waybills.finding import lock_waybill
from shop.fulfilment.waybills.models import Waybill, WaybillState
from shop.fulfilment.waybills.transitions import WAYBILL_STATES
from shop.ordering.models import Order
from shop.storage.outbox import PermanentFailure
from shop.storage.unit_of_work import UnitOfWork


def send_waybill(
    units: UnitOfWork, provider: WaybillProvider | None, waybill_id: int, *, now: datetime
) -> None:
    """Ask for it. Raises WaybillUnavailable, or PermanentFailure when its provider is not set up any more."""
    request = units.run(partial(_request, waybill_id=waybill_id, provider=provider, now=now))
    if request is None or provider is None:
        return
    try:
        issued = provider.ask(request)
    except WaybillRefused as refused:
        units.run(partial(note_refused, waybill_id=waybill_id, refused=refused, now=now))
    else:
        units.run(partial(note_issued, waybill_id=waybill_id, issued=issued, now=now))


def send_cancel(
    units: UnitOfWork, provider: WaybillProvider | None, waybill_id: int, *, now: datetime
) -> None:
    """Have it cancelled. Raises as `send_waybill`."""
    to_cancel = units.run(partial(_to_cancel, waybill_id=waybill_id, provider=provider, now=now))
    if to_cancel is None or provider is None:
        return
    try:
        provider.cancel(to_cancel)
    except WaybillRefused as refused:
        units.run(partial(note_kept, waybill_id=waybill_id, refused=refused))
    else:
        units.run(partial(note_cancelled, waybill_id=waybill_id, now=now))


def note_issued(session: Session, *, waybill_id: int, issued: IssuedWaybill, now: datetime) -> None:
    """It has a number. One that nobody wants any more is cancelled at once."""
    waybill = lock_waybill(session, waybill_id)
    if waybill.state is not WaybillState.REQUESTED:
        return
    if _is_taken(session, waybill, issued.number):
        _fail(waybill, WaybillRefused(Refusal.NUMBER_TAKEN, issued.number), now)
        return
    waybill.state = WAYBILL_STATES.step(waybill.state, WaybillState.ISSUED)
    waybill.issued_at, waybill.number = now, issued.number
    waybill.route_code, waybill.hub = issued.route_code, issued.hub
    waybill.provider_ref = issued.provider_ref
    if waybill.cancel_asked_at is not None:
        ask_to_cancel(session, waybill, now=now, due_at=now)


def note_refused(session: Session, *, waybill_id: int, refused: WaybillRefused, now: datetime) -> None:
    waybill = lock_waybill(session, waybill_id)
    if waybill.state is WaybillState.REQUESTED:
        _fail(waybill, refused, now)


def note_cancelled(session: Session, *, waybill_id: int, now: datetime) -> None:
    waybill = lock_waybill(session, waybill_id)
    if waybill.state is WaybillState.ISSUED:
        waybill.state = WAYBILL_STATES.step(waybill.state, WaybillState.CANCELLED)
        waybill.cancelled_at = now


def note_kept(session: Session, *, waybill_id: int, refused: WaybillRefused) -> None:
    """The provider does not take it back, and says why: it is as good as before."""
    waybill = lock_waybill(session, waybill_id)
    if waybill.state is WaybillState.ISSUED and waybill.cancel_asked_at is not None:
        waybill.cancel_asked_at = None
        waybill.reason, waybill.says = refused.reason, refused.says


def _fail(waybill: Waybill, refused: WaybillRefused, now: datetime) -> None:
    waybill.state = WAYBILL_STATES.step(waybill.state, WaybillState.FAILED)
    waybill.failed_at = now
    waybill.reason, waybill.says = refused.reason, refused.says


def _is_taken(session: Session, waybill: Waybill, number: str) -> bool:
    """Another parcel travels, or is to travel, under this number."""
    by_waybill = sa.select(Waybill.id).where(
        Waybill.carrier == waybill.carrier, Waybill.number == number, Waybill.id != waybill.id
    )
    by_parcel = sa.select(Parcel.id).where(
        Parcel.carrier == waybill.carrier,
        Parcel.tracking_number == number,
        Parcel.id.is_distinct_from(waybill.parcel_id),
    )
    return session.scalar(by_waybill) is not None or session.scalar(by_parcel) is not None


def _request(
    session: Session, *, waybill_id: int, provider: WaybillProvider | None, now: datetime
) -> WaybillRequest | None:
    """What the provider is told, noted as tried; None when it was answered before."""
    waybill = session.get(Waybill, waybill_id)
    if waybill is None or waybill.state is not WaybillState.REQUESTED:
        return None
    _demand_provider(waybill, provider)
    waybill.tried_at = now
    found = session.execute(
        sa.select(Order, PackingPlace)
        .join(PackingPlace, PackingPlace.id == waybill.packing_place_id)
        .where(Order.id == waybill.order_id)
    ).one()
    order, place = found.Order, found.PackingPlace
    return WaybillRequest(
        reference=waybill.reference,
        carrier=waybill.carrier,
        sender=Party(place.name_zh, dialled(place.phone), place.address),
        recipient=Party(
            order.recipient,
            dialled(order.phone),
            address_in_a_line(order.province, order.city, order.district, order.street),
        ),
        contents=waybill.contents,
        weight_g=waybill.weight_g,
        remark=order.number,
    )


def _to_cancel(
    session: Session, *, waybill_id: int, provider: WaybillProvider | None, now: datetime
) -> WaybillToCancel | None:
    """What is to be cancelled, noted as tried; None when it is cancelled already, or is to be used after all."""
    waybill = session.get(Waybill, waybill_id)
    if waybill is None or waybill.state is not WaybillState.ISSUED or waybill.cancel_asked_at is None:
        return None
    _demand_provider(waybill, provider)
    waybill.tried_at = now
    return WaybillToCancel(waybill.carrier, waybill.number or "", waybill.provider_ref)


def _demand_provider(waybill: Waybill, provider: WaybillProvider | None) -> None:
    if provider is None or provider.name != waybill.provider:
        raise PermanentFailure(f"{waybill.provider} gives no waybills here any more")
