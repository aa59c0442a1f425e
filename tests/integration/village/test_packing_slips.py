"""Packing slips for a whole truck."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.delivery.models import Run, RunStatus
from shop.fulfilment.declining import decline
from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.packing_slips import packing_slips
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from tests.factories.counting import counted_statements


@pytest.fixture
def run(unit_of_work):
    return unit_of_work.run


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.rsplit("<main", maxsplit=1)[-1]))


def _only_second_village_has_tea(run, county):
    lots = [county.lots[county.tea, one] for one in county.producers[0]]
    gone = sa.update(Lot).where(Lot.id.in_(lots)).values(available=0, withdrawn=Lot.declared)
    run(lambda s: s.execute(gone) and None)


def test_a_slip_says_what_is_in_its_parcel_and_what_comes_another_way(
    county, coordinator, stranger, signed_in, place, run
):
    """Honey of the one village, tea of the other: two parcels, of which each coordinator prints the own one."""
    _only_second_village_has_tea(run, county)
    order_id = place({county.honey: 2, county.tea: 3}, pickup=True, point=1, code="135792")
    order = run(lambda s: s.get_one(Order, order_id))
    honey, tea = run(
        lambda s: list(s.scalars(sa.select(Task).where(Task.order_id == order_id).order_by(Task.village_id)))
    )
    lots = run(
        lambda s: {
            lot.variant_id: lot.code
            for lot in s.scalars(
                sa.select(Lot).where(
                    Lot.id.in_(
                        [
                            county.lots[county.honey, honey.producer_id],
                            county.lots[county.tea, tea.producer_id],
                        ]
                    )
                )
            )
        }
    )
    path = f"/village/runs/{county.run}/packing-slips"

    page = words(coordinator.get(path).text)
    for said in (
        order.number,
        "林老师",
        "5678",
        lots[county.honey],
        "待打包",
        honey.code[:3],
        "随后到",
        "一户人家",
    ):
        assert said in page
    for unsaid in ("13812345678", "135792", "¥", lots[county.tea]):
        assert unsaid not in page
    assert lots[county.tea] in words(stranger.get(path).text)

    run(lambda s: receive(s, [honey.id], by=WORKER, now=utc_now()))
    parcel = run(lambda s: pack_parcel(s, order_id, honey.packing_place_id, by=WORKER, now=utc_now()))
    assert parcel in words(coordinator.get(path).text)
    theirs = words(stranger.get(path).text)
    assert "第 1 个包裹另外到" in theirs
    assert lots[county.honey] not in theirs

    run(lambda s: decline(s, tea.id, "没茶了", by=WORKER, now=utc_now()))
    rest = sa.select(Task.id).where(Task.order_id == order_id, Task.status == TaskStatus.OPEN)
    for task_id in run(lambda s: list(s.scalars(rest))):
        run(lambda s, one=task_id: decline(s, one, "也没有", by=WORKER, now=utc_now()))
    assert "还没有农户接" in words(coordinator.get(path).text)

    run(
        lambda s: (
            s.execute(sa.update(Parcel).where(Parcel.code == parcel).values(run_id=county.run_id)) and None
        )
    )
    run(lambda s: s.execute(sa.update(Run).values(status=RunStatus.DEPARTED, departed_at=utc_now())) and None)
    assert parcel in words(coordinator.get(path).text)
    assert lots[county.tea] not in words(stranger.get(path).text), "the truck left without it"

    clerk = signed_in("clerk", RoleName.ADMIN)
    assert parcel in words(clerk.get(f"/admin/runs/{county.run_id}/packing-slips?paper=roll").text)
    assert clerk.get("/admin/runs/9999/packing-slips").status_code == 404
    assert coordinator.get("/village/runs/NONE/packing-slips").status_code == 404


def test_slips_go_by_stop_and_order_and_ask_as_often_for_many_as_for_one(
    county, coordinator, place, run, engine, monkeypatch
):
    for point in (1, 0):
        place({county.honey: 1}, pickup=True, point=point)
    path = f"/village/runs/{county.run}/packing-slips"
    with counted_statements(engine) as few:
        coordinator.get(path)
    for point in (1, 0, 1):
        place({county.honey: 1, county.tea: 1}, pickup=True, point=point)
    with counted_statements(engine) as many:
        coordinator.get(path)
    assert len(many) == len(few)
    found = run(lambda s: packing_slips(s, county.run, WORKER))
    assert [one.point_id for one in found.slips] == sorted(one.point_id for one in found.slips)
    by_point = [[one.order_number for one in found.slips if one.point_id == point] for point in county.points]
    assert by_point == [sorted(one) for one in by_point]
    monkeypatch.setattr("shop.fulfilment.packing_slips.PAGE_SIZE", 2)
    paged = [run(lambda s, n=n: packing_slips(s, county.run, WORKER, page=n)) for n in (1, 2, 3, 4)]
    again = [slip for one in paged for slip in one.slips]
    assert again == list(found.slips)
    assert paged[0].total == found.total
