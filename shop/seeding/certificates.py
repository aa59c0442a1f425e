"""Licences and inspection certificates of sellers, producers and products."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from shop.catalogue.models import Certificate, Producer, Product, Seller
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Seed


def write_certificates(session: Session, seed: Seed) -> None:
    holders = {
        "seller": ids_by(session, Seller, "slug"),
        "producer": ids_by(session, Producer, "slug"),
        "product": ids_by(session, Product, "slug"),
    }
    certificates = Keyed(session, Certificate, "kind", "number")
    for record in seed.records("certificates"):
        held_by = record["holder"]
        certificates.put(
            kind=record["kind"],
            number=record["number"],
            issued_by=record["issued_by"],
            issued_on=date.fromisoformat(record["issued_on"]),
            expires_on=date.fromisoformat(record["expires_on"]),
            **{
                f"{what}_id": ids[held_by[what]] if what in held_by else None for what, ids in holders.items()
            },
        )
    session.flush()
