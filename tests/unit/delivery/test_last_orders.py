"""Until when to order before trucks and couriers rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from shop.delivery.last_orders import last_parcels, last_trucks
from shop.delivery.models import FreightZone, PickupPoint, Run, RunStop

FRIDAY = datetime(2027, 1, 22, 3, tzinfo=UTC)
REST = date(2027, 2, 1)
LIBRARY = PickupPoint(id=1, name_zh="图书馆", name_en="Library")
GATE = PickupPoint(id=2, name_zh="南门", name_en="South gate")


def run(number: int, arrives_at: datetime, *points: PickupPoint) -> Run:
    stops = [RunStop(pickup_point_id=point.id) for point in points]
    return Run(id=number, cutoff_at=arrives_at - timedelta(days=2), arrives_at=arrives_at, stops=stops)


def test_each_point_has_its_own_last_truck_and_none_where_the_next_comes_within_a_week():
    week = timedelta(days=7)
    runs = [run(1, FRIDAY, LIBRARY, GATE), run(2, FRIDAY + week, LIBRARY), run(3, FRIDAY + 6 * week, GATE)]
    found = last_trucks(REST, runs, [LIBRARY, GATE])
    assert [(one.arrives_at, [point.name_en for point in one.points]) for one in found] == [
        (FRIDAY + week, ["Library"]),
        (FRIDAY, ["South gate"]),
    ]
    assert (found[1].cutoff_at, found[1].everywhere) == (FRIDAY - timedelta(days=2), False)
    goes_on = [*runs, run(4, FRIDAY + 2 * week, LIBRARY, GATE)]
    assert [one.points[0].name_en for one in last_trucks(REST, goes_on, [LIBRARY, GATE])] == ["South gate"]
    assert last_trucks(REST, [run(5, FRIDAY + 2 * week, LIBRARY)], [LIBRARY]) == []


def test_a_slow_parcel_ordered_on_the_last_day_arrives_the_day_before_the_rest():
    zones = [
        FreightZone(name_zh="省内", name_en="Here", days_max=2),
        FreightZone(name_zh="邻省", name_en="Near", days_max=4),
        FreightZone(name_zh="远方", name_en="Far", days_max=9),
    ]
    found = last_parcels(REST, zones, 48, today=date(2027, 1, 22))
    assert [(one.day, one.zones[0].name_en) for one in found] == [
        (date(2027, 1, 27), "Here"),
        (date(2027, 1, 25), "Near"),
        (None, "Far"),
    ]
