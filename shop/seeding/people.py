"""Units for every shop; organisations and accounts for the demo only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.campus.identities import link_identity
from shop.accounts.campus.models import CampusKind, RosterRow
from shop.accounts.campus.roster import roster_person
from shop.accounts.contacts import normalise_phone
from shop.accounts.models import Address, Organisation, OrganisationMember, RoleName, Unit, User
from shop.accounts.passwords import DEMO_PASSWORD
from shop.accounts.users import create_user, find_user_id
from shop.catalogue.models import (
    PackingPlace,
    PackingPlaceStaff,
    Producer,
    ProducerMember,
    Village,
    VillageCoordinator,
)
from shop.delivery.models import PickupPoint, PointKeeper
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Record, Seed
from shop.storage.base import Base

# What an account works with: the file's list, the table that links it, the column, and what that names.
_LINKS: Final[tuple[tuple[str, type[Base], str, type[Base]], ...]] = (
    ("producers", ProducerMember, "producer_id", Producer),
    ("villages", VillageCoordinator, "village_id", Village),
    ("packing_places", PackingPlaceStaff, "packing_place_id", PackingPlace),
    ("pickup_points", PointKeeper, "pickup_point_id", PickupPoint),
)


def write_units(session: Session, seed: Seed) -> None:
    units = Keyed(session, Unit, "slug")
    for record in seed.records("units"):
        units.put(**record)
    session.flush()


def write_demo_people(session: Session, seed: Seed, *, now: datetime) -> None:
    """Organisations, accounts and all that links them. An account that exists keeps its password and roles."""
    organisations = Keyed(session, Organisation, "slug")
    for record in seed.demo["organisations"]:
        organisations.put(**record)
    _create_accounts(session, seed, now)
    user_ids = ids_by(session, User, "email")
    for key, link, column, target in _LINKS:
        target_ids = ids_by(session, target, "slug")
        links = Keyed(session, link, "user_id", column)
        for record in seed.demo["accounts"]:
            for slug in record.get(key, ()):
                links.put(**{"user_id": user_ids[record["email"]], column: target_ids[slug]})
    _link_organisations(session, seed, user_ids)
    _write_roster(session, seed, user_ids, now)
    session.flush()


def _create_accounts(session: Session, seed: Seed, now: datetime) -> None:
    unit_ids = ids_by(session, Unit, "slug")
    for record in seed.demo["accounts"]:
        if find_user_id(session, record["email"]) is not None:
            continue
        user = create_user(
            session,
            email=record["email"],
            password=DEMO_PASSWORD,
            name=record["name"],
            phone=record["phone"],
            roles=[RoleName(role) for role in record["roles"]],
            unit_id=unit_ids[record["unit"]] if "unit" in record else None,
            demo=True,
            now=now,
        )
        user.confirmed_at = now
        user.phone_confirmed_at = None if record["roles"] else now  # buyers sign in by telephone as well
        session.add_all(_addresses(user.id, record))
    session.flush()


def _addresses(user_id: int, record: Record) -> list[Address]:
    return [
        Address(
            **{**address, "phone": normalise_phone(address["phone"])}, user_id=user_id, is_default=place == 0
        )
        for place, address in enumerate(record.get("addresses", ()))
    ]


def _link_organisations(session: Session, seed: Seed, user_ids: dict[str, int]) -> None:
    organisation_ids = ids_by(session, Organisation, "slug")
    links = Keyed(session, OrganisationMember, "organisation_id", "user_id")
    for record in seed.demo["accounts"]:
        for membership in record.get("organisations", ()):
            links.put(
                organisation_id=organisation_ids[membership["organisation"]],
                user_id=user_ids[record["email"]],
                role=membership["role"],
            )


def _write_roster(session: Session, seed: Seed, user_ids: Mapping[str, int], now: datetime) -> None:
    """A row that is there is left alone; one that names an account opens it."""
    known = set(session.scalars(sa.select(RosterRow.campus_number)))
    for record in seed.demo.get("roster", ()):
        if record["number"] in known:
            continue
        row = RosterRow(
            campus_number=record["number"],
            name=record["name"],
            phone=normalise_phone(record["phone"]),
            unit_code=record.get("unit", ""),
            kind=CampusKind(record["kind"]),
            leaves_on=date.fromisoformat(record["leaves_on"]) if "leaves_on" in record else None,
            written_at=now,
        )
        session.add(row)
        if "account" in record:
            link_identity(session, user_ids[record["account"]], roster_person(row), now=now)
