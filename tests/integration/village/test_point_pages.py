"""The counter of a pickup point."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import RoleName
from shop.delivery.models import PointKeeper
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.parcel_reports import settle_report
from shop.fulfilment.receipt import waits_uncollected
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from shop.reports.order_piles import orders_of_pile
from shop.reports.piles import Pile
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements
from tests.factories.villages import NOW


def look_up(keeper, press, code):
    """The page that the code leads to; it can be loaded again, and its address says nothing."""
    return keeper.get(press(keeper, "/point/find", code=code).location).text


def test_a_keeper_says_the_truck_is_here_and_hands_over_by_code(county, keeper, travelling, parcel_of, press):
    (order_id,) = travelling("482913")
    parcel = parcel_of(order_id)
    assert parcel.code in keeper.get("/point/expected").text
    press(keeper, f"/point/runs/{county.run}/arrived")
    assert parcel.code in keeper.get("/point").text
    assert press(keeper, "/point/find", code="000000").status_code == 404
    found = press(keeper, "/point/find", code=" 482 913 ")
    assert (found.status_code, found.location) == (303, "/point/pickup")
    for _ in range(2):
        assert "林老师" in keeper.get("/point/pickup").text
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED
    press(keeper, "/point/hand-over", code="482913")
    assert parcel_of(order_id).status is ParcelStatus.HANDED_OVER
    assert "交给 林老师" in keeper.get("/point").text
    assert keeper.get("/point/pickup").location == "/point", "what was given out is not kept"
    assert "已经交过" in look_up(keeper, press, "482913")


def test_who_goes_on_guessing_codes_is_stopped_and_right_ones_do_not_count(county, keeper, travelling, press):
    travelling("482913")
    press(keeper, f"/point/runs/{county.run}/arrived")
    for number in range(10):
        assert press(keeper, "/point/find", code=f"{number:06}").status_code == 404
        assert press(keeper, "/point/find", code="482913").status_code == 303
        assert press(keeper, "/point/hand-over", code=f"{number:06}").status_code == 404
    refused = press(keeper, "/point/find", code="482913")
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert "分钟" in refused.text
    assert press(keeper, "/point/hand-over", code="482913").location == "/point"
    assert "分钟" in keeper.get("/point").text
    with time_machine.travel(NOW + timedelta(hours=1, minutes=16)):
        assert press(keeper, "/point/find", code="482913").status_code == 303


def test_the_second_counter_is_told_when_the_parcel_was_given_out(county, keeper, travelling, press):
    travelling("482913")
    press(keeper, f"/point/runs/{county.run}/arrived")
    press(keeper, "/point/hand-over", code="482913")
    keeper.get("/point")
    press(keeper, "/point/hand-over", code="482913")
    page = keeper.get("/point").text
    assert "11:00已经交过" in page.replace(" ", "")
    assert "交给 林老师" not in page


def test_a_parcel_on_the_way_is_shown_and_given_out_only_when_ticked(
    county, keeper, travelling, parcel_of, press
):
    (order_id,) = travelling("482913")
    code = parcel_of(order_id).code
    found = look_up(keeper, press, "482913")
    assert "还在路上" in found
    assert 'type="checkbox"' in found
    press(keeper, "/point/hand-over", code="482913")
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED
    press(keeper, "/point/hand-over", code="482913", parcel=code)
    assert parcel_of(order_id).status is ParcelStatus.HANDED_OVER
    assert code in keeper.get("/point").text
    press(keeper, f"/point/parcels/{code}/undo")
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED


def test_a_keeper_hears_of_the_parcel_that_is_still_to_come(
    county, keeper, travelling, parcel_of, press, unit_of_work
):
    (order_id,) = travelling("482913")
    packed_only = {"code": "SECND00001", "status": ParcelStatus.PACKED, "weight_g": 1, "packed_at": NOW}
    first = parcel_of(order_id)
    where = {"packing_place_id": first.packing_place_id, "pickup_point_id": first.pickup_point_id}
    unit_of_work.run(lambda s: s.add(Parcel(order_id=order_id, **where, **packed_only)))
    press(keeper, f"/point/runs/{county.run}/arrived")
    press(keeper, "/point/hand-over", code="482913")
    assert "还有 1 包没到" in keeper.get("/point").text


def test_a_right_code_of_a_parcel_that_has_not_left_is_not_called_wrong(
    keeper, travelling, press, unit_of_work
):
    travelling("482913")
    unit_of_work.run(lambda s: s.execute(sa.update(Parcel).values(status=ParcelStatus.PACKED)))
    assert "还没从村里发出" in press(keeper, "/point/find", code="482913").text
    assert "还没从村里发出" not in press(keeper, "/point/find", code="000000").text


def test_a_keeper_sees_names_and_parcel_codes_and_nothing_more(county, keeper, travelling, press):
    travelling("482913")
    press(keeper, f"/point/runs/{county.run}/arrived")
    with time_machine.travel(NOW + timedelta(days=3)):
        pages = [keeper.get(path).text for path in ("/point", "/point/expected", "/point/uncollected")]
    assert "林老师" in pages[0]
    assert "林老师" in pages[2]
    for page in pages:
        for private in ("482913", "13812345678", "5678", "50.00"):
            assert private not in page


def test_another_points_parcels_are_absent(county, other_keeper, travelling, parcel_of, press):
    (order_id,) = travelling("482913")
    assert parcel_of(order_id).code not in other_keeper.get("/point/expected").text
    assert press(other_keeper, "/point/find", code="482913").status_code == 404
    assert press(other_keeper, "/point/hand-over", code="482913").status_code == 404
    assert press(other_keeper, f"/point/runs/{county.run}/arrived").status_code == 404
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED


def test_lists_take_as_many_statements_for_twenty_parcels_as_for_two(
    county, keeper, travelling, engine, unit_of_work, press
):
    travelling(*(f"{number:06d}" for number in range(12)))
    press(keeper, f"/point/runs/{county.run}/arrived")
    for path in ("/point", "/point/expected", "/point/uncollected"):
        with counted_statements(engine) as statements:
            assert keeper.get(path).status_code == 200
        assert len(statements) <= 8, path


def test_two_people_with_one_code_are_told_apart_by_name(
    county, keeper, travelling, parcel_of, press, unit_of_work
):
    """Two points of one keeper may give out the same digits; the older buyer is served as well."""
    first, second = travelling("482913", "111111")
    name = {"recipient": "陈老师", "pickup_code": "482913", "pickup_point_id": county.points[1]}
    keeps = sa.insert(PointKeeper).from_select(
        ["user_id", "pickup_point_id"],
        sa.select(PointKeeper.user_id, sa.literal(county.points[1])).limit(1),
    )
    for statement in (
        sa.update(Order).where(Order.id == second).values(**name),
        sa.update(Parcel).where(Parcel.order_id == second).values(pickup_point_id=county.points[1]),
        keeps,
    ):
        unit_of_work.run(lambda s, statement=statement: s.execute(statement))
    press(keeper, f"/point/runs/{county.run}/arrived")
    found = look_up(keeper, press, "482913")
    assert "林老师" in found
    assert "陈老师" in found
    press(keeper, "/point/hand-over", code="482913")
    assert "按名字选" in keeper.get("/point").text
    press(keeper, "/point/hand-over", code="482913", order=str(first))
    assert parcel_of(first).status is ParcelStatus.HANDED_OVER
    assert parcel_of(second).status is ParcelStatus.SHIPPED


@pytest.fixture
def two_parcels(unit_of_work, county, keeper, travelling, parcel_of, press):
    """Two parcels of one order, which both are said to be here; their codes."""
    (order_id,) = travelling("482913")
    first = parcel_of(order_id)
    where = {"packing_place_id": county.places[1], "pickup_point_id": first.pickup_point_id}
    facts = {"code": "SECND00001", "status": ParcelStatus.SHIPPED, "weight_g": 1, "packed_at": NOW}
    unit_of_work.run(
        lambda s: s.add(Parcel(order_id=order_id, run_id=county.run_id, shipped_at=NOW, **where, **facts))
    )
    press(keeper, f"/point/runs/{county.run}/arrived")
    return first.code, "SECND00001"


@pytest.fixture
def look_at(unit_of_work):
    return lambda code: unit_of_work.run(
        lambda s: s.scalars(sa.select(Parcel).where(Parcel.code == code)).one()
    )


def test_one_of_two_parcels_is_handed_over_and_the_other_stays_waiting(keeper, two_parcels, look_at, press):
    here, other = two_parcels
    assert look_up(keeper, press, "482913").count("checked") == 2
    none = press(keeper, "/point/hand-over", code="482913", chosen="1")
    assert none.location == "/point/pickup", "the code need not be asked for again"
    assert "请勾选要交出的包裹" in keeper.get(none.location).text
    press(keeper, "/point/hand-over", code="482913", chosen="1", parcel=here)
    assert look_at(here).status is ParcelStatus.HANDED_OVER
    assert look_at(other).status is ParcelStatus.SHIPPED
    assert "还有 1 包留在这里" in keeper.get("/point").text
    press(keeper, "/point/hand-over", code="482913")
    assert look_at(other).status is ParcelStatus.HANDED_OVER


def test_a_missing_parcel_is_reported_to_the_team_and_the_buyer_until_it_turns_up(
    keeper, other_keeper, two_parcels, look_at, press, unit_of_work
):
    _here, other = two_parcels
    at = f"/point/parcels/{other}/report"
    assert press(keeper, at, trouble="missing", word=" ").status_code == 400
    assert press(other_keeper, at, trouble="missing", word="没有").status_code == 404
    for _ in range(2):
        assert press(keeper, at, trouble="missing", word="车上没有").status_code == 303
    assert look_at(other).arrived_at is None
    look_up(keeper, press, "482913")
    again = press(keeper, f"{at}?back=pickup", trouble="missing", word="车上没有")
    assert again.location == "/point/pickup", "the buyer still stands here for the other parcel"
    assert "没到" in look_up(keeper, press, "482913")
    [work] = unit_of_work.run(lambda s: orders_of_pile(s, Pile.PARCELS, now=utc_now()))
    assert (work.kind, work.detail_zh) == ("missing", f"{other} · 车上没有")
    told = unit_of_work.run(lambda s: [one.payload["message"] for one in s.scalars(sa.select(OutboxMessage))])
    assert told.count("parcel_missing") == 1
    press(keeper, "/point/hand-over", code="482913", chosen="1", parcel=other)
    assert look_at(other).status is ParcelStatus.HANDED_OVER
    assert unit_of_work.run(lambda s: orders_of_pile(s, Pile.PARCELS, now=utc_now())) == []


def test_a_broken_parcel_waits_for_the_team_until_somebody_says_what_was_done(
    keeper, two_parcels, look_at, press, unit_of_work, signed_in
):
    here, _other = two_parcels
    press(keeper, f"/point/parcels/{here}/report", trouble="broken", word="罐子碎了")
    press(keeper, "/point/hand-over", code="482913", chosen="1", parcel=here)
    assert press(keeper, f"/point/parcels/{here}/report", trouble="broken", word="再").status_code == 404, (
        "it was collected"
    )
    admin = signed_in("admin", RoleName.ADMIN)
    assert "罐子碎了" in admin.get("/admin").text
    number = unit_of_work.run(lambda s: s.scalars(sa.select(Order.number)).one())
    assert "罐子碎了" in admin.get(f"/admin/orders/{number}").text
    at = f"/admin/orders/{number}/parcels/{here}/settle"
    press(admin, at, word=" ")
    assert len(unit_of_work.run(lambda s: orders_of_pile(s, Pile.PARCELS, now=utc_now()))) == 1
    for _ in range(2):
        assert press(admin, at, word="补发了一罐").status_code == 303
    assert unit_of_work.run(lambda s: orders_of_pile(s, Pile.PARCELS, now=utc_now())) == []
    history = admin.get(f"/admin/orders/{number}").text
    assert history.count("补发了一罐") == 1


def test_an_order_whose_missing_parcel_is_settled_can_be_ended(
    keeper, two_parcels, press, unit_of_work, signed_in
):
    here, other = two_parcels
    press(keeper, "/point/hand-over", code="482913", chosen="1", parcel=here)
    press(keeper, f"/point/parcels/{other}/report", trouble="missing", word="车上没有")
    [order_id] = unit_of_work.run(lambda s: list(s.scalars(sa.select(Order.id))))
    assert not unit_of_work.run(lambda s: waits_uncollected(s, order_id))
    settle = lambda s: settle_report(s, other, "退款了", order_id=order_id, actor_id=1, now=utc_now())  # noqa: E731
    assert unit_of_work.run(settle)
    assert unit_of_work.run(lambda s: waits_uncollected(s, order_id))
