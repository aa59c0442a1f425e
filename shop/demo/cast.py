"""What the demo's accounts are in the middle of: orders at every stage for buyers, farmers, points and the office."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shop.demo.life import Step
from shop.demo.people import Buyer
from shop.demo.sources import Goods
from shop.demo.terms import DAYS, OnAccount
from shop.demo.trucks import Trucks
from shop.demo.wishes import Items, Mishap, Wish
from shop.demo.world import World
from shop.kit.clock import shanghai_date
from shop.kit.seasons import in_season

BUYER, BUYER2, UNION = "buyer@demo.example", "buyer2@demo.example", "union@demo.example"
FARMERS = ("farmer@demo.example", "farmer2@demo.example")


@dataclass(frozen=True, slots=True)
class Scene:
    """`farmer`: whose goods (0 and 1 are the demo's farmers). `waiting`: the parcel lies at the keeper's point.

    `paid_after` it was accepted `on_account`, its transfer came.
    """

    buyer: str
    ago: timedelta
    until: Step | None
    farmer: int | None = None
    by_truck: bool = False
    waiting: bool = False
    by_bank: bool = False
    on_account: bool = False
    paid_after: timedelta | None = None
    mishap: Mishap = Mishap.NONE
    quantity: int = 1


def _ago(days: float) -> timedelta:
    return timedelta(days=days)


SCENES = (
    Scene(BUYER, _ago(24), Step.COMPLETED, farmer=0),
    Scene(BUYER, _ago(6), Step.ENDED, mishap=Mishap.COMPLAINT, farmer=1),
    Scene(BUYER, _ago(3), Step.SHIPPED),
    Scene(BUYER, _ago(1), None, by_bank=True, mishap=Mishap.AWAITED),
    Scene(BUYER, _ago(0.3), Step.CONFIRMED, farmer=0, by_truck=True),
    Scene(BUYER, _ago(0), Step.ARRIVED, farmer=0, waiting=True),
    Scene(BUYER2, _ago(0), Step.ARRIVED, waiting=True),
    Scene(UNION, _ago(0), Step.ARRIVED, farmer=1, waiting=True, quantity=5),
    Scene(BUYER2, _ago(0), Step.COMPLETED, waiting=True),
    Scene(BUYER2, _ago(0.4), Step.CONFIRMED, farmer=0, quantity=2),
    Scene(BUYER2, _ago(2.8), Step.CONFIRMED, farmer=0, mishap=Mishap.SILENT),
    Scene(BUYER2, _ago(1.2), Step.ACCEPTED, farmer=0, quantity=2),
    Scene(BUYER2, _ago(1.6), Step.READY, farmer=0),
    Scene(BUYER2, _ago(2), Step.RECEIVED, farmer=0),
    Scene(BUYER2, _ago(2.1), Step.PACKED, farmer=0),
    Scene(UNION, _ago(0.6), Step.ACCEPTED, farmer=1, by_truck=True, quantity=10),
    Scene(UNION, _ago(0.5), Step.CONFIRMED, farmer=1, quantity=6),
    Scene(UNION, _ago(1.1), None, by_bank=True, mishap=Mishap.AWAITED, quantity=8),
    Scene(UNION, _ago(28), Step.COMPLETED, on_account=True, paid_after=timedelta(days=14), quantity=9),
    Scene(UNION, _ago(25), Step.COMPLETED, farmer=1, on_account=True, quantity=4),
    Scene(UNION, _ago(9), Step.COMPLETED, on_account=True, quantity=6),
    Scene(UNION, _ago(0.7), Step.CONFIRMED, on_account=True, quantity=3),
    Scene(BUYER2, _ago(0.9), Step.CONFIRMED, farmer=1, mishap=Mishap.DECLINED),
)


def scenes(world: World, trucks: Trucks, now: datetime) -> Iterator[Wish]:
    """The cast's orders, oldest first; none where the demo's accounts are missing."""
    wishes = [wish for scene in SCENES if (wish := _wish(world, trucks, scene, now)) is not None]
    yield from sorted(wishes, key=lambda wish: wish.placed)


def _wish(world: World, trucks: Trucks, scene: Scene, now: datetime) -> Wish | None:
    buyer = world.people.named.get(scene.buyer)
    placed, trip = now - scene.ago, None
    if scene.waiting:
        trip = trucks.last_arrived(now)
        placed = trip.cutoff - _ago(1) if trip else placed
    elif scene.by_truck:
        trip = trucks.next_after(placed)
    if buyer is None or (trip is None and (scene.by_truck or scene.waiting)):
        return None
    if scene.on_account and world.union_id is None:
        return None
    only = _producer(world, scene.farmer)
    items = _items(world, only, placed, scene.quantity)
    if not items:
        return None
    return Wish(
        placed=placed,
        buyer=buyer,
        items=items,
        trip=trip,
        by_bank=scene.by_bank,
        mishap=scene.mishap,
        only=only,
        point_id=_point(world) if scene.waiting else None,
        until=scene.until,
        on_account=OnAccount(world.union_id, DAYS, scene.paid_after)
        if scene.on_account and world.union_id is not None
        else None,
    )


def _producer(world: World, farmer: int | None) -> int | None:
    if farmer is None:
        return None
    account: Buyer | None = world.people.named.get(FARMERS[farmer])
    return next(
        (place for place, user in world.people.farmers.items() if account and user == account.user_id), None
    )


def _point(world: World) -> int | None:
    """A point that somebody of the demo keeps."""
    return min(world.people.keepers, default=None)


def _items(world: World, producer_id: int | None, placed: datetime, quantity: int) -> Items:
    """One or two goods: of this producer whatever the season, or of the season."""
    goods = [one for one in world.on_offer if not one.is_box]
    month = shanghai_date(placed).month
    if producer_id is None:
        chosen = [one for one in goods if in_season(one.season_mask, month)]
    else:
        chosen = [one for one in goods if _supplies(world, one, producer_id)]
    start = quantity % max(len(chosen) - 1, 1)
    return [(one, quantity) for one in chosen[start : start + 2]]


def _supplies(world: World, goods: Goods, producer_id: int) -> bool:
    return any(source.producer_id == producer_id for source in world.sources[goods.id])
