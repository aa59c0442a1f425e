"""All the money goes back while parcels are still out: what becomes of each, read before it is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.fulfilment.order_progress import ParcelProgress, order_progress
from shop.kit.text import msg
from shop.ordering.models import DeliveryKind, Order
from shop.payments.refunds import AsSeen
from shop.web.filters import bilingual

_AT_POINT: Final = msg(
    "Parcel %(code)s lies at its pickup point: the pickup code opens nothing any more, and the keeper is asked to send it back, or to throw it away if it has spoiled."
)
_TO_POINT: Final = msg(
    "Parcel %(code)s is on its way to its pickup point: nobody is given it there, and the keeper is asked to send it back."
)
_BY_COURIER: Final = msg(
    "Parcel %(code)s is with the courier, who still brings it. Please have the courier stop it, or the buyer has goods and money."
)
_NOT_LEFT: Final = msg(
    "Parcel %(code)s has not left: it is called off and its goods are for sale again; the village unpacks it."
)
_ON_TRUCK: Final = msg(
    "Parcel %(code)s stands on truck %(truck)s and has not left: it is called off, and has to be taken off and unpacked."
)
_NOT_PACKED: Final = msg(
    "%(goods)s (%(place)s): not packed yet, so it is called off. Its households are told, and it is for sale again."
)


def what_happens(parcels: Sequence[ParcelProgress]) -> list[str]:
    """A sentence for each parcel that nobody has yet, and for what is still to be packed."""
    said = [(one, _sentence(one)) for one in parcels]
    return [
        gettext(
            sentence,
            code=one.code,
            truck=one.run_code,
            place=bilingual(one, "place"),
            goods=", ".join(f"{bilingual(item, 'name')} × {item.units}" for item in one.goods),
        )
        for one, sentence in said
        if sentence
    ]


def seen_mark(parcels: Sequence[ParcelProgress]) -> str:
    """Tells whether these are the parcels that somebody has seen."""
    return " ".join(sorted(f"{one.code or ''}:{one.status}" for one in parcels if _sentence(one)))


def parcels_as_seen(order_id: int, mark: str) -> AsSeen:
    """To be asked behind the order's lock: whether these are its parcels still."""

    def look(session: Session) -> bool:
        by_truck = session.get_one(Order, order_id).delivery is DeliveryKind.PICKUP
        return seen_mark(order_progress(session, order_id, by_truck=by_truck)) == mark

    return look


def _sentence(parcel: ParcelProgress) -> str | None:
    by_courier = parcel.tracking_number is not None
    words = {
        "arrived": _AT_POINT,
        "shipped": _BY_COURIER if by_courier else _TO_POINT,
        "packed": _ON_TRUCK if parcel.run_code else _NOT_LEFT,
        "planned": _NOT_PACKED,
    }
    return words.get(parcel.status)
