"""Settings have versions: who, why and from when on; what is planned comes into force by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.accounts.page_texts import page_text, set_page_text
from shop.accounts.setting_versions import PlanOver, planned_by_name, versions_of, withdraw_plan
from shop.accounts.shop_settings import (
    read_shop_settings,
    set_shop_settings,
    settings_at,
    value_on,
    values_since,
)
from shop.catalogue.version import current_version
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.rounds import follow_settings
from tests.factories.people import make_person

NOW = utc_now().replace(microsecond=0)
LATER = NOW + timedelta(days=3)

_CHANGES = sa.select(AuditEntry.facts).where(AuditEntry.action == "setting.changed").order_by(AuditEntry.id)


@pytest.fixture
def change(unit_of_work):
    def _change(now=NOW, *, why="", valid_from=None, actor_id=None, **values):
        unit_of_work.run(
            lambda session: set_shop_settings(
                session, values, actor_id=actor_id, now=now, why=why, valid_from=valid_from
            )
        )

    return _change


def test_each_change_is_a_version_with_who_when_and_why(change, unit_of_work, session):
    person = make_person(unit_of_work, "keeper@example.com")
    change(complete_after_days="12", why=" slow  couriers ", actor_id=person.id)
    change(NOW + timedelta(hours=1), complete_after_days="14")
    rows = versions_of(session, "complete_after_days").items
    assert [(one.number, one.value["value"], one.why, one.who) for one in rows] == [
        (2, 14, "", ""),
        (1, 12, "slow couriers", "keeper@example.com"),
    ]
    facts = session.scalars(_CHANGES).first()
    assert facts == {"before": 10, "after": 12, "why": "slow couriers"}


def test_what_was_ordered_under_an_older_value_keeps_it(change, session):
    change(complete_after_days="12")
    change(LATER, complete_after_days="5")
    said = values_since(session, "complete_after_days")
    asked = [NOW - timedelta(days=1), NOW, LATER - timedelta(seconds=1), LATER]
    assert [value_on(said, moment) for moment in asked] == [10, 12, 12, 5]
    assert [settings_at(session, moment, "complete_after_days") for moment in asked] == [
        [10],
        [12],
        [12],
        [5],
    ]


def test_a_planned_change_holds_from_its_moment_on_and_once(change, unit_of_work, session):
    change(low_stock_units="9", valid_from=LATER, why="harvest")
    assert read_shop_settings(session).low_stock_units == 5
    assert planned_by_name(session)["low_stock_units"].value == {"value": 9}
    before = current_version(session)
    session.rollback()
    assert follow_settings(unit_of_work, now=LATER - timedelta(seconds=1)) == 0
    assert follow_settings(unit_of_work, now=LATER) == 1
    assert follow_settings(unit_of_work, now=LATER) == 0
    assert read_shop_settings(session).low_stock_units == 9
    assert current_version(session) > before, "pages that are kept are made anew"
    assert planned_by_name(session) == {}
    assert [(one.number, one.why) for one in versions_of(session, "low_stock_units").items] == [
        (1, "harvest")
    ]
    assert settings_at(session, LATER - timedelta(seconds=1), "low_stock_units") == [5]


def test_a_plan_is_withdrawn_once_and_never_holds(change, unit_of_work, session):
    change(low_stock_units="9", valid_from=LATER)
    planned = planned_by_name(session)["low_stock_units"]
    session.rollback()

    def withdraw(name="low_stock_units"):
        unit_of_work.run(lambda session: withdraw_plan(session, name, planned.id, actor_id=None, now=NOW))

    with pytest.raises(NotFound):
        withdraw("complete_after_days")
    withdraw()
    with pytest.raises(PlanOver):
        withdraw()
    assert follow_settings(unit_of_work, now=LATER) == 0
    assert read_shop_settings(session).low_stock_units == 5


def test_settings_fit_each_other_at_every_planned_moment(change, session):
    change(accept_within_hours="7", valid_from=LATER)
    with pytest.raises(InvalidInput) as refused:
        change(remind_before_hours="8")
    assert set(refused.value.errors) == {"remind_before_hours"}, "in three days it would be too early"
    change(LATER + timedelta(days=1), remind_before_hours="1")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"notice_zh": "停运三天"}, "notice_en"),
        ({"pickup_hint_en": "Bring a bag"}, "pickup_hint_zh"),
        ({"low_stock_units": "9", "why": "x" * 301}, "why"),
        ({"low_stock_units": "9", "valid_from": NOW + timedelta(days=400)}, "valid_from"),
        ({"bank_payee": "大学", "bank_name": "工行", "bank_number": "6222000011112222", "valid_from": LATER}, "bank_name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(change, session, typed, field):
    with pytest.raises(InvalidInput) as refused:
        change(**typed)
    assert set(refused.value.errors) == {field}
    assert planned_by_name(session) == {}


def test_both_words_of_a_notice_are_planned_and_taken_down_together(change, unit_of_work, session):
    change(notice_zh="停运三天", notice_en="No trucks for three days", valid_from=LATER)
    change(notice_zh="", notice_en="", valid_from=LATER + timedelta(days=3))
    change(notice_zh="提前通知", notice_en="Soon", now=NOW + timedelta(hours=1))
    follow_settings(unit_of_work, now=LATER)
    assert read_shop_settings(session).notice_zh == "停运三天"
    session.rollback()
    follow_settings(unit_of_work, now=LATER + timedelta(days=3))
    assert read_shop_settings(session).notice_en == ""


def test_a_page_keeps_every_text_that_somebody_agreed_to(unit_of_work, session):
    first = page_text(session, "terms")
    session.rollback()
    for body in ("甲", "乙"):
        text = {"title_zh": "条款", "title_en": "Terms", "body_zh": body, "body_en": "A"}
        unit_of_work.run(
            lambda session, text=text: set_page_text(
                session, "terms", **text, actor_id=None, now=NOW, why="law"
            )
        )
    rows = versions_of(session, "page.terms").items
    assert [(one.number, one.value["body_zh"]) for one in rows] == [(3, "乙"), (2, "甲"), (1, first.body_zh)]
