"""Until when goods must keep, and that none serve that do not: for any lots, days and demands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.delivery.calendar import Calendar
from shop.delivery.models import CalendarKind, FreightZone
from shop.inventory.allocation import Candidate, Demand, Share, allocate
from shop.inventory.candidates import Offer
from shop.inventory.errors import OutOfStock
from shop.ordering.keeping import Keeping

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
TODAY = date(2026, 11, 23)
moments = st.integers(0, 730 * 24).map(lambda hours: NOW + timedelta(hours=hours))


def keeping(days: int = 1, *stops: tuple[date, date], now: datetime = NOW) -> Keeping:
    return Keeping(now, days, Calendar(tuple((CalendarKind.COURIER_STOP, *stop) for stop in stops)))


def zone(days: int) -> FreightZone:
    return FreightZone(days_min=1, days_max=days)


def test_goods_for_a_truck_keep_for_a_day_after_the_shanghai_day_of_its_arrival():
    before_midnight, after_midnight = (
        datetime(2026, 11, 27, 15, tzinfo=UTC),
        datetime(2026, 11, 27, 17, tzinfo=UTC),
    )
    assert keeping().by_truck(before_midnight) == date(2026, 11, 28)
    assert keeping().by_truck(after_midnight) == date(2026, 11, 29)
    assert keeping(3).by_truck(before_midnight) == date(2026, 11, 30)


def test_a_truck_that_should_be_there_already_arrives_today():
    assert keeping().by_truck(NOW - timedelta(days=4)) == TODAY + timedelta(days=1)


def test_a_parcel_is_made_ready_then_sent_and_as_slow_as_its_zone_can_be():
    assert keeping().by_courier(zone(4), [24, 48]) == TODAY + timedelta(days=2 + 4 + 1)


def test_couriers_that_rest_are_waited_for_before_and_on_the_way():
    rest = (TODAY + timedelta(days=1), TODAY + timedelta(days=3))
    assert keeping(1, rest).by_courier(zone(2), [24]) == TODAY + timedelta(days=4 + 2 + 1)
    rest = (TODAY + timedelta(days=2), TODAY + timedelta(days=8))
    assert keeping(1, rest).by_courier(zone(2), [24]) == TODAY + timedelta(days=10 + 1)


@given(now=moments, days=st.integers(0, 60), travels=st.integers(0, 30), hours=st.integers(0, 240))
def test_nothing_has_to_keep_for_less_than_it_travels(now, days, travels, hours):
    rule = keeping(days, now=now)
    arrives_at = now + timedelta(hours=hours)
    assert rule.by_truck(arrives_at) - timedelta(days=days) >= arrives_at.date()
    sent = rule.by_courier(zone(travels), [hours])
    assert sent - timedelta(days=days + travels) >= now.date()
    assert rule.by_courier(zone(travels + 1), [hours]) > sent


lots = st.lists(st.tuples(st.integers(1, 9), st.integers(-3, 20), st.integers(1, 4)), max_size=12)


@given(
    lots=lots,
    wanted=st.integers(1, 40),
    travels=st.integers(0, 15),
    days=st.integers(0, 5),
    few=st.booleans(),
)
def test_no_lot_serves_that_ends_before_the_arrival_and_the_days_after_it(lots, wanted, travels, days, few):
    offer = Offer(
        tuple(
            Candidate(number, 1, number, place, units, TODAY + timedelta(days=life), (Share(number, 10_000),))
            for number, (units, life, place) in enumerate(lots)
        ),
        {},
    )
    arrives_at = NOW + timedelta(days=travels)
    until = keeping(days).by_truck(arrives_at)
    good = sum(units for units, life, _place in lots if life >= travels + days)
    demand = [Demand(0, 1, wanted)]
    if good < wanted:
        with pytest.raises(OutOfStock) as short:
            allocate(demand, offer.keeping_until(until).lots, {}, few_parcels=few)
        assert short.value.left == good
        return
    choices = allocate(demand, offer.keeping_until(until).lots, {}, few_parcels=few)
    assert sum(choice.units for choice in choices) == wanted
    assert all(choice.lot.best_before >= TODAY + timedelta(days=travels + days) for choice in choices)
