"""Packaging: what comes in, what is counted, and when somebody has to order."""

from __future__ import annotations

import pytest

from shop.inventory.intake.packaging import (
    NewPackaging,
    add_packaging,
    count_packaging,
    receive_packaging,
    set_alarm,
)
from shop.inventory.intake.packaging_list import (
    PackagingKeepers,
    changes_of_packaging,
    one_packaging,
    packaging_of,
    packaging_running_out,
    places_to_keep,
    workshop_packaging,
)
from shop.inventory.intake.packaging_models import PackagingKind
from shop.kit.errors import Conflict, InvalidInput, NotFound
from tests.factories.workshop import open_workshop


@pytest.fixture
def workshop(session):
    return open_workshop(session)


@pytest.fixture
def who(workshop):
    return {"actor_id": workshop.user, "now": workshop.now}


def units(session, workshop):
    return one_packaging(session, workshop.tins, workshop.keepers).units


def test_what_comes_in_twice_by_one_form_counts_once(session, workshop, who):
    for _ in range(2):
        receive_packaging(session, workshop.tins, 50, workshop.keepers, token="once", **who)
    assert units(session, workshop) == 150


def test_a_count_says_why_and_saying_it_twice_is_once(session, workshop, who):
    with pytest.raises(InvalidInput):
        count_packaging(session, workshop.tins, 90, workshop.keepers, seen=100, reason="", **who)
    for _ in range(2):
        count_packaging(session, workshop.tins, 90, workshop.keepers, seen=100, reason="压坏了", **who)
    assert units(session, workshop) == 90
    assert [one.change for one in changes_of_packaging(session, workshop.tins)] == [-10, 100]


def test_a_count_does_not_overrule_what_came_in_meanwhile(session, workshop, who):
    receive_packaging(session, workshop.tins, 50, workshop.keepers, **who)
    with pytest.raises(Conflict) as refused:
        count_packaging(session, workshop.tins, 90, workshop.keepers, seen=100, reason="压坏了", **who)
    assert "150" in str(refused.value)


def test_at_the_alarm_somebody_is_told_until_there_is_more_or_it_is_no_longer_used(session, workshop, who):
    assert packaging_running_out(session, workshop.keepers) == []
    set_alarm(session, workshop.tins, 100, workshop.keepers, active=True, **who)
    assert [one.id for one in packaging_running_out(session, workshop.keepers)] == [workshop.tins]
    receive_packaging(session, workshop.tins, 1, workshop.keepers, **who)
    assert packaging_running_out(session, workshop.keepers) == []
    set_alarm(session, workshop.tins, 500, workshop.keepers, active=False, **who)
    assert packaging_running_out(session, workshop.keepers) == []
    assert workshop_packaging(session, workshop.producer) == []


def test_a_packing_place_keeps_packaging_too_and_a_form_sent_twice_adds_one(session, workshop, who):
    boxes = NewPackaging(
        PackagingKind.BOX, "五斤纸箱", "", 40, 50, packing_place_id=workshop.shop.hub_id, token="once"
    )
    first, second = (add_packaging(session, boxes, workshop.keepers, **who) for _ in range(2))
    assert first == second
    listed = packaging_of(session, workshop.keepers)
    assert [(one.name_zh, one.runs_out) for one in listed] == [("五斤纸箱", True), ("茶罐", False)]
    assert listed[0].name_en == "五斤纸箱"


def test_others_packaging_is_not_there(session, workshop, who):
    strange = PackagingKeepers(frozenset({workshop.shop.villages["ruhe"]}))
    assert packaging_of(session, strange) == []
    with pytest.raises(NotFound):
        receive_packaging(session, workshop.tins, 1, strange, **who)
    for keeper in ({"producer_id": workshop.producer}, {"packing_place_id": workshop.shop.hub_id}, {}):
        new = NewPackaging(PackagingKind.BAG, "袋", "Bag", 1, 1, **keeper)
        with pytest.raises(NotFound):
            add_packaging(session, new, strange, **who)
    assert places_to_keep(session, strange.village_ids, ()) == []


@pytest.mark.parametrize("wrong", [{"units": -1}, {"alarm_at": 10**7}, {"name_zh": " "}])
def test_what_cannot_be_is_named_by_field(session, workshop, who, wrong):
    facts = {"kind": PackagingKind.BAG, "name_zh": "袋", "name_en": "Bag", "units": 1, "alarm_at": 1}
    new = NewPackaging(producer_id=workshop.producer, **facts | wrong)
    with pytest.raises(InvalidInput) as refused:
        add_packaging(session, new, workshop.keepers, **who)
    assert refused.value.errors.keys() == wrong.keys()
