"""Raw goods, their grades and guide prices, as the shop's team writes them down."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.inventory.intake.models import GradePrice, RawGood, RawGrade
from shop.inventory.intake.workshops import grades
from shop.kit.clock import shanghai_date, utc_now

LEAF = {
    "slug": "fresh-leaf", "name_zh": "鲜叶", "name_en": "Fresh leaf", "usual_yield_bp": "22.5", "heaviest_g": "80",
    "grades": "一级 | Grade 1 | 100 | 30.00\r\n二级｜Grade 2｜70", "active": "y",
}  # fmt: skip


@pytest.fixture
def leaf(admin, session) -> str:
    """The address of fresh leaf."""
    assert admin.post("/admin/raw-goods/new", **LEAF).status_code == 303
    return f"/admin/raw-goods/{one(session, sa.select(RawGood.id))}"


def one(session, statement):
    """The test's session ends what it began: SQLite has one writer."""
    found = session.scalars(statement).one()
    session.rollback()
    return found


def today_prices(session, days=0):
    found = grades(session, today=shanghai_date(utc_now()) + timedelta(days=days))
    session.rollback()
    return {one.name_zh: one.fen_per_jin for one in found}


def test_a_raw_good_is_written_down_with_its_grades(admin, leaf, session):
    assert one(session, sa.select(RawGood.usual_yield_bp)) == 2_250
    assert one(session, sa.select(RawGood.heaviest_g)) == 40_000
    assert today_prices(session) == {"一级": 3_000, "二级": None}
    page = admin.get("/admin/raw-goods").text
    assert "Grade 1 ¥30.00 a jin" in page
    form = admin.get(leaf).text
    assert "一级 | Grade 1 | 100 | 30.00" in form
    assert 'value="80"' in form
    assert 'value="22.50"' in form


def test_a_new_price_counts_from_its_day_and_the_old_one_stays_in_the_book(admin, leaf, session):
    later = shanghai_date(utc_now()) + timedelta(days=3)
    changed = LEAF | {"grades": "一级 | Grade 1 | 100 | 36", "prices_from": later.isoformat()}
    assert admin.post(leaf, **changed).status_code == 303
    assert today_prices(session) == {"一级": 3_000}
    assert today_prices(session, days=3) == {"一级": 3_600}
    assert one(session, sa.select(sa.func.count(GradePrice.id))) == 2
    assert admin.post(leaf, **changed).status_code == 303
    assert one(session, sa.select(sa.func.count(GradePrice.id))) == 2


def test_a_grade_that_is_left_out_is_kept_for_its_slips_and_comes_back_by_its_name(admin, leaf, session):
    admin.post(leaf, **LEAF | {"grades": "二级 | Grade 2 | 60"})
    assert list(today_prices(session)) == ["二级"]
    admin.post(leaf, **LEAF | {"grades": "二级 | Grade 2 | 60\n一级 | First | 100 | 30"})
    assert today_prices(session) == {"二级": None, "一级": 3_000}
    assert one(session, sa.select(sa.func.count(RawGrade.id))) == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"grades": ""}, "Please fill this in"),
        ({"grades": "一级"}, "Line 1"),
        ({"grades": "一级 | Grade 1 | 0"}, "Line 1"),
        ({"grades": "一级 | Grade 1 | 100 | abc"}, "Line 1"),
        ({"grades": "一级 | Grade 1 | 100 | 0"}, "Line 1"),
        ({"grades": "一级 | Grade 1 | 100 | 1 | 2"}, "Line 1"),
        ({"grades": "一级 | A | 100\n一级 | B | 90"}, "Line 2"),
        ({"grades": "一级 | Grade 1 | 100"}, "cannot be taken away"),
        ({"prices_from": "2020-01-01"}, "today or a later day"),
        ({"usual_yield_bp": "0"}, "range"),
        ({"heaviest_g": "0"}, "range"),
        ({"heaviest_g": "x"}, "jin"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(admin, leaf, session, wrong, said):
    answer = admin.post(leaf, **LEAF | wrong)
    assert answer.status_code == 400
    assert said in answer.text
    assert today_prices(session) == {"一级": 3_000, "二级": None}
