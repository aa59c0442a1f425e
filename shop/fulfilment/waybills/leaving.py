"""A parcel leaves: under its waybill's number, which is believed, or under another one, and then the waybill is given
back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.carriers import check_tracking_number
from shop.fulfilment.errors import NumberTaken
from shop.fulfilment.models import Parcel
from shop.fulfilment.waybills.cancelling import give_back, take_up_again
from shop.fulfilment.waybills.errors import WaybillEnded
from shop.fulfilment.waybills.models import LIVE, Waybill, WaybillState
from shop.kit.text import half_width

# As long as a press on the wrong parcel can be taken back, so that a mistyped number loses no waybill.
WAIT: Final = timedelta(minutes=10)


class Waybills:
    """All that these parcels ever had, and others' with a number that is typed. One statement; their orders are locked."""

    def __init__(self, session: Session, parcels: Sequence[Parcel], typed: Iterable[str]) -> None:
        self._session = session
        self.taken_up: list[str] = []  # numbers that were to be cancelled, and are used after all
        own = Waybill.parcel_id.in_([parcel.id for parcel in parcels])
        statement = sa.select(Waybill).where(sa.or_(own, Waybill.number.in_({_plain(one) for one in typed})))
        self._all = session.scalars(statement.execution_options(populate_existing=True)).all()

    def number_for(self, parcel: Parcel, carrier: str, typed: str, *, now: datetime) -> str:
        """The number as it is stored, also one that only the provider of waybills knows to be this carrier's.

        Raises WaybillEnded for that of a waybill which was cancelled, or of another parcel's that is to be; NumberTaken for
        another parcel's that is not; BadTrackingNumber.
        """
        plain = _plain(typed)
        of_parcel = [one for one in self._all if one.parcel_id == parcel.id]
        meant = next((one for one in of_parcel if (one.carrier, one.number) == (carrier, plain)), None)
        number = plain if meant is not None else check_tracking_number(carrier, typed)
        has_it_already = (parcel.carrier, parcel.tracking_number) == (carrier, number)
        if not has_it_already:
            self._refuse_others(parcel, carrier, number)
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

    def _refuse_others(self, parcel: Parcel, carrier: str, number: str) -> None:
        """A waybill is made out for one parcel: under its number no other one travels, given back or not."""
        for one in self._all:
            if one.parcel_id == parcel.id or one.carrier != carrier or one.number != number:
                continue
            if one.state is WaybillState.CANCELLED or one.cancel_asked_at is not None:
                raise WaybillEnded(parcel=parcel.code)
            raise NumberTaken(field="tracking_number")


def _plain(typed: str) -> str:
    return "".join(half_width(typed).split()).upper()
