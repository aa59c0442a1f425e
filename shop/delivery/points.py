"""Pickup points and freight zones, as the shop's team keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, number, slug
from shop.accounts.setting_versions import Change
from shop.catalogue.claims import refuse_claims
from shop.delivery.divisions import provinces
from shop.delivery.models import FreightZone, PickupPoint
from shop.delivery.tariffs import ZONE, save_tariff
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page, read_page

POINT = Sheet(
    "pickup_point",
    {
        "slug": slug(),
        "name_zh": line(80, needed=True),
        "name_en": line(120, needed=True),
        "address_zh": line(200),
        "address_en": line(200),
        "hours_zh": line(120),
        "hours_en": line(160),
        "position": number(0, 9_999),
        "active": flag(),
    },
)


def list_points(session: Session, *, page: int = 1) -> Page[PickupPoint]:
    """All of them, closed ones too, in the order in which buyers see them."""
    statement = sa.select(PickupPoint).order_by(PickupPoint.position, PickupPoint.id)
    return read_page(session, statement, number=page, scalars=True)


def get_point(session: Session, record_id: int) -> PickupPoint:
    """Raises NotFound."""
    return get_row(session, PickupPoint, record_id)


def save_point(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises NotFound, InvalidInput."""
    refuse_claims(values)
    saved = save_row(session, PickupPoint, POINT, record_id, values, actor_id=actor_id, now=now)
    point: PickupPoint = saved.row
    return point.id


def list_zones(session: Session, *, page: int = 1) -> Page[FreightZone]:
    statement = sa.select(FreightZone).order_by(FreightZone.first_fen, FreightZone.id)
    return read_page(session, statement, number=page, scalars=True)


def get_zone(session: Session, record_id: int) -> FreightZone:
    """Raises NotFound."""
    return get_row(session, FreightZone, record_id)


def save_zone(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """`why` and `valid_from` stand beside what the zone is. Raises NotFound; InvalidInput also for a province that does
    not exist or that another zone has.
    """
    wanted = set(values["provinces"])
    _judge_provinces(wanted, _provinces_of_others(session, record_id))
    if int(values["days_min"]) > int(values["days_max"]):
        raise InvalidInput(msg("This is fewer days than the least."), field="days_max")
    sheet = {name: value for name, value in values.items() if name in ZONE.rules}
    given = {**sheet, "provinces": [name for name in provinces() if name in wanted]}
    change = Change(actor_id, now, str(values.get("why") or ""), values.get("valid_from"))
    return save_tariff(session, record_id, given, change)


def _judge_provinces(wanted: set[str], taken: Mapping[str, str]) -> None:
    if not wanted or not wanted <= set(provinces()):
        raise InvalidInput(msg("Please choose a province."), field="provinces")
    doubled = sorted(wanted & taken.keys())
    if doubled:
        raise InvalidInput(
            msg("%(province)s is in the zone “%(zone)s” already."),
            field="provinces",
            province=doubled[0],
            zone=taken[doubled[0]],
        )


def _provinces_of_others(session: Session, zone_id: int | None) -> dict[str, str]:
    others = session.scalars(sa.select(FreightZone).where(FreightZone.id != (zone_id or 0)))
    return {province: zone.name_zh for zone in others for province in zone.provinces}
