"""A waybill is given back: by a coordinator, or because its parcel is no more or left under another number."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.waybills.asking import keep_asking, send_out
from shop.fulfilment.waybills.errors import LeftAlready
from shop.fulfilment.waybills.finding import live_waybills, lock_own_waybill
from shop.fulfilment.waybills.models import LIVE, WAYBILL_CANCEL, Waybill, WaybillState
from shop.fulfilment.waybills.transitions import WAYBILL_STATES
from shop.kit.errors import NotFound
from shop.storage.outbox import call_back

AT_ONCE = timedelta()


def cancel_waybill(session: Session, reference: str, *, by: Reach, now: datetime) -> WaybillState:
    """It is not to be used; its state afterwards: cancelled at once where nobody had begun to ask for it, else the
    provider is asked. Pressing again asks again where the provider had said no, and changes nothing else.

    Raises NotFound, or LeftAlready when the parcel travels under its number.
    """
    waybill = lock_own_waybill(session, reference, by)
    if waybill.state not in LIVE:
        return waybill.state
    parcel = session.get(Parcel, waybill.parcel_id, populate_existing=True) if waybill.parcel_id else None
    if parcel and parcel.status is not ParcelStatus.PACKED and parcel.tracking_number == waybill.number:
        raise LeftAlready(parcel=parcel.code)
    give_back(session, waybill, now=now)
    return waybill.state


def settle_by_hand(session: Session, reference: str, *, by: Reach, now: datetime) -> None:
    """Somebody had the carrier take it back, in its own pages or by telephone. Pressing again changes nothing.

    Only what was to be cancelled already, and has a number. Raises NotFound.
    """
    waybill = lock_own_waybill(session, reference, by)
    if waybill.state is WaybillState.CANCELLED:
        return
    if waybill.state is not WaybillState.ISSUED or not (waybill.cancel_asked_at or waybill.reason):
        raise NotFound()
    waybill.state = WAYBILL_STATES.step(waybill.state, WaybillState.CANCELLED)
    waybill.cancelled_at = now
    audit(session, by.user_id, "waybill.settled", "waybill", waybill.reference, {}, now=now)


def drop_waybill(session: Session, parcel_id: int, *, now: datetime) -> None:
    """The parcel is no more. Its order is locked already."""
    waybill = live_waybills(session, [parcel_id]).get(parcel_id)
    if waybill is not None:
        give_back(session, waybill, now=now)


def give_back(session: Session, waybill: Waybill, *, now: datetime, wait: timedelta = AT_ONCE) -> None:
    """A live one, its order locked. ``wait``: so long it can still be called back by `take_up_again`."""
    if waybill.cancel_asked_at is not None:
        keep_asking(session, waybill, now=now)
        return
    waybill.cancel_asked_at, waybill.reason, waybill.says = now, "", ""
    if waybill.state is WaybillState.ISSUED:
        ask_to_cancel(session, waybill, now=now, due_at=now + wait)
    elif _is_untouched(session, waybill):
        waybill.state = WAYBILL_STATES.step(waybill.state, WaybillState.CANCELLED)
        waybill.cancelled_at = now
    else:  # it may exist by now: first its number must be known
        keep_asking(session, waybill, now=now)


def ask_to_cancel(session: Session, waybill: Waybill, *, now: datetime, due_at: datetime) -> None:
    """By a message of its own each time: the one before may have been answered with no."""
    waybill.tried_at = None
    waybill.message_key = f"{WAYBILL_CANCEL} {waybill.reference} {now:%Y%m%dT%H%M%S%f}"
    send_out(session, waybill, now=now, due_at=due_at)


def take_up_again(session: Session, waybill: Waybill) -> bool:
    """Whether an issued one that was to be cancelled can be used after all: nobody has begun to cancel it."""
    if waybill.state is not WaybillState.ISSUED:
        return False
    if waybill.cancel_asked_at is None:
        return True
    if not _is_untouched(session, waybill):
        return False
    waybill.cancel_asked_at = None
    return True


def _is_untouched(session: Session, waybill: Waybill) -> bool:
    """Whether the provider never heard of the message that is about it now; then it is taken out of the outbox.

    A dead letter that was revived counts its attempts anew, so the waybill itself remembers that there were some.
    """
    return waybill.tried_at is None and call_back(session, waybill.message_key)
