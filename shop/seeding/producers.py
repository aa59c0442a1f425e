"""Households and workshops, each of them a producer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, ProducerKind, Village
from shop.kit.clock import shanghai_midnight
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Record, Seed


def write_producers(session: Session, seed: Seed) -> None:
    village_ids = ids_by(session, Village, "slug")
    producers = Keyed(session, Producer, "slug")
    _write_households(session, seed, village_ids, producers)
    for record in seed.records("workshops"):
        producers.put(
            slug=record["slug"],
            kind=ProducerKind.WORKSHOP,
            village_id=village_ids[record["village"]],
            name_zh=record["name_zh"],
            name_en=record["name_en"],
            phone=record["phone"],
        )
    session.flush()


def _write_households(
    session: Session, seed: Seed, village_ids: dict[str, int], producers: Keyed[Producer]
) -> None:
    households = Keyed(session, Household, "slug")
    for record in seed.records("households"):
        households.put(
            slug=record["slug"],
            village_id=village_ids[record["village"]],
            alias_zh=record["alias_zh"],
            alias_en=record["alias_en"],
            people=record["people"],
            consented_at=_consent(record),
            story_zh=record["story_zh"],
            story_en=record["story_en"],
        )
    session.flush()
    for record in seed.records("households"):
        household = households[record["slug"]]
        producers.put(
            slug=household.slug,
            kind=ProducerKind.HOUSEHOLD,
            village_id=household.village_id,
            household_id=household.id,
            name_zh=household.alias_zh,
            name_en=household.alias_en,
        )


def _consent(record: Record) -> datetime | None:
    day = record["consented_on"]
    return shanghai_midnight(date.fromisoformat(day)) if day else None
