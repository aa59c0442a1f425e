"""Whatever people weigh, make, undo and take back in whatever order, every gram is somewhere and shares follow."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.check.intakes import RULES
from shop.check.rule import Violation
from shop.inventory.intake.models import Intake
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.undoing import undo_processing
from shop.inventory.intake.weighing import take_back
from shop.inventory.models import Lot
from shop.kit.errors import ShopError
from tests.factories.workshop import open_workshop

HOUSEHOLDS = ("li", "chen", "wang", "yu")
WEIGH = st.tuples(
    st.just("weigh"), st.sampled_from(HOUSEHOLDS), st.integers(1, 40).map(lambda n: n * 300), st.booleans()
)
MAKE = st.tuples(st.just("make"), st.integers(0, 9), st.integers(1, 4), st.integers(1, 30))
UNDO = st.tuples(st.just("undo"), st.integers(0, 9))
BACK = st.tuples(st.just("back"), st.integers(0, 9))
STEPS = st.lists(st.one_of(WEIGH, WEIGH, MAKE, UNDO, BACK), min_size=3, max_size=14)


def violations(session, now) -> list[Violation]:
    return [found for rule in RULES for found in rule.violations(session, now)]


def one_of(session, column, place):
    ids = session.scalars(sa.select(column).order_by(column)).all()
    return ids[place % len(ids)] if ids else None


def step(session, workshop, what, *facts):
    if what == "weigh":
        household, grams, second = facts
        workshop.weigh(session, household, grams, second=second)
    elif what == "make":
        first, count, units = facts
        left = session.execute(sa.select(Intake.id, Intake.left_g).where(Intake.left_g > 0)).all()
        chosen = (left[first % len(left) :] if left else [])[:count]
        grams = {one: (grams if place else -(-grams // 2)) for place, (one, grams) in enumerate(chosen)}
        yield_bp = units * 150 * 10_000 // max(sum(grams.values()), 1)
        workshop.make(session, grams, units, packaging={workshop.tins: units}, sure_bp=yield_bp)
    elif what == "undo":
        workshop.press(session, undo_processing, one_of(session, Processing.id, facts[0]) or 0, reason="错")
    else:
        workshop.press(session, take_back, one_of(session, Intake.id, facts[0]) or 0, reason="错")


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_no_order_of_steps_loses_a_gram_or_a_share(session, steps):
    """One shop for all examples: what earlier ones left is a start like any other."""
    workshop = session.info.get("workshop") or session.info.setdefault("workshop", open_workshop(session))
    for what, *facts in steps:
        try:
            step(session, workshop, what, *facts)
        except ShopError:
            continue
    assert violations(session, workshop.now) == []
    made, used = (
        session.execute(
            sa.select(sa.func.coalesce(sa.func.sum(Processing.in_g), 0)).where(Processing.undone_at.is_(None))
        ).scalar(),
        session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Intake.used_g), 0))),
    )
    assert made == used
    assert session.scalar(sa.select(sa.func.min(Lot.available))) >= 0
    session.rollback()
