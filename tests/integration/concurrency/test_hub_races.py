"""Two people at the hub merge the parcels of one order at the same moment: there is one parcel, and one price.

The twin without locks must go red, or the race proves nothing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.fulfilment.hub.merging import merge_parcels
from shop.fulfilment.hub.models import HubStep, HubStepKind
from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.kit.errors import ShopError
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW, County, build_county
from tests.factories.without_locks import without_locks


@pytest.fixture
def county(unit_of_work) -> County:
    return unit_of_work.run(build_county)


@pytest.fixture
def order_id(unit_of_work, county) -> int:
    """A gift box packed at the hub and honey packed in its village."""
    order_id = confirmed_order(unit_of_work, county, {county.box: 1, county.honey: 1}, pickup=True)
    tasks = unit_of_work.run(lambda s: list(s.scalars(sa.select(Task.id).where(Task.order_id == order_id))))
    unit_of_work.run(lambda s: receive(s, tasks, by=WORKER, now=NOW))
    for place_id in (county.hub, county.places[0]):
        unit_of_work.run(lambda s, at=place_id: pack_parcel(s, order_id, at, by=WORKER, now=NOW))
    return order_id


def merge_together(writers, order_id: int, county: County) -> None:
    together = Barrier(2)

    def merge() -> None:
        together.wait()
        try:
            writers.run(lambda s: merge_parcels(s, order_id, county.hub, by=WORKER, now=NOW))
        except (ShopError, sa.exc.SQLAlchemyError):
            return

    with ThreadPoolExecutor(2) as pool:
        for pressed in [pool.submit(merge) for _ in range(2)]:
            pressed.result()


def merged(unit_of_work, order_id: int) -> tuple[int, int]:
    """Parcels of the order, and steps that are paid for it."""
    parcels = sa.select(sa.func.count(Parcel.id)).where(Parcel.order_id == order_id)
    steps = sa.select(sa.func.count(HubStep.id)).where(
        HubStep.kind == HubStepKind.MERGE, HubStep.undone_at.is_(None)
    )
    return unit_of_work.run(lambda s: (s.scalar(parcels), s.scalar(steps)))


@pytest.mark.race(twin="test_without_the_lock_an_order_would_be_merged_twice")
def test_parcels_merged_by_two_at_once_are_one_parcel_and_one_step(unit_of_work, county, order_id):
    merge_together(unit_of_work, order_id, county)
    assert merged(unit_of_work, order_id) == (1, 1)


def test_without_the_lock_an_order_would_be_merged_twice(unit_of_work, county, order_id):
    merge_together(without_locks(unit_of_work), order_id, county)
    assert merged(unit_of_work, order_id) != (1, 1)
