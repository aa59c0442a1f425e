"""Slips keep their numbers and grams are used once, however many press together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.inventory.intake import using_up
from shop.inventory.intake.models import Intake
from shop.inventory.intake.processing import process
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.weighing import Weighing, weigh_in
from shop.kit.errors import ShopError
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.factories.workshop import open_workshop

PRESSES = 6


@pytest.fixture
def workshop(session):
    return open_workshop(session)


def together(unit_of_work, works):
    """Everybody presses at the same moment; what came of each."""
    start = Barrier(len(works))

    def press(work):
        start.wait()
        try:
            return unit_of_work.run(work)
        except ShopError as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(press, works))


def who(workshop):
    return {"village_ids": workshop.village_ids, "actor_id": workshop.user, "now": workshop.now}


def weigh_together(unit_of_work, workshop):
    weighing = Weighing(workshop.producer, workshop.shop.households["li"], workshop.first, 500)
    works = [lambda s: weigh_in(s, weighing, **who(workshop)).sequence] * PRESSES
    before = unit_of_work.run(
        lambda s: s.scalar(sa.select(sa.func.coalesce(sa.func.max(Intake.sequence), 0)))
    )
    outcomes = together(unit_of_work, works)
    assert sorted(outcomes) == [before + count for count in range(1, PRESSES + 1)]


@pytest.mark.race(twin="test_without_the_lock_two_slips_have_one_number")
def test_slips_that_are_written_together_have_numbers_without_a_gap(unit_of_work, workshop):
    weigh_together(unit_of_work, workshop)


def test_without_the_lock_two_slips_have_one_number(unit_of_work, workshop):
    unlocked = without_locks(unit_of_work)
    drop_unique(unlocked, "intakes", "uq_intakes_producer_id_sequence")
    drop_unique(unlocked, "intakes", "uq_intakes_number")
    drop_unique(unlocked, "audit_entries", "uq_audit_entries_hash")
    assert goes_wrong(lambda: weigh_together(unlocked, workshop))


@pytest.mark.race(fence="the conditional update of using_up, and its CHECK")
def test_an_intake_is_used_once_when_several_make_a_lot_of_it(unit_of_work, session, workshop):
    leaf = workshop.weigh(session, "li", 6_000)
    session.commit()
    batch = workshop.batch({leaf.id: 6_000}, 10, packaging={workshop.tins: 10})
    outcomes = together(unit_of_work, [lambda s: process(s, batch, **who(workshop)).lot_id] * PRESSES)
    assert sum(isinstance(one, int) for one in outcomes) == 1
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count(Processing.id))) == 1
    assert session.execute(sa.select(Intake.used_g, Intake.left_g)).one() == (6_000, 0)


@pytest.mark.race(fence="the conditional update of using_up, and its CHECK")
def test_two_who_use_parts_of_one_intake_at_once_never_use_more_than_it_had(unit_of_work, session, workshop):
    """Without the workshop's lock: what holds is the update alone."""
    leaf = workshop.weigh(session, "li", 5_000)
    session.commit()
    outcomes = together(unit_of_work, [lambda s: using_up.use_up(s, {leaf.id: 2_000})] * PRESSES)
    assert sum(one is None for one in outcomes) == 2
    session.expire_all()
    assert session.execute(sa.select(Intake.used_g, Intake.left_g)).one() == (4_000, 1_000)
