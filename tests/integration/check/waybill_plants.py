"""Ways to break what is held about waybills."""

from __future__ import annotations

from tests.integration.check.plants import PLANTS, Saboteur, plants

_WAYBILL = (
    "INSERT INTO waybills (id, reference, parcel_id, order_id, packing_place_id, carrier, provider, weight_g, contents,"
    " state, number, route_code, hub, provider_ref, reason, says, message_key, asked_at, cancelled_at)"
    " SELECT 77, 'W-1', id, order_id, packing_place_id, carrier, 'kuaidi100', weight_g, '', '{state}', {number}, '', '',"
    " '', '', '', 'waybill W-1', packed_at, {cancelled_at} FROM parcels WHERE code = :code"
)
_SHIPPED = (
    "SELECT code FROM parcels WHERE status <> 'packed' AND tracking_number IS NOT NULL ORDER BY id LIMIT 1"
)
PLANTED = PLANTS


def _give(by: Saboteur, state: str, number: str, cancelled_at: str = "NULL") -> str:
    code = by.ask(_SHIPPED)
    by.do(_WAYBILL.format(state=state, number=number, cancelled_at=cancelled_at), code=code)
    return code


@plants("waybill: what is asked for waits in the outbox")
def _nobody_asks(by: Saboteur) -> str:
    _give(by, "requested", "NULL")
    return "waybill W-1"


@plants("waybill: no parcel travels under one that was cancelled")
def _under_a_dead_number(by: Saboteur) -> str:
    return f"parcel {_give(by, 'cancelled', 'tracking_number', 'packed_at')}"


@plants("waybill: what a parcel does not travel under is given back")
def _paid_for_nothing(by: Saboteur) -> str:
    return f"parcel {_give(by, 'issued', repr('SF0000000000000'))}"
