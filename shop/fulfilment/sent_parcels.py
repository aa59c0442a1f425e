"""The parcels of many orders at once, with their numbers: for who sent something to many people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.carriers import CARRIERS, tracking_link
from shop.delivery.tracking.base import JourneyState
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus


@dataclass(frozen=True, slots=True)
class SentParcel:
    order_id: int
    status: ParcelStatus
    carrier: str | None
    tracking_number: str | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    journey: JourneyState | None

    @property
    def carrier_zh(self) -> str:
        carrier = CARRIERS.get(self.carrier or "")
        return carrier.name_zh if carrier is not None else ""

    @property
    def link(self) -> str | None:
        """Where it is followed."""
        return tracking_link(self.carrier, self.tracking_number)


def sent_parcels(session: Session, order_ids: Collection[int]) -> Mapping[int, list[SentParcel]]:
    """By order, the first of its parcels first. One statement."""
    columns = (
        *(Parcel.order_id, Parcel.status, Parcel.carrier, Parcel.tracking_number),
        *(Parcel.shipped_at, Parcel.delivered_at, ParcelJourney.state),
    )
    rows = session.execute(
        sa.select(*columns)
        .outerjoin(ParcelJourney, ParcelJourney.parcel_id == Parcel.id)
        .where(Parcel.order_id.in_(order_ids))
        .order_by(Parcel.order_id, Parcel.number)
    )
    found: dict[int, list[SentParcel]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(SentParcel(*row))
    return found
