"""Raw goods weighed in: slips with numbers, second looks, counter-entries."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.inventory.intake.errors import IntakeTakenBack, IntakeUsed, UnusualWeight
from shop.inventory.intake.intake_list import SlipFilter, find_slips, one_slip, slips_left, weighed_on
from shop.inventory.intake.models import GradePrice, Intake
from shop.inventory.intake.weighing import Weighing, take_back, weigh_in
from shop.inventory.intake.workshops import Bringer, matching_bringers
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from tests.factories.workshop import open_workshop


@pytest.fixture
def workshop(session):
    return open_workshop(session)


def counter(session, workshop, intake_id, **facts):
    return workshop.press(session, take_back, intake_id, **{"reason": "看错秤"} | facts)


def test_slips_of_a_workshop_are_numbered_without_a_gap(session, workshop):
    numbers = [workshop.weigh(session, name, 5000).number for name in ("li", "chen", "li")]
    assert numbers == [f"RK{workshop.producer}-0000{count}" for count in (1, 2, 3)]


def test_what_is_refused_leaves_no_gap_behind(session, workshop):
    workshop.weigh(session, "li", 5000)
    session.commit()
    with pytest.raises(UnusualWeight):
        workshop.weigh(session, "li", 60_000)
    session.rollback()
    assert workshop.weigh(session, "chen", 5000).sequence == 2


def test_a_slip_keeps_the_price_and_the_weight_of_its_grade_of_that_day(session, workshop):
    intake = workshop.weigh(session, "li", 6250)
    session.add(
        GradePrice(
            grade_id=workshop.first,
            valid_from=shanghai_date(workshop.now),
            fen_per_jin=9900,
            set_at=workshop.now,
        )
    )
    session.flush()
    slip = one_slip(session, intake.id, workshop.village_ids)
    assert (slip.fen_per_jin, slip.weight) == (3000, 100)
    later = one_slip(session, workshop.weigh(session, "li", 500).id, workshop.village_ids)
    assert later.fen_per_jin == 9900


def test_a_price_of_a_later_day_does_not_count_yet_and_none_is_none(session, workshop):
    slip = one_slip(session, workshop.weigh(session, "li", 500, second=True).id, workshop.village_ids)
    assert (slip.fen_per_jin, slip.weight) == (None, 50)


def test_a_form_that_is_sent_twice_makes_one_slip(session, workshop):
    first = workshop.weigh(session, "li", 5000, token="once")
    assert workshop.weigh(session, "li", 5000, token="once").id == first.id
    assert session.scalar(sa.select(sa.func.count(Intake.id))) == 1


def test_more_than_is_usual_is_asked_for_once_more_and_only_for_that_weight(session, workshop):
    with pytest.raises(UnusualWeight) as asked:
        workshop.weigh(session, "li", 62_500)
    assert asked.value.grams == 62_500
    with pytest.raises(UnusualWeight):
        workshop.weigh(session, "li", 625_000, sure_g=62_500)
    assert workshop.weigh(session, "li", 62_500, sure_g=62_500).left_g == 62_500


@pytest.mark.parametrize("grams", [0, -500, 5_000_001])
def test_nothing_and_a_mountain_are_no_weights(session, workshop, grams):
    with pytest.raises(InvalidInput):
        workshop.weigh(session, "li", grams, sure_g=grams)


def test_others_workshops_and_households_are_not_there(session, workshop):
    ruhe = frozenset({workshop.shop.villages["ruhe"]})
    weighing = Weighing(workshop.producer, workshop.shop.households["wang"], workshop.first, 500)
    with pytest.raises(NotFound):
        weigh_in(session, weighing, village_ids=ruhe, actor_id=None, now=workshop.now)
    mogou = frozenset({workshop.shop.villages["mogou"]})
    with pytest.raises(NotFound):
        weigh_in(session, weighing, village_ids=mogou, actor_id=None, now=workshop.now)


def test_a_wrong_slip_is_countered_by_a_numbered_entry_and_itself_never_changed(session, workshop):
    wrong = workshop.weigh(session, "li", 50_000)
    entry = counter(session, workshop, wrong.id)
    assert (entry.grams, entry.sequence, entry.reason) == (-50_000, 2, "看错秤")
    slip = one_slip(session, wrong.id, workshop.village_ids)
    assert (slip.grams, slip.left_g, slip.taken_back_g) == (50_000, 0, 50_000)
    assert slip.reversed_by == entry.number
    assert weighed_on(session, workshop.producer, shanghai_date(workshop.now)) == (0, 0)


def test_a_counter_entry_with_the_right_weight_writes_the_new_slip_as_well(session, workshop):
    wrong = workshop.weigh(session, "li", 50_000)
    right = counter(session, workshop, wrong.id, right_g=5_000)
    assert (right.sequence, right.grams, right.household_id) == (3, 5_000, wrong.household_id)
    assert weighed_on(session, workshop.producer, shanghai_date(workshop.now)) == (1, 5_000)


def test_nothing_is_countered_twice_nor_without_a_reason_nor_when_it_is_used(session, workshop):
    slip = workshop.weigh(session, "li", 5_000)
    with pytest.raises(InvalidInput):
        counter(session, workshop, slip.id, reason=" ")
    with pytest.raises(InvalidInput):
        counter(session, workshop, slip.id, right_g=5_000)
    entry = counter(session, workshop, slip.id)
    for one in (slip.id, entry.id):
        with pytest.raises(IntakeTakenBack):
            counter(session, workshop, one)
    used = workshop.weigh(session, "li", 5_000)
    workshop.make(session, {used.id: 600}, 1)
    with pytest.raises(IntakeUsed):
        counter(session, workshop, used.id)


def test_what_is_left_of_one_grade_since_a_day_is_listed_the_oldest_first(session, workshop):
    first = workshop.weigh(session, "li", 5_000)
    workshop.weigh(session, "chen", 5_000, second=True)
    third = workshop.weigh(session, "chen", 7_000)
    counter(session, workshop, workshop.weigh(session, "chen", 900).id)
    today = shanghai_date(workshop.now)
    wanted = SlipFilter(producer_id=workshop.producer, grade_id=workshop.first, since=today)
    left = slips_left(session, workshop.village_ids, wanted, most=9)
    assert [one.id for one in left] == [first.id, third.id]
    assert find_slips(session, workshop.village_ids, SlipFilter()).total == 5
    assert find_slips(session, frozenset({0}), SlipFilter()).total == 0


def test_a_household_is_found_by_number_whole_name_or_a_part_of_it():
    people = [
        Bringer(12, "李师傅家", "Li", "", ""),
        Bringer(3, "李家", "Lijia", "", ""),
        Bringer(120, "王家", "Wang", "", ""),
    ]
    ids = {
        typed: [one.id for one in matching_bringers(people, typed)]
        for typed in ("12", "012 李", "李家", "李", "wan", "", "赵")
    }
    assert ids == {"12": [12], "012 李": [12], "李家": [3], "李": [12, 3], "wan": [120], "": [], "赵": []}
