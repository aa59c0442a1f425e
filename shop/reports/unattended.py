"""Packing places that have work and nobody who packs: an order from there could be paid and never finished."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import PackingPlace, PackingPlaceStaff, Producer, Village, VillageCoordinator
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.transitions import LIVE_TASKS
from shop.inventory.models import Lot, LotStatus


@dataclass(frozen=True, slots=True)
class UnattendedPlace:
    id: int
    name_zh: str
    name_en: str


def unattended_places(session: Session) -> list[UnattendedPlace]:
    """Places with goods on sale, tasks or parcels, and no active coordinator. One statement."""
    statement = (
        sa.select(PackingPlace.id, PackingPlace.name_zh, PackingPlace.name_en)
        .where(_has_work(), PackingPlace.id.not_in(_attended()))
        .order_by(PackingPlace.id)
    )
    return [UnattendedPlace(*row) for row in session.execute(statement)]


def _attended() -> sa.CompoundSelect[int]:
    """Places of villages that have a coordinator, and places that have staff."""
    works = sa.exists().where(UserRole.user_id == User.id, UserRole.role == RoleName.COORDINATOR)
    people = sa.select(User.id).where(User.active.is_(True), works)
    by_village = (
        sa.select(Village.packing_place_id)
        .join(VillageCoordinator, VillageCoordinator.village_id == Village.id)
        .where(VillageCoordinator.user_id.in_(people))
    )
    by_place = sa.select(PackingPlaceStaff.packing_place_id).where(PackingPlaceStaff.user_id.in_(people))
    return sa.union(by_village, by_place)


def _has_work() -> sa.ColumnElement[bool]:
    on_sale = (
        sa.select(Village.packing_place_id)
        .join(Producer, Producer.village_id == Village.id)
        .join(Lot, Lot.producer_id == Producer.id)
        .where(Lot.status == LotStatus.OPEN, Lot.available > 0)
    )
    tasks = sa.exists().where(
        Task.packing_place_id == PackingPlace.id, Task.status.in_(LIVE_TASKS), Task.packed_at.is_(None)
    )
    parcels = sa.exists().where(
        Parcel.packing_place_id == PackingPlace.id, Parcel.status == ParcelStatus.PACKED
    )
    return sa.or_(PackingPlace.id.in_(on_sale), tasks, parcels)
