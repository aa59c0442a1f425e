"""One row of a list of recipients."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.delivery.calendar import Calendar
from shop.delivery.models import CalendarKind
from shop.gifts.days import can_arrive, days_to_offer, earliest_day, leaves_on
from shop.gifts.drafts import card_for, written_length
from shop.gifts.judging import Typed, judge

ADDRESS = "陕西省西安市雁塔区小寨东路9号"
SERVED = {"陕西省"}


@pytest.mark.parametrize(
    ("phone", "facts"),
    [
        ("1380000001", {"digits": 10, "missing": 1}),
        ("138000000011", {"digits": 12, "more": 1}),
        ("abc", {}),
        ("", {}),
    ],
)
def test_a_telephone_says_what_is_wrong_with_it(phone, facts):
    judged = judge(Typed("陈女士", phone, ADDRESS), SERVED)
    assert list(judged.problems) == ["phone"]
    assert judged.problems["phone"].facts == facts


@pytest.mark.parametrize(
    "phone", ["13800000011", "138 0000 0011", "+86 138-0000-0011", "１３８００００００１１"]
)
def test_telephones_as_people_type_them(phone):
    assert judge(Typed("陈女士", phone, ADDRESS), SERVED).phone == "+8613800000011"


@given(name=st.text(max_size=80), phone=st.text(max_size=60), address=st.text(max_size=400))
def test_whatever_is_typed_is_judged_and_fits_its_columns(name, phone, address):
    judged = judge(Typed(name, phone, address), SERVED)
    assert len(judged.name) <= 60
    assert len(judged.phone) <= 40
    assert len(judged.address) <= 300
    assert judged.is_ready == (not judged.problems)


def test_the_placeholder_becomes_the_name_and_counts_for_nothing():
    assert card_for("{称呼}：多谢您", "陈女士") == "陈女士：多谢您"
    assert written_length("{称呼}：多谢您") == 4


STOP = Calendar(((CalendarKind.COURIER_STOP, date(2027, 2, 4), date(2027, 2, 12)),))


@given(day=st.dates(date(2027, 1, 1), date(2027, 3, 30)), travel=st.integers(0, 7))
def test_a_parcel_that_leaves_on_its_day_is_there_in_time_and_a_day_later_would_not_be(day, travel):
    if not STOP.couriers_go(day):
        return
    leaves = leaves_on(STOP, day, travel)
    assert earliest_day(STOP, leaves, travel) <= day
    assert STOP.couriers_go(leaves)
    later = STOP.next_courier_day(date.fromordinal(leaves.toordinal() + 1))
    assert earliest_day(STOP, later, travel) > day


def test_days_are_offered_only_where_couriers_go_and_the_goods_are_fresh():
    days = days_to_offer(STOP, date(2027, 2, 1), date(2027, 2, 20))
    assert days == [date(2027, 2, 1), date(2027, 2, 19)]
    assert not can_arrive(STOP, date(2027, 2, 5), date(2027, 2, 1), None)
