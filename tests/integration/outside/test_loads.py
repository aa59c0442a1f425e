"""A village sends goods to a shelf: counted when they are loaded, and once more where they arrive."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Village
from shop.inventory.models import Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.ordering.shelves.bringing import Brought
from shop.ordering.shelves.errors import LoadOver, OwnLoad
from shop.ordering.shelves.loading import call_load_back, receive_load, send_load
from shop.ordering.shelves.loads import lies_on, loads_from, loads_to
from shop.ordering.shelves.opening import open_shelf
from shop.ordering.shelves.queries import goods_there, lots_there


@dataclass
class Road:
    """From a village to the fair's table."""

    taker: object
    shelf_id: int
    villages: dict[str, int]

    def run(self, work, *args, **more):
        return self.taker.unit_of_work.run(lambda session: work(session, *args, **more))

    def send(self, units, village="mogou", sku="tea", token=None):
        said = Brought(self.taker.shop.variants[sku], units, token or secret_token())
        return self.run(
            send_load, self.shelf_id, said, village_ids={self.villages[village]},
            actor_id=self.taker.actor_id, now=self.taker.now,
        )  # fmt: skip

    def awaited(self):
        return self.run(loads_to, self.shelf_id)

    def receive(self, load_id, arrived, reason="", by=None):
        return self.run(
            receive_load, self.shelf_id, load_id, arrived, reason, actor_id=by or self.taker.other_id,
            now=self.taker.now,
        )  # fmt: skip

    def call_back(self, load_id, reason="车坏了", village="mogou"):
        return self.run(
            call_load_back, load_id, reason, sent_from={self.villages[village]},
            actor_id=self.taker.actor_id, now=self.taker.now,
        )  # fmt: skip

    def there(self):
        return {one.lot_id: one.units for one in self.run(lots_there, self.shelf_id, now=self.taker.now)}

    def lots(self):
        """Available, shipped and withdrawn of everything."""
        columns = (sa.func.sum(Lot.available), sa.func.sum(Lot.shipped), sa.func.sum(Lot.withdrawn))
        return tuple(int(one) for one in self.run(lambda s: s.execute(sa.select(*columns)).one()))


@pytest.fixture
def road(taker):
    shelf_id = taker.read(
        lambda s: open_shelf(
            s, taker.sources["fair"], taker.shop.point_id, actor_id=taker.actor_id, now=taker.now
        )
    )
    villages = dict(taker.read(lambda s: s.execute(sa.select(Village.slug, Village.id)).all()))
    yield Road(taker, shelf_id, villages)
    assert taker.violations() == []


def test_what_is_on_its_way_is_for_sale_nowhere_until_the_keeper_has_counted_it(road):
    before = road.lots()
    load_id = road.send(5)
    assert road.lots() == (before[0] - 5, before[1] + 5, before[2])
    assert road.run(goods_there, road.shelf_id, now=road.taker.now) == []
    [load] = road.awaited()
    arrived = {one.lot_id: one.units for one in load.lines}
    assert road.receive(load_id, arrived) == 0
    assert (road.there(), road.awaited()) == (arrived, [])


def test_what_did_not_arrive_is_gone_for_a_reason_and_its_village_reads_it(road):
    load_id = road.send(5)
    before = road.lots()
    [line] = road.awaited()[0].lines
    with pytest.raises(InvalidInput):
        road.receive(load_id, {line.lot_id: 3})
    assert road.receive(load_id, {line.lot_id: 3}, "压坏两盒") == 2
    assert road.lots() == (before[0], before[1] - 2, before[2] + 2)
    [load] = road.run(loads_from, {road.villages["mogou"]})
    assert (load.units, load.arrived, load.row.reason) == (5, 3, "压坏两盒")


def test_a_load_is_counted_by_somebody_else_in_full_and_once(road):
    load_id = road.send(5)
    [line] = road.awaited()[0].lines
    for arrived in ({}, {line.lot_id: 6}, {line.lot_id: -1}):
        with pytest.raises(InvalidInput):
            road.receive(load_id, arrived, "少了")
    with pytest.raises(OwnLoad):
        road.receive(load_id, {line.lot_id: 5}, by=road.taker.actor_id)
    road.receive(load_id, {line.lot_id: 5})
    with pytest.raises(LoadOver):
        road.receive(load_id, {line.lot_id: 5})
    with pytest.raises(LoadOver):
        road.call_back(load_id)
    assert road.there() == {line.lot_id: 5}


def test_a_load_that_did_not_leave_is_for_sale_in_its_village_again(road):
    before, load_id = road.lots(), road.send(5)
    with pytest.raises(InvalidInput):
        road.call_back(load_id, reason=" ")
    with pytest.raises(NotFound):
        road.call_back(load_id, village="ruhe")
    road.call_back(load_id)
    assert (road.lots(), road.awaited()) == (before, [])


def test_a_form_sends_one_load_and_only_goods_of_own_villages(road):
    token = secret_token()
    assert road.send(2, token=token) == road.send(2, token=token)
    own = road.run(lambda s: s.scalars(sa.select(Lot.available).where(Lot.code.like("tea-%"))).all())
    with pytest.raises(InvalidInput) as refused:
        road.send(sum(own))
    assert "units" in refused.value.errors


def test_a_lot_says_what_lies_on_a_shelf_and_its_balance_does_not_call_it_sold(road):
    load_id = road.send(5)
    [line] = road.awaited()[0].lines
    assert [one.units for one in road.run(lies_on, line.lot_id)] == [5]
    road.receive(load_id, {line.lot_id: 4}, "少一盒")
    assert [one.units for one in road.run(lies_on, line.lot_id)] == [4]
