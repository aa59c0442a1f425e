"""Waybills for trying out: numbers that look like a carrier's and are none. A demo has them, a production never.

A reference gives the same number however often it is asked, so nothing is kept here. Where a parcel goes is written to
the log without anybody's name, so that one sees on the console what a real provider would have been asked.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Final

from shop.delivery.carriers import CARRIERS
from shop.delivery.waybills.base import (
    IssuedWaybill,
    Refusal,
    WaybillRefused,
    WaybillRequest,
    WaybillToCancel,
)

_KEPT: Final = 2  # the beginning of a carrier's example says whose number it is
_CITY: Final = 6  # characters of an address that name province and city

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PretendedWaybills:
    name: str = "pretended"

    @property
    def carriers(self) -> tuple[str, ...]:
        return tuple(CARRIERS)

    def ask(self, request: WaybillRequest) -> IssuedWaybill:
        if not request.recipient.address:
            raise WaybillRefused(Refusal.ADDRESS)
        number = _number(request)
        route = _digits(request.recipient.address, 8)
        log.info("waybill %s of %s pretended for %s", number, request.carrier, request.reference)
        return IssuedWaybill(
            number=number,
            route_code=f"{route[:3]}-{route[3:5]} {route[5:]}",
            hub=f"{request.recipient.address[:_CITY]}集包",
            provider_ref=f"P{request.reference}",
        )

    def cancel(self, waybill: WaybillToCancel) -> None:
        log.info("waybill %s of %s cancelled, as pretended", waybill.number, waybill.carrier)


def _number(request: WaybillRequest) -> str:
    example = CARRIERS[request.carrier].example
    return example[:_KEPT] + _digits(request.reference, len(example) - _KEPT)


def _digits(text: str, many: int) -> str:
    """As random as a hash, and always the same for one text."""
    return str(int.from_bytes(hashlib.sha256(text.encode()).digest()))[-many:]
