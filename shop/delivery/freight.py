"""What couriers charge: by weight and zone, for each parcel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.errors import NotServed
from shop.delivery.models import FreightZone

NO_PROVINCE = "—"


@dataclass(frozen=True, slots=True)
class Tariff:
    first_g: int
    first_fen: int
    step_g: int
    step_fen: int


def zones(session: Session) -> Sequence[FreightZone]:
    return session.scalars(sa.select(FreightZone).order_by(FreightZone.first_fen, FreightZone.id)).all()


def quote(zones: Iterable[FreightZone], province: str, parcels_g: Iterable[int]) -> int:
    """Freight in fen of parcels of these gross weights. Raises NotServed where no courier goes."""
    zone = zone_of(zones, province)
    if zone is None:
        raise NotServed(field="province", province=province or NO_PROVINCE)
    return sum(parcel_fen(zone, weight_g) for weight_g in parcels_g)


def parcel_fen(zone: FreightZone, weight_g: int) -> int:
    return tariff_fen(Tariff(zone.first_g, zone.first_fen, zone.step_g, zone.step_fen), weight_g)


def tariff_fen(tariff: Tariff, weight_g: int) -> int:
    """The first step of weight, and each further one begun."""
    further = max(0, weight_g - tariff.first_g)
    return tariff.first_fen + -(-further // tariff.step_g) * tariff.step_fen


def zone_of(zones: Iterable[FreightZone], province: str) -> FreightZone | None:
    """The zone that serves a province, which is named as in the divisions data."""
    return next((zone for zone in zones if zone.served and province in zone.provinces), None)
