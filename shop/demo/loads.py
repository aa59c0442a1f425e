"""Goods that the demo's village sends to a shelf on campus: a load that was counted there, and one that is on its way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import VillageCoordinator
from shop.delivery.models import PointKeeper
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.kit.references import token_digest
from shop.ordering.shelves.bringing import Brought
from shop.ordering.shelves.load_models import ShelfLoad, ShelfLoadLine
from shop.ordering.shelves.loading import receive_load, send_load
from shop.ordering.shelves.loads import sendable
from shop.ordering.shelves.models import Shelf
from shop.storage.unit_of_work import UnitOfWork

COORDINATORS: Final = ("coordinator@demo.example", "coordinator2@demo.example")
_UNITS: Final = (8, 6)  # the first load is counted with one pack missing
_ENOUGH: Final = 40  # units that the village has for sale


@dataclass(frozen=True)
class _Planned:
    """Who sends what from which villages to which shelf."""

    person: int
    shelf_id: int
    villages: Collection[int]
    goods: Sequence[Brought]


def add_loads(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where there is no shelf, or loads are there already."""
    for email in COORDINATORS:
        planned = unit_of_work.run(partial(_plan, email=email, now=now))
        if planned is None:
            continue
        send = partial(
            send_load,
            shelf_id=planned.shelf_id,
            village_ids=planned.villages,
            actor_id=planned.person,
            now=now,
        )
        try:
            loads = [unit_of_work.run(partial(send, said=said)) for said in planned.goods]
            unit_of_work.run(partial(_count, load_id=loads[0], now=now))
        except ShopError:
            continue  # sold meanwhile


def _plan(session: Session, email: str, now: datetime) -> _Planned | None:
    person = session.scalar(sa.select(User.id).where(User.email == email))
    shelf = session.scalar(sa.select(sa.func.min(Shelf.id)))
    if person is None or shelf is None or _sent_before(session, person):
        return None
    own = VillageCoordinator.user_id == person
    villages = session.scalars(sa.select(VillageCoordinator.village_id).where(own)).all()
    goods = _goods(session, villages, email, now)
    return _Planned(person, shelf, villages, goods) if goods else None


def _goods(session: Session, villages: Collection[int], email: str, now: datetime) -> Sequence[Brought]:
    """Of what they have most."""
    there = [one for one in sendable(session, villages, today=shanghai_date(now)) if one.units >= _ENOUGH]
    there.sort(key=lambda one: (-one.units, one.variant_id))
    return [
        Brought(one.variant_id, units, token_digest(f"demo load {email} {units}"))
        for one, units in zip(there, _UNITS, strict=False)
    ]


def _count(session: Session, load_id: int, now: datetime) -> None:
    """The keeper of the shelf's point finds one pack fewer."""
    load = session.get_one(ShelfLoad, load_id)
    point = session.scalar(sa.select(Shelf.pickup_point_id).where(Shelf.id == load.shelf_id))
    keeper = session.scalar(
        sa.select(sa.func.min(PointKeeper.user_id)).where(PointKeeper.pickup_point_id == point)
    )
    lines = session.scalars(
        sa.select(ShelfLoadLine).where(ShelfLoadLine.load_id == load_id).order_by(ShelfLoadLine.lot_id)
    ).all()
    if keeper is None or not lines:
        return
    arrived = {one.lot_id: one.units for one in lines}
    arrived[lines[-1].lot_id] -= 1
    receive_load(session, load.shelf_id, load_id, arrived, "箱角压坏，一份不能卖了", actor_id=keeper, now=now)


def _sent_before(session: Session, person: int) -> bool:
    return session.scalar(sa.select(ShelfLoad.id).where(ShelfLoad.sent_by_id == person).limit(1)) is not None
