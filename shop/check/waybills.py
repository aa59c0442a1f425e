"""A waybill that waits is being asked for, and no parcel travels under one that was given back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.check.rule import Rule, rule
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.waybills.models import LIVE, Waybill, WaybillState
from shop.storage.outbox import OutboxMessage

REMEMBERED = timedelta(days=90)  # the outbox forgets what it has given up for longer


def _unheard(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    waits = sa.or_(Waybill.state == WaybillState.REQUESTED, Waybill.cancel_asked_at.is_not(None))
    unsent = sa.exists().where(
        OutboxMessage.dedupe_key == Waybill.message_key, OutboxMessage.sent_at.is_(None)
    )
    asked_at = sa.func.coalesce(Waybill.cancel_asked_at, Waybill.asked_at)
    statement = (
        sa.select(Waybill.reference, Waybill.state, Waybill.message_key)
        .where(Waybill.state.in_(LIVE), waits, asked_at > now - REMEMBERED, ~unsent)
        .order_by(Waybill.id)
    )
    for row in session.execute(statement):
        yield f"waybill {row.reference}", f"{row.state}, and no message waits in the outbox"


_same_number = sa.and_(Parcel.carrier == Waybill.carrier, Parcel.tracking_number == Waybill.number)
_has_left = Parcel.status != ParcelStatus.PACKED
_of_parcel = sa.and_(Waybill.parcel_id == Parcel.id, _has_left)

RULES = (
    Rule("waybill: what is asked for waits in the outbox", _unheard),
    rule(
        "waybill: no parcel travels under one that was cancelled",
        sa.select(Parcel.code, Waybill.reference)
        .join(Waybill, sa.and_(_of_parcel, _same_number))
        .where(sa.or_(Waybill.state == WaybillState.CANCELLED, Waybill.cancel_asked_at.is_not(None))),
        "parcel {code}",
        "left under the number of waybill {reference}, which is given back",
    ),
    rule(
        "waybill: what a parcel does not travel under is given back",
        sa.select(Parcel.code, Waybill.reference)
        .join(Waybill, sa.and_(_of_parcel, Waybill.state.in_(LIVE)))
        .where(
            Waybill.cancel_asked_at.is_(None),
            Waybill.reason == "",
            sa.or_(Waybill.number.is_(None), sa.not_(_same_number)),
        ),
        "parcel {code}",
        "left under another number than that of waybill {reference}, which is live",
    ),
)
