"""A truck that orders wait for: put off, called off, and its orders moved to another one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop
from shop.fulfilment.models import Task
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date, utc_now
from shop.notifications.letters import compose
from shop.ordering.models import Order, OrderEvent
from shop.storage.outbox import OutboxMessage
from tests.integration.admin.test_delivery import local

DAY = timedelta(days=1)


def form_of(run: Run, **changes) -> dict:
    times = {name: local(getattr(run, name)) for name in ("cutoff_at", "departs_at", "arrives_at")}
    stops = {"capacity_kg": run.capacity_g // 1000}
    return times | stops | changes


@pytest.fixture
def run(see, shop) -> Run:
    return see(sa.select(Run))[0]


@pytest.fixture
def save(admin, run, shop):
    """Send the run's form with these changes; without saying what was seen unless it is said."""
    path = f"/admin/runs/{run.id}"
    return lambda **changes: admin.post(path, **(form_of(run, point_ids=[shop.point_id]) | changes))


@pytest.fixture
def another(session, shop, run):
    """One more truck to the same point, a week later unless it is said otherwise."""

    def _another(code: str = "NEXT", *, later: timedelta = 7 * DAY, point_id: int = 0, kg: int = 900) -> int:
        made = Run(
            code=code, cutoff_at=run.cutoff_at + later, departs_at=run.departs_at + later,
            arrives_at=run.arrives_at + later, capacity_g=kg * 1000, status=RunStatus.PLANNED,
        )  # fmt: skip
        made.stops = [RunStop(pickup_point_id=point_id or shop.point_id, position=0)]
        session.add(made)
        session.commit()
        return made.id

    return _another


@pytest.fixture
def letters(see):
    """Which of these messages wait to be sent."""

    def _letters(*names: str) -> list[str]:
        return [
            one["message"] for one in see(sa.select(OutboxMessage.payload)) if one.get("message") in names
        ]

    return _letters


def seen_on(page: str) -> str:
    return re.search(r'name="seen"[^>]* value="([0-9a-f]{32})"', page)[1]


def booked(see, run_id: int) -> int:
    return see(sa.select(Run.booked_g).where(Run.id == run_id))[0]


def test_new_times_of_a_booked_run_are_saved_when_somebody_has_seen_its_orders(
    admin, paid, run, save, see, letters
):
    later = local(run.arrives_at + DAY)
    asked = save(arrives_at=later)
    assert asked.status_code == 400
    assert "Orders that wait for this truck: 1" in asked.text
    assert f'value="{later}"' in asked.text, "what was typed stays"
    assert see(sa.select(Run.arrives_at)) == [run.arrives_at]
    assert letters("order_rescheduled") == []
    assert save(arrives_at=later, seen=seen_on(asked.text)).status_code == 303
    assert local(see(sa.select(Run.arrives_at))[0]) == later
    assert letters("order_rescheduled") == ["order_rescheduled"]
    assert "truck_rescheduled" in see(sa.select(OrderEvent.kind))
    assert save(arrives_at=later, seen="x").status_code == 303, "the same again changes nothing"
    assert letters("order_rescheduled") == ["order_rescheduled"]


def test_a_run_is_not_put_off_past_what_its_goods_keep(admin, paid, run, save, session, see, letters):
    session.execute(sa.update(Lot).values(best_before=shanghai_date(run.arrives_at) + 2 * DAY))
    session.commit()
    late = local(run.arrives_at + 5 * DAY)
    asked = save(arrives_at=late)
    assert asked.status_code == 400
    assert f"{paid.number}: the goods are no longer good" in asked.text
    assert f'value="{late}"' in asked.text, "what was typed stays"
    assert see(sa.select(Run.arrives_at)) == [run.arrives_at]
    assert letters("order_rescheduled") == []


def test_producers_have_until_the_new_truck(admin, paid, run, save, see, letters):
    before = see(sa.select(Task.deadline_at))
    later = {name: local(getattr(run, name) + 7 * DAY) for name in ("cutoff_at", "departs_at", "arrives_at")}
    save(**later, seen=seen_on(save(**later).text))
    assert [moment - old for moment, old in zip(see(sa.select(Task.deadline_at)), before, strict=True)] == [
        7 * DAY
    ]


def test_an_order_that_came_meanwhile_is_seen_first(admin, paid, place, run, save, see):
    later = local(run.arrives_at + DAY)
    mark = seen_on(save(arrives_at=later).text)
    place({"tea": 1})
    again = save(arrives_at=later, seen=mark)
    assert again.status_code == 400
    assert "Orders that wait for this truck: 2" in again.text
    assert seen_on(again.text) != mark


def test_other_capacity_needs_no_second_look(admin, paid, run, save, see, letters):
    assert save(capacity_kg=700).status_code == 303
    assert letters("order_rescheduled", "order_moved") == []


@pytest.mark.parametrize("name", ["cutoff_at", "departs_at", "arrives_at"])
def test_no_time_is_put_into_the_past(admin, run, save, see, name):
    answer = save(**{name: local(utc_now() - DAY)})
    assert answer.status_code == 400
    assert f"{name}-error" in answer.text
    assert see(sa.select(getattr(Run, name))) == [getattr(run, name)]


def test_a_run_past_its_cut_off_can_still_be_changed(admin, run, save, see, session):
    session.execute(sa.update(Run).values(cutoff_at=utc_now() - timedelta(minutes=5)))
    session.commit()
    [closed] = see(sa.select(Run))
    assert save(cutoff_at=local(closed.cutoff_at), capacity_kg=800).status_code == 303
    assert see(sa.select(Run.capacity_g)) == [800_000]


def test_orders_are_listed_and_moved_together_once(
    admin, paid, place, run, another, see, letters, unit_of_work
):
    second = place({"tea": 1})
    to, path = another(), f"/admin/runs/{run.id}"
    page = admin.get(path).text
    assert paid.number in page
    assert second.number in page
    orders = see(sa.select(Order.id))
    weight = booked(see, run.id)
    for _ in range(2):
        assert admin.post(f"{path}/move", order=orders, to=to).status_code == 303
    assert "They are on that truck already." in admin.said()
    assert (booked(see, run.id), booked(see, to)) == (0, weight)
    assert set(see(sa.select(Order.run_id))) == {to}
    assert letters("order_moved") == ["order_moved", "order_moved"]
    assert admin.get(f"/admin/runs/{to}").text.count(paid.number) >= 1
    admin.post(f"/admin/runs/{to}/move", order=orders, to=run.id)
    assert len(letters("order_moved")) == 4, "moved back, and told again"


def test_moving_is_all_or_nothing(admin, paid, place, run, another, shop, see, session, letters):
    place({"tea": 3})
    orders, path = see(sa.select(Order.id)), f"/admin/runs/{run.id}/move"
    elsewhere = PickupPoint(slug="gym", name_zh="体育馆", name_en="Gym")
    session.add(elsewhere)
    session.commit()
    small, away = another("SMALL", kg=1), another("AWAY", point_id=elsewhere.id)
    session.execute(
        sa.update(Run).where(Run.id == small).values(capacity_g=see(sa.select(Order.gross_weight_g))[0])
    )
    session.commit()
    for to, words in (
        (small, "that truck has room for"),
        (away, "that truck does not stop there"),
        (10**9, "This has changed meanwhile."),
        ("x", "choose the other truck"),
    ):
        assert admin.post(path, order=orders, to=to).status_code == 303
        assert words in admin.said(), to
    admin.post(path, order=[*orders, 10**9], to=small)
    session.execute(sa.update(Lot).values(best_before=shanghai_date(run.arrives_at) + 3 * DAY))
    session.commit()
    admin.post(path, order=orders, to=another("LATE"))
    assert "when the goods are no longer good" in admin.said()
    assert set(see(sa.select(Order.run_id))) == {run.id}
    assert letters("order_moved") == []


def test_what_stands_on_the_truck_is_not_moved(admin, paid, run, another, see, session):
    to = another()
    [order] = see(sa.select(Order))
    session.execute(
        sa.text(
            "INSERT INTO parcels (code, order_id, packing_place_id, status, weight_g, packed_at, run_id, loaded_at,"
            " pickup_point_id) SELECT 'P-1', :order, packing_place_id, 'packed', 100, :now, :run, :now, :point FROM tasks"
        ),
        {"order": order.id, "now": utc_now(), "run": run.id, "point": order.pickup_point_id},
    )
    session.execute(sa.text("UPDATE tasks SET parcel_id = (SELECT id FROM parcels), status = 'packed'"))
    session.commit()
    admin.post(f"/admin/runs/{run.id}/move", order=order.id, to=to)
    assert f"{order.number}: a parcel stands on this truck." in admin.said()
    admin.post(f"/admin/runs/{run.id}/cancel", seen=seen_on(admin.get(f"/admin/runs/{run.id}").text))
    assert "Parcels stand on this truck." in admin.said()
    assert see(sa.select(Run.status).where(Run.id == run.id)) == [RunStatus.PLANNED]


def test_a_booked_run_is_called_off_when_its_orders_were_seen_and_they_go_with_the_next(
    admin, paid, run, another, see, letters
):
    to, path = another(), f"/admin/runs/{run.id}"
    admin.post(f"{path}/cancel")
    assert "Orders that wait for this truck: 1" in admin.said()
    assert see(sa.select(Run.status).where(Run.id == run.id)) == [RunStatus.PLANNED]
    page = admin.get(path).text
    assert "1 order with 0 packed parcels waits for it." in page
    for _ in range(2):
        admin.post(f"{path}/cancel", seen=seen_on(page))
    assert see(sa.select(Run.status).where(Run.id == run.id)) == [RunStatus.CANCELLED]
    assert see(sa.select(Order.run_id)) == [to]
    assert letters("order_moved", "order_left_behind") == ["order_moved"]
    assert (booked(see, run.id), booked(see, to) > 0) == (0, True)


def test_who_has_no_other_truck_is_told_that_none_comes(admin, paid, run, see, letters):
    path = f"/admin/runs/{run.id}"
    admin.post(f"{path}/cancel", seen=seen_on(admin.get(path).text))
    assert "has no other truck" in admin.said()
    assert letters("order_moved", "order_left_behind") == ["order_left_behind"]
    assert paid.number in admin.get("/admin").text + admin.get(f"/admin/orders/{paid.number}").text


def test_who_has_not_paid_yet_is_told_as_well_that_the_truck_does_not_come(
    admin, place, run, see, letters, session
):
    place()
    path = f"/admin/runs/{run.id}"
    admin.post(f"{path}/cancel", seen=seen_on(admin.get(path).text))
    assert see(sa.select(Run.status)) == [RunStatus.CANCELLED]
    assert letters("order_moved", "order_left_behind") == ["order_left_behind"]
    [payload] = [
        one for one in see(sa.select(OutboxMessage.payload)) if one["message"] == "order_left_behind"
    ]
    assert compose(session, payload, now=utc_now()), "it is still true when it is sent"


def test_no_order_of_a_truck_is_ticked_before_somebody_ticks_it(admin, run, another, place):
    place({"tea": 1})
    another()
    page = admin.get(f"/admin/runs/{run.id}").text
    assert 'type="checkbox" name="order"' in page
    assert not re.search(r'name="order"[^>]* checked', page)
