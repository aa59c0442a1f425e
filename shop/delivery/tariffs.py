"""What a courier's zone costs, version by version: changed at once, or planned for a day. Orders keep what they were sold at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, save_row
from shop.accounts.editing.rules import Values, flag, judge_values, line, number, slug
from shop.accounts.setting_models import SettingVersion
from shop.accounts.setting_versions import Change, keep_version, lock_due, plan_version
from shop.delivery.freight import Tariff, tariff_fen
from shop.delivery.models import FreightZone
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

MOST_FEN: Final = 100_000
MOST_GRAMS: Final = 100_000
MOST_DAYS: Final = 60
PREFIX: Final = "freight_zone."
PRICES: Final = ("first_g", "first_fen", "step_g", "step_fen", "days_min", "days_max")
SAMPLES_G: Final = (500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000)
ZONE: Final = Sheet(
    "freight_zone",
    {
        "slug": slug(),
        "name_zh": line(60, needed=True),
        "name_en": line(80, needed=True),
        "provinces": list,
        "first_g": number(1, MOST_GRAMS),
        "first_fen": number(0, MOST_FEN),
        "step_g": number(1, MOST_GRAMS),
        "step_fen": number(0, MOST_FEN),
        "served": flag(),
        "days_min": number(0, MOST_DAYS),
        "days_max": number(0, MOST_DAYS),
    },
)


@dataclass(frozen=True)
class Sample:
    """What one parcel costs under the tariff that holds and under another; None where that is none yet."""

    weight_g: int
    now_fen: int | None
    then_fen: int | None


def samples(now: Tariff | None, then: Tariff | None) -> list[Sample]:
    return [
        Sample(one, tariff_fen(now, one) if now else None, tariff_fen(then, one) if then else None)
        for one in SAMPLES_G
    ]


def tariff_of(values: Any) -> Tariff | None:
    """Of a zone or a form, as far as its numbers can be; None where they cannot."""
    read = {name: getattr(values, name) for name in ("first_g", "first_fen", "step_g", "step_fen")}
    if any(not isinstance(one, int) for one in read.values()) or min(read["first_g"], read["step_g"]) < 1:
        return None
    return Tariff(**read)


def version_name(zone_id: int) -> str:
    return f"{PREFIX}{zone_id}"


def save_tariff(session: Session, zone_id: int | None, values: Values, change: Change) -> int:
    """Write a zone, at once or, its prices and days alone, from a later moment on. Raises NotFound, InvalidInput."""
    change = change.judged()
    if change.is_planned:
        return _plan(session, zone_id, values, change)
    saved = save_row(session, FreightZone, ZONE, zone_id, values, actor_id=change.actor_id, now=change.now)
    zone: FreightZone = saved.row
    if saved.created or saved.changes.keys() & set(PRICES):
        before = {name: pair[0] for name, pair in saved.changes.items() if name in PRICES}
        _keep(session, zone, {} if saved.created else before, change)
    return zone.id


def follow_tariff(session: Session, version_id: int, *, now: datetime) -> bool:
    """Bring a planned tariff into force, once; False for one that is not due any more or is no tariff."""
    planned = lock_due(session, version_id, now=now)
    if planned is None or not planned.name.startswith(PREFIX):
        return False
    zone = session.get(FreightZone, int(planned.name.removeprefix(PREFIX)))
    if zone is None:
        planned.withdrawn_at = now
        return False
    _keep_the_first(session, zone, {}, now)
    planned.number, planned.in_force_at = _next_number(session, planned.name), now
    save_row(session, FreightZone, ZONE, zone.id, planned.value, actor_id=planned.written_by_id, now=now)
    return True


def _plan(session: Session, zone_id: int | None, values: Values, change: Change) -> int:
    if zone_id is None:
        raise InvalidInput(msg("A new zone begins at once: leave the moment empty."), field="valid_from")
    judged = judge_values(values, ZONE.rules, complete=False)
    zone = session.get_one(FreightZone, zone_id)
    differs = {name for name, value in judged.items() if getattr(zone, name) != value}
    if differs - set(PRICES):
        sentence = msg(
            "Only prices and days can be planned. Save the other changes at once, with the moment left empty."
        )
        raise InvalidInput(sentence, field="valid_from")
    if differs:
        plan_version(session, version_name(zone_id), {name: judged[name] for name in PRICES}, change)
    return zone_id


def _keep(session: Session, zone: FreightZone, before: Mapping[str, Any], change: Change) -> None:
    if before:
        _keep_the_first(session, zone, before, change.now)
    name = version_name(zone.id)
    keep_version(session, name, _prices(zone), _next_number(session, name), change)
    session.flush()


def _keep_the_first(session: Session, zone: FreightZone, before: Mapping[str, Any], now: datetime) -> None:
    """A zone that came with the shop has no version yet: what held until now is its first."""
    name = version_name(zone.id)
    if _next_number(session, name) == 1:
        keep_version(session, name, {**_prices(zone), **before}, 1, Change(None, now))
        session.flush()


def _prices(zone: FreightZone) -> dict[str, int]:
    return {name: getattr(zone, name) for name in PRICES}


def _next_number(session: Session, name: str) -> int:
    numbers = sa.select(sa.func.max(SettingVersion.number)).where(SettingVersion.name == name)
    return (session.scalar(numbers) or 0) + 1


def planned_tariffs(session: Session, zone_id: int) -> Sequence[SettingVersion]:
    planned = sa.select(SettingVersion).where(
        SettingVersion.name == version_name(zone_id),
        SettingVersion.in_force_at.is_(None),
        SettingVersion.withdrawn_at.is_(None),
    )
    return session.scalars(planned.order_by(SettingVersion.valid_from, SettingVersion.id)).all()
