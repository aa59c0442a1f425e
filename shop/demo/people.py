"""Who buys, who presses the buttons in the villages, and who keeps the pickup points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import PackingPlaceStaff, ProducerMember, Village, VillageCoordinator
from shop.delivery.models import PointKeeper

MADE_UP = "buyer-%@demo.example"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody with an account; a guest has none."""

    user_id: int | None
    name: str
    phone: str
    unit_id: int | None


@dataclass
class People:
    """By email: the demo's accounts. By id of producer, village, point and packing place: who works there."""

    named: dict[str, Buyer]
    made_up: list[Buyer]
    farmers: dict[int, int]
    coordinators: dict[int, int]
    keepers: dict[int, int]
    packers: dict[int, int]
    admin_id: int | None

    def hand_for(self, producer_id: int, village_id: int) -> tuple[int | None, bool]:
        """Who presses for a producer, and whether a coordinator does it instead."""
        farmer = self.farmers.get(producer_id)
        return (farmer, False) if farmer is not None else (self.coordinators.get(village_id), True)


def read_people(session: Session) -> People:
    admin = sa.select(sa.func.min(UserRole.user_id)).where(UserRole.role == RoleName.ADMIN)
    named = User.email.like("%@demo.example") & User.email.not_like(MADE_UP)
    return People(
        named={email: buyer for email, buyer in _buyers(session, named) if email},
        made_up=[buyer for _, buyer in _buyers(session, User.email.like(MADE_UP))],
        farmers=_first(session, ProducerMember.producer_id, ProducerMember.user_id),
        coordinators=_first(session, VillageCoordinator.village_id, VillageCoordinator.user_id),
        keepers=_first(session, PointKeeper.pickup_point_id, PointKeeper.user_id),
        packers=_packers(session),
        admin_id=session.scalar(admin),
    )


def _buyers(session: Session, chosen: sa.ColumnElement[bool]) -> Iterable[tuple[str | None, Buyer]]:
    columns = (User.email, User.id, User.name, User.phone, User.unit_id)
    for email, user_id, name, phone, unit_id in session.execute(
        sa.select(*columns).where(chosen).order_by(User.id)
    ):
        yield email, Buyer(user_id, name, phone or "+8613800000000", unit_id)


def _packers(session: Session) -> dict[int, int]:
    """A packing place's own staff, else its village's coordinator."""
    of_village = (
        sa.select(Village.packing_place_id, sa.func.min(VillageCoordinator.user_id))
        .join(VillageCoordinator, VillageCoordinator.village_id == Village.id)
        .group_by(Village.packing_place_id)
    )
    staff = _first(session, PackingPlaceStaff.packing_place_id, PackingPlaceStaff.user_id)
    return dict(session.execute(of_village).all()) | staff


def _first(
    session: Session, place: InstrumentedAttribute[int], user: InstrumentedAttribute[int]
) -> dict[int, int]:
    """The first account of each place."""
    return dict(session.execute(sa.select(place, sa.func.min(user)).group_by(place)).all())
