"""A parcel leaves: under its waybill's number, which is believed, or under another one, and then the waybill is given
back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.carriers import check_tracking_number
from shop.fulfilment.models import Parcel
from shop.fulfilment.waybills.cancelling import give_back, take_up_again
from shop.fulfilment.waybills.errors import WaybillEnded
from shop.fulfilment.waybills.models import LIVE, Waybill
from shop.kit.text import half_width

# As long as a press on the wrong parcel can be taken back, so that a mistyped number loses no waybill.
WAIT: Final = timedelta(minutes=10)


class Waybills:
    """All that these parcels ever had. One statement; their orders are locked."""

    def __init__(self, session: Session, parcels: Sequence[Parcel]) -> None:
        self._session = session
        self.taken_up: list[str] = []  # numbers that were to be cancelled, and are used after all
        statement = sa.select(Waybill).where(Waybill.parcel_id.in_([parcel.id for parcel in parcels]))
        self._all = session.scalars(statement.execution_options(populate_existing=True)).all()

    def number_for(self, parcel: Parcel, carrier: str, typed: str, *, now: datetime) -> str:
        """The number as it is stored, also one that only the provider of waybills knows to be this carrier's.

        Raises WaybillEnded for that of a waybill which was cancelled, BadTrackingNumber.
        """
        plain = "".join(half_width(typed).split()).upper()
        of_parcel = [one for one in self._all if one.parcel_id == parcel.id]
        meant = next((one for one in of_parcel if (one.carrier, one.number) == (carrier, plain)), None)
        number = plain if meant is not None else check_tracking_number(carrier, typed)
        has_it_already = (parcel.carrier, parcel.tracking_number) == (carrier, number)
        if meant is not None and not has_it_already:
            was_given_back = meant.cancel_asked_at is not None
            if not take_up_again(self._session, meant):
                raise WaybillEnded(parcel=parcel.code)
            if was_given_back:
                self.taken_up.append(number)
        for other in of_parcel:
            if other is not meant and other.state in LIVE and other.cancel_asked_at is None:
                give_back(self._session, other, now=now, wait=WAIT)
        return number
