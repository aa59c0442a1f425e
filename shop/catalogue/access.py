"""Whose goods and which places somebody works with."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlaceStaff, ProducerMember, VillageCoordinator


@dataclass(frozen=True)
class WorkPlaces:
    producer_ids: frozenset[int] = frozenset()
    village_ids: frozenset[int] = frozenset()
    packing_place_ids: frozenset[int] = frozenset()


def work_places_of(session: Session, user_id: int) -> WorkPlaces:
    """As they are now, in one query: who was moved to another village has lost the old one."""
    statement = sa.union_all(
        sa.select(sa.literal("producer").label("kind"), ProducerMember.producer_id.label("id")).where(
            ProducerMember.user_id == user_id
        ),
        sa.select(sa.literal("village"), VillageCoordinator.village_id).where(
            VillageCoordinator.user_id == user_id
        ),
        sa.select(sa.literal("place"), PackingPlaceStaff.packing_place_id).where(
            PackingPlaceStaff.user_id == user_id
        ),
    )
    found: dict[str, set[int]] = {"producer": set(), "village": set(), "place": set()}
    for kind, number in session.execute(statement):
        found[kind].add(number)
    return WorkPlaces(
        producer_ids=frozenset(found["producer"]),
        village_ids=frozenset(found["village"]),
        packing_place_ids=frozenset(found["place"]),
    )
