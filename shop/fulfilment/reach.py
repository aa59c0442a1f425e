"""Who presses, and which tasks, parcels and points that person's hand reaches."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, PackingPlaceKind, Village
from shop.fulfilment.models import Parcel, Task

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """Ids that a person answers for. Whatever lies outside is as good as absent.

    ``for_household`` says that a coordinator presses what a household should have pressed.
    ``packing_place_ids`` holds the places of the person's own villages too, ``hub_ids`` those of them that are hubs.
    """

    user_id: int | None = None
    producer_ids: frozenset[int] = field(default=NOBODY)
    village_ids: frozenset[int] = field(default=NOBODY)
    packing_place_ids: frozenset[int] = field(default=NOBODY)
    pickup_point_ids: frozenset[int] = field(default=NOBODY)
    hub_ids: frozenset[int] = field(default=NOBODY)
    for_household: bool = False
    everything: bool = False

    @property
    def is_the_shop(self) -> bool:
        """Nobody presses: the shop itself does it, and is asked nothing."""
        return self.everything and self.user_id is None

    def prepares(self) -> sa.ColumnElement[bool]:
        """Tasks that this person may accept, decline and call ready: of own producers and own villages."""
        if self.everything:
            return sa.true()
        return sa.or_(Task.producer_id.in_(self.producer_ids), Task.village_id.in_(self.village_ids))

    def takes_in(self) -> sa.ColumnElement[bool]:
        """Tasks whose goods this person receives and packs: those that come to an own packing place."""
        return sa.true() if self.everything else Task.packing_place_id.in_(self.packing_place_ids)

    def sees(self) -> sa.ColumnElement[bool]:
        return sa.or_(self.prepares(), self.takes_in())

    def parcels(self) -> sa.ColumnElement[bool]:
        if self.everything:
            return sa.true()
        return sa.or_(
            Parcel.packing_place_id.in_(self.packing_place_ids),
            Parcel.pickup_point_id.in_(self.pickup_point_ids),
        )

    def packs_at(self, packing_place_id: int) -> bool:
        return self.everything or packing_place_id in self.packing_place_ids

    def acts_for(self, producer_id: int) -> bool:
        return self.for_household and producer_id not in self.producer_ids


WORKER = Reach(everything=True)


def farmer(user_id: int, producer_ids: frozenset[int]) -> Reach:
    return Reach(user_id=user_id, producer_ids=producer_ids)


def coordinator(
    session: Session, user_id: int, village_ids: frozenset[int], staffed_place_ids: frozenset[int]
) -> Reach:
    """Own villages, their packing places, and the places (such as the county hub) that the person staffs. One statement."""
    of_villages = sa.select(Village.packing_place_id).where(Village.id.in_(village_ids))
    own = sa.or_(PackingPlace.id.in_(of_villages), PackingPlace.id.in_(staffed_place_ids))
    kinds = {
        row.id: row.kind for row in session.execute(sa.select(PackingPlace.id, PackingPlace.kind).where(own))
    }
    return Reach(
        user_id=user_id,
        village_ids=village_ids,
        packing_place_ids=frozenset(kinds),
        hub_ids=frozenset(one for one, kind in kinds.items() if kind is PackingPlaceKind.HUB),
        for_household=True,
    )


def keeper(user_id: int, pickup_point_ids: frozenset[int]) -> Reach:
    return Reach(user_id=user_id, pickup_point_ids=pickup_point_ids)
