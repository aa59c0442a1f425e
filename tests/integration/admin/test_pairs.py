"""Pairing as the team keeps it, and as the department's people and everybody else see it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, AuditPersonal, Unit, User
from shop.catalogue.models import Pair


@pytest.fixture
def unit_id(unit_of_work) -> int:
    def add(session) -> int:
        unit = Unit(slug="physics", name_zh="物理学院", name_en="School of Physics")
        session.add(unit)
        session.flush()
        return unit.id

    return unit_of_work.run(add)


@pytest.fixture
def form(shop, unit_id):
    return {
        "unit_id": unit_id,
        "household_id": shop.households["li"],
        "first_day": "2026-01-01",
        "last_day": "",
        "agreed_by": "赵院长与李支书",
    }


def test_a_department_is_paired_and_the_pair_is_ended_later(admin, form, see):
    assert admin.post("/admin/pairs/new", **form).status_code == 303
    [pair] = see(sa.select(Pair))
    assert (pair.first_day.isoformat(), pair.last_day) == ("2026-01-01", None)
    assert "School of Physics" in admin.get("/admin/pairs").text
    changed = form | {"last_day": "2026-06-30"}
    assert admin.post(f"/admin/pairs/{pair.id}", **changed).status_code == 303
    assert [one.last_day.isoformat() for one in see(sa.select(Pair))] == ["2026-06-30"]
    actions = see(
        sa.select(AuditEntry.action).where(AuditEntry.subject_type == "pair").order_by(AuditEntry.id)
    )
    assert actions == ["pair.created", "pair.changed"]
    link = f'href="/admin/pairs/{pair.id}"'
    assert link in admin.get("/admin/pairs", running="no").text
    assert link not in admin.get("/admin/pairs", running="yes").text


def test_who_agreed_stands_in_the_part_of_the_trail_that_can_be_erased(admin, form, see):
    admin.post("/admin/pairs/new", **form)
    assert all("赵院长" not in str(one) for one in see(sa.select(AuditEntry.facts)))
    assert any("赵院长" in str(one) for one in see(sa.select(AuditPersonal.facts)))


def test_two_cannot_be_paired_twice_on_one_day(admin, form, see):
    admin.post("/admin/pairs/new", **form | {"last_day": "2026-06-30"})
    again = admin.post("/admin/pairs/new", **form | {"first_day": "2026-06-30"})
    assert again.status_code == 400
    assert "paired on some of these days already" in again.text
    assert "赵院长与李支书" in again.text  # what was typed is kept
    assert admin.post("/admin/pairs/new", **form | {"first_day": "2026-07-01"}).status_code == 303
    first, _later = see(sa.select(Pair.id).order_by(Pair.id))
    grown = admin.post(f"/admin/pairs/{first}", **form | {"last_day": ""})
    assert grown.status_code == 400
    assert len(see(sa.select(Pair.id))) == 2


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("last_day", "2025-12-31", "The last day lies before the first"),
        ("first_day", "", "Please fill this in"),
        ("first_day", "31.31.2026", "Please enter a day"),
        ("agreed_by", " ", "Please fill this in"),
        ("household_id", "999999", "Please choose one from the list"),
        ("unit_id", "x", "Please choose one from the list"),
    ],
)
def test_what_cannot_be_is_said_and_pairs_nobody(admin, form, see, field, value, said):
    answer = admin.post("/admin/pairs/new", **form | {field: value})
    assert answer.status_code == 400
    assert said in answer.text
    assert see(sa.select(Pair.id)) == []


def test_people_whose_department_is_confirmed_see_its_households_and_who_only_typed_it_does_not(
    admin, form, unit_of_work
):
    """Anybody can write any department into the profile."""
    admin.post("/admin/pairs/new", **form)

    def is_of(**columns) -> str:
        change = sa.update(User).where(User.id == admin.user_id).values(**columns)
        unit_of_work.run(lambda session: session.execute(change).rowcount)
        return admin.get("/account/pairs").text

    for page in (admin.get("/account/pairs").text, is_of(unit_id=form["unit_id"])):
        assert "Your unit is not confirmed yet" in page
        assert "since" not in page
    page = is_of(proved_unit_id=form["unit_id"])
    assert "since" in page
    assert "shown as one total, from 5 households up" in page
    assert "¥" not in page


def test_nothing_of_few_pairs_stands_on_the_public_page(admin, form, client):
    admin.post("/admin/pairs/new", **form)
    assert "Departments that stand by households" not in client.get("/impact?lang=en").text
