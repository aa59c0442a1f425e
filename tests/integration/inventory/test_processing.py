"""Intakes become a lot: shares, parts, yield, packaging, and undoing it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.inventory.intake.errors import LotInUse, TooFewPieces, UndoneAlready, UnusualYield
from shop.inventory.intake.intake_list import made_of
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.packaging_list import changes_of_packaging, one_packaging
from shop.inventory.intake.processing_list import (
    one_processing,
    shares_of_processing,
    used_intakes,
    used_packaging,
)
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.undoing import undo_processing
from shop.inventory.intake.usual_yield import usual_yields
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.inventory.movements import move_units
from shop.inventory.reopening import reopenable_units
from shop.inventory.stock import buyable_units
from shop.kit.errors import InvalidInput, NotFound
from tests.factories.workshop import open_workshop


@pytest.fixture
def workshop(session):
    """A tin of tea weighs 150 g net: of 600 g of leaf comes one."""
    return open_workshop(session)


def undo(session, workshop, processing_id, **facts):
    workshop.press(session, undo_processing, processing_id, **{"reason": "罐数打错"} | facts)


def left(session, *intakes):
    rows = sa.select(Intake.used_g, Intake.left_g).where(Intake.id.in_([one.id for one in intakes]))
    return [tuple(row) for row in session.execute(rows.order_by(Intake.id))]


def shares_of(session, processing):
    rows = session.execute(
        sa.select(LotShare.household_id, LotShare.share_bp).where(LotShare.lot_id == processing.lot_id)
    )
    return dict(iter(rows))


def test_the_shares_of_the_lot_are_grams_by_the_weight_of_their_grade(session, workshop):
    li, chen = workshop.weigh(session, "li", 6_000), workshop.weigh(session, "chen", 6_000, second=True)
    made = workshop.make(session, {li.id: 6_000, chen.id: 6_000}, 20)
    households = workshop.shop.households
    assert shares_of(session, made) == {households["li"]: 6_667, households["chen"]: 3_333}
    lot = session.get_one(Lot, made.lot_id)
    assert (lot.producer_id, lot.declared, lot.available) == (workshop.producer, 20, 20)
    assert buyable_units(session, [lot.variant_id], now=workshop.now)[lot.variant_id] == 60


def test_an_intake_is_used_up_in_parts_and_never_beyond(session, workshop):
    leaf = workshop.weigh(session, "li", 3_000)
    workshop.make(session, {leaf.id: 1_800}, 3)
    assert left(session, leaf) == [(1_800, 1_200)]
    with pytest.raises(InvalidInput):
        workshop.make(session, {leaf.id: 1_800}, 3)
    workshop.make(session, {leaf.id: 1_200}, 2)
    assert left(session, leaf) == [(3_000, 0)]
    assert [one.grams for one in made_of(session, leaf.id)] == [1_800, 1_200]


def test_a_form_that_is_sent_twice_makes_one_lot(session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    once = workshop.make(session, {leaf.id: 3_000}, 5, token="once", packaging={workshop.tins: 5})
    assert (
        workshop.make(session, {leaf.id: 3_000}, 5, token="once", packaging={workshop.tins: 5}).id == once.id
    )
    assert left(session, leaf) == [(3_000, 3_000)]
    assert one_packaging(session, workshop.tins, workshop.keepers).units == 95


def test_loss_and_yield_are_kept_and_what_is_far_off_is_asked_for_once_more(session, workshop):
    leaf = workshop.weigh(session, "li", 12_000)
    with pytest.raises(UnusualYield) as asked:
        workshop.make(session, {leaf.id: 6_000}, 5, lost_g=100)
    assert asked.value.yield_bp == 1_250
    made = workshop.make(session, {leaf.id: 6_000}, 5, lost_g=100, sure_bp=1_250)
    shown = one_processing(session, made.id, workshop.village_ids)
    assert (shown.yield_bp, shown.lost_g, shown.dried_g) == (1_250, 100, 5_150)
    assert shown.is_far_off(2_500)


def test_after_three_processings_the_usual_yield_is_experience(session, workshop):
    leaf = workshop.weigh(session, "li", 24_000)
    for _ in range(2):
        workshop.make(session, {leaf.id: 6_000}, 12)
    assert usual_yields(session, [workshop.leaf]) == {workshop.leaf: 2_500}
    third = workshop.make(session, {leaf.id: 6_000}, 12)
    assert usual_yields(session, [workshop.leaf]) == {workshop.leaf: 3_000}
    assert usual_yields(session, [workshop.leaf], without=third.id) == {workshop.leaf: 2_500}
    undo(session, workshop, third.id)
    assert usual_yields(session, [workshop.leaf]) == {workshop.leaf: 2_500}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"units": 41}, "units"),
        ({"lost_g": 5_000}, "lost"),
        ({"lost_g": -1}, "lost"),
        ({"units": 0}, "units"),
        ({"grams": {}}, "intakes"),
    ],
)
def test_what_cannot_be_is_named_by_field(session, workshop, changes, field):
    leaf = workshop.weigh(session, "li", 6_000)
    facts = {"grams": {leaf.id: 6_000}, "units": 10, "sure_bp": 0} | changes
    with pytest.raises(InvalidInput) as refused:
        workshop.make(session, **facts)
    assert set(refused.value.errors) == {field}


def test_two_raw_goods_do_not_go_into_one_lot(session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    session.add(
        RawGood(
            slug="mushroom", name_zh="散香菇", name_en="Mushroom", usual_yield_bp=1000, heaviest_g=50_000,
            grades=[RawGrade(id=77, position=1, name_zh="一级", name_en="Grade 1", weight=100)],
        )
    )  # fmt: skip
    session.flush()
    workshop.first = 77
    other = workshop.weigh(session, "li", 6_000)
    with pytest.raises(InvalidInput):
        workshop.make(session, {leaf.id: 6_000, other.id: 6_000}, 20)


def test_another_villages_workshop_makes_nothing_and_is_not_undone(session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    made = workshop.make(session, {leaf.id: 3_000}, 5)
    ruhe = frozenset({workshop.shop.villages["ruhe"]})
    with pytest.raises(NotFound):
        undo(session, workshop, made.id, village_ids=ruhe)
    with pytest.raises(NotFound):
        one_processing(session, made.id, ruhe)
    workshop.village_ids = ruhe
    with pytest.raises(NotFound):
        workshop.make(session, {leaf.id: 3_000}, 5)


def test_packaging_that_is_not_there_is_not_used(session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    session.commit()
    with pytest.raises(TooFewPieces) as refused:
        workshop.make(session, {leaf.id: 6_000}, 10, packaging={workshop.tins: 101})
    assert "100" in str(refused.value)
    session.rollback()
    assert left(session, leaf) == [(0, 6_000)]
    with pytest.raises(NotFound):
        workshop.make(session, {leaf.id: 6_000}, 10, packaging={workshop.tins + 99: 1})


def test_an_undone_processing_gives_everything_back_and_its_lot_is_empty_for_good(session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    made = workshop.make(session, {leaf.id: 6_000}, 10, packaging={workshop.tins: 10, 0: 0})
    undo(session, workshop, made.id)
    assert left(session, leaf) == [(0, 6_000)]
    assert one_packaging(session, workshop.tins, workshop.keepers).units == 100
    assert [one.change for one in changes_of_packaging(session, workshop.tins)] == [10, -10, 100]
    lot = session.get_one(Lot, made.lot_id)
    assert (lot.status, lot.declared, lot.available, lot.withdrawn) == (LotStatus.CLOSED, 0, 0, 0)
    assert reopenable_units(session, [lot.id], now=workshop.now) == {}
    assert sum(one.share_bp for one in shares_of_processing(session, lot.id)) == 10_000
    with pytest.raises(UndoneAlready):
        undo(session, workshop, made.id)
    again = workshop.make(session, {leaf.id: 6_000}, 9)
    assert [one.number for one in used_intakes(session, again.id)] == [leaf.number]
    assert used_packaging(session, again.id) == []


def test_a_lot_of_which_something_is_promised_is_not_undone(session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    made = workshop.make(session, {leaf.id: 6_000}, 10)
    with pytest.raises(InvalidInput):
        undo(session, workshop, made.id, reason="")
    move_units(session, {made.lot_id: 1}, origin="available", target="held")
    with pytest.raises(LotInUse):
        undo(session, workshop, made.id)
    assert session.scalar(sa.select(Processing.undone_at)) is None
