"""One person's year is one, whether their union or one of its sub-unions gives the welfare."""

from __future__ import annotations

import importlib

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember
from shop.accounts.organisation_desk import save_organisation
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.errors import OverYearlyCap
from shop.campaigns.member_models import Choice, GotNothing, YearOfAllowance
from shop.campaigns.opening import open_campaign
from shop.check.all_rules import find_violations
from tests.factories.campaign_days import close_now
from tests.factories.campaigns import (
    a_choice,
    add_campaign,
    an_account_of,
    choose_by_link,
    enrol,
    member_ids,
    open_union_shop,
    set_cap,
)
from tests.factories.organisations import grant_terms

SPENT = 14_700


@pytest.fixture
def union(session):
    union = open_union_shop(session, members=2)
    session.get_one(Organisation, union.organisation_id).kind = OrganisationKind.UNION
    session.commit()
    return union


def add_sub_union(session, union, *, above):
    """A campaign of a sub-union, with the same two people."""
    sub = Organisation(
        slug="sub", name="机械分工会", invoice_title="机械分工会", tax_number="81610000MA6TSUB001",
        kind=OrganisationKind.UNION, parent_id=above,
    )  # fmt: skip
    session.add(sub)
    session.flush()
    session.add(OrganisationMember(organisation_id=sub.id, user_id=union.buyer_id, role="owner"))
    session.flush()
    second = an_account_of(session, union, "second")
    grant_terms(session, sub.id, union.buyer_id, second, now=union.now, limit_fen=100_000_000)
    made = add_campaign(session, union.shop, union.buyer_id, sub.id, title="分工会福利")
    enrol(session, made, 2)
    open_campaign(session, made.campaign_id, actor_id=union.buyer_id, now=union.now)
    session.commit()
    return made


def years(session):
    rows = sa.select(YearOfAllowance.organisation_id, YearOfAllowance.spent_fen)
    return dict(session.execute(rows.where(YearOfAllowance.spent_fen > 0)).all())


def nothing_is_broken(session):
    session.rollback()
    assert list(find_violations(session)) == []


def test_a_union_and_its_sub_union_together_keep_the_cap(session, union):
    sub = add_sub_union(session, union, above=union.organisation_id)
    set_cap(session, 200, now=union.now)
    choose_by_link(session, union, member_ids(session, union)[0], a_choice(union))
    session.commit()
    with pytest.raises(OverYearlyCap):
        choose_by_link(session, sub, member_ids(session, sub)[0], a_choice(sub))
    session.rollback()
    assert years(session) == {union.organisation_id: SPENT}
    nothing_is_broken(session)


def test_two_unions_that_have_nothing_to_do_with_each_other_count_for_themselves(session, union):
    other = add_sub_union(session, union, above=None)
    set_cap(session, 200, now=union.now)
    for one in (union, other):
        choose_by_link(session, one, member_ids(session, one)[0], a_choice(one))
    session.commit()
    assert years(session) == {union.organisation_id: SPENT, other.organisation_id: SPENT}
    nothing_is_broken(session)


def test_the_close_of_a_sub_union_gives_no_package_beyond_the_year_of_the_union(session, unit_of_work, union):
    sub = add_sub_union(session, union, above=union.organisation_id)
    set_cap(session, 200, now=union.now)
    choose_by_link(session, union, member_ids(session, union)[0], a_choice(union))
    session.commit()
    first, second = member_ids(session, sub)
    assert plan_closing(session, sub.campaign_id, now=union.now).nothing == {first: GotNothing.YEAR}
    session.rollback()
    close_now(unit_of_work, sub)
    session.rollback()
    assert session.get(Choice, first) is None
    assert session.get(Choice, second) is not None
    nothing_is_broken(session)


def test_a_union_that_gets_another_one_above_it_takes_its_years_along_and_back(session, unit_of_work, union):
    other = add_sub_union(session, union, above=None)
    for one in (union, other):
        choose_by_link(session, one, member_ids(session, one)[0], a_choice(one))
    session.commit()

    def stand_under(above):
        values = {"parent_id": above}
        session.rollback()
        unit_of_work.run(
            lambda s: save_organisation(
                s, other.organisation_id, values, actor_id=union.buyer_id, now=union.now
            )
        )

    stand_under(union.organisation_id)
    assert years(session) == {union.organisation_id: 2 * SPENT}
    nothing_is_broken(session)
    stand_under(None)
    assert years(session) == {union.organisation_id: SPENT, other.organisation_id: SPENT}
    nothing_is_broken(session)


def test_what_was_counted_for_each_is_added_up_and_taken_apart_again(session, union):
    """As the migration finds it: a row for the union and one for its sub-union."""
    migration = importlib.import_module("migrations.versions.0081_years_of_families")
    sub = add_sub_union(session, union, above=union.organisation_id)
    for one in (union, sub):
        choose_by_link(session, one, member_ids(session, one)[0], a_choice(one))
    session.flush()
    each = {union.organisation_id: SPENT, sub.organisation_id: SPENT}
    with Operations.context(MigrationContext.configure(session.connection())):
        migration.take_apart()
        assert years(session) == each
        migration.add_up()
    assert years(session) == {union.organisation_id: 2 * SPENT}
    session.commit()
    nothing_is_broken(session)
