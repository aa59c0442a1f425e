"""Somebody without an address or password in a household of each side, signed in on a phone, with a card."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin
from shop.accounts.cards import issue_card
from shop.accounts.device_sign_in import enter_device
from shop.accounts.models import SignInSession
from shop.catalogue.household_people import add_person
from shop.catalogue.models import Producer


def plant_house_people(
    session: Session, sides: Iterable[Any], world: Any, now: datetime
) -> dict[str, dict[str, int]]:
    """By the coordinator of their village: what the addresses name."""
    planted = {}
    for number, side in enumerate(sides):
        house = sa.select(Producer.household_id).where(Producer.slug == side.producer)
        household_id, by = session.scalars(house).one(), world.users[side.coordinator]
        user_id = add_person(
            session, household_id, name=f"家人{number}", phone=f"1390000000{number}", actor_id=by, now=now
        )
        issue_card(session, user_id, actor_id=by, now=now)
        enter_device(session, user_id, way="card", device="WeChat", origin=Origin("127.0.0.1"), now=now)
        session.flush()
        newest = sa.select(sa.func.max(SignInSession.id)).where(SignInSession.user_id == user_id)
        planted[side.coordinator] = {
            "household_id": household_id, "user_id": user_id, "session_id": session.scalar(newest),
        }  # fmt: skip
    return planted
