"""Packing places and villages."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, PackingPlaceKind, Village
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Seed


def write_places(session: Session, seed: Seed) -> None:
    places = Keyed(session, PackingPlace, "slug")
    for record in seed.records("packing_places"):
        places.put(**{**record, "kind": PackingPlaceKind(record["kind"])})
    session.flush()
    place_ids = ids_by(session, PackingPlace, "slug")
    villages = Keyed(session, Village, "slug")
    for record in seed.records("villages"):
        values: dict[str, Any] = {key: value for key, value in record.items() if key != "packing_place"}
        villages.put(**values, packing_place_id=place_ids[record["packing_place"]])
    session.flush()
