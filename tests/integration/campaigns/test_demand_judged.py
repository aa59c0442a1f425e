"""What is expected is judged as the close will judge it: by quotas, by the yearly cap and by goods for who comes first."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.demand import demand_for_villages, demand_of
from shop.campaigns.expected import packages_expected
from shop.campaigns.member_models import CampaignUnit
from shop.campaigns.models import Campaign, CampaignGood, CampaignState
from shop.campaigns.opening import open_campaign
from shop.campaigns.reading import read_offer
from shop.kit.errors import ShopError
from tests.factories.campaigns import (
    a_choice,
    add_campaign,
    choose_by_link,
    enrol,
    member_ids,
    open_union_shop,
    set_cap,
)
from tests.factories.counting import counted_statements


@pytest.fixture
def union(session):
    """Six members of one sub-union and three of another; the default package costs 127 yuan."""
    union = open_union_shop(session, members=6)
    enrol(session, union, 3, unit="电气分会", first=500)
    session.commit()
    return union


def packages(session, union):
    return packages_expected(session, [union.campaign_id])[union.campaign_id]


def of_organiser(session, union):
    offer = read_offer(session, union.campaign_id)
    found = demand_of(session, offer, packages(session, union), now=union.now)
    return {one.good.variant.id: one.expected for one in found}


def of_villages(session, union):
    names = {
        good.variant.product.name_zh: key
        for key, good in read_offer(session, union.campaign_id).goods.items()
    }
    return {names[one.name_zh]: one.expected for one in demand_for_villages(session, None, now=union.now)}


def of_the_dry_run(session, union):
    units = {}
    for point in plan_closing(session, union.campaign_id, now=union.now).points:
        for key, count in point.units.items():
            units[key] = units.get(key, 0) + count
    return units


def limit_unit(session, name, fen):
    session.execute(sa.update(CampaignUnit).where(CampaignUnit.name == name).values(most_fen=fen))
    session.commit()


def test_a_sub_union_with_a_quota_is_expected_to_get_no_more_than_it_holds(session, union):
    assert packages(session, union) == 9
    limit_unit(session, "机械分会", 40_000)  # three packages
    assert packages(session, union) == 6
    assert of_organiser(session, union) == of_villages(session, union) == of_the_dry_run(session, union)


def test_who_has_used_up_the_year_is_expected_to_get_nothing(session, union):
    set_cap(session, 200, now=union.now)
    other = add_campaign(session, union.shop, union.buyer_id, union.organisation_id, title="端午")
    enrol(session, other, 2)
    open_campaign(session, other.campaign_id, actor_id=union.buyer_id, now=union.now)
    choose_by_link(session, union, member_ids(session, union)[0], a_choice(union))
    session.commit()
    assert packages(session, other) == 1
    assert packages_expected(session, [union.campaign_id, other.campaign_id]) == {
        union.campaign_id: 8,
        other.campaign_id: 1,
    }


def test_while_it_is_being_closed_nobody_is_expected_who_had_a_turn(session, union):
    third = sorted(member_ids(session, union))[2]
    closing = {"state": CampaignState.CLOSING, "closing_done": third}
    session.execute(sa.update(Campaign).values(**closing))
    session.commit()
    assert packages(session, union) == 6


def test_the_number_of_statements_is_the_same_for_many_campaigns_and_members(session, engine, union):
    def statements():
        session.rollback()
        session.expunge_all()
        with counted_statements(engine) as sent:
            demand_for_villages(session, None, now=union.now)
        return len(sent)

    few = statements()
    for number in (1, 2):
        other = add_campaign(session, union.shop, union.buyer_id, union.organisation_id, title=f"又 {number}")
        enrol(session, other, 8, first=2000 * number)
        open_campaign(session, other.campaign_id, actor_id=union.buyer_id, now=union.now)
    session.commit()
    assert statements() == few


STEP = st.tuples(st.integers(0, 8), st.sampled_from(["茶蛋篮", "蜜蛋篮"]))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(STEP, max_size=5),
    quota=st.sampled_from([None, 0, 15_000, 26_000, 40_000]),
    cap=st.sampled_from([0, 100, 130, 200]),
    first=st.sampled_from([None, 2, 5]),
)
def test_what_is_expected_is_what_the_dry_run_orders(session, union, steps, quota, cap, first):
    set_cap(session, 0, now=union.now)
    session.execute(sa.update(CampaignUnit).values(most_fen=None))
    tea = CampaignGood.variant_id == union.shop.variants["tea"]
    session.execute(sa.update(CampaignGood).where(tea).values(most_units=None))
    session.commit()
    members = member_ids(session, union)
    for number, name in steps:
        try:
            choose_by_link(session, union, members[number], a_choice(union, name))
            session.commit()
        except ShopError:
            session.rollback()
    taken = session.scalar(sa.select(CampaignGood.taken_units).where(tea))
    session.execute(
        sa.update(CampaignGood).where(tea).values(most_units=None if first is None else max(first, taken))
    )
    spent = session.scalar(sa.select(CampaignUnit.spent_fen).where(CampaignUnit.name == "机械分会"))
    limit_unit(session, "机械分会", None if quota is None else max(quota, spent))
    set_cap(session, cap, now=union.now)
    session.commit()
    assert packages(session, union) == plan_closing(session, union.campaign_id, now=union.now).unchosen
    assert of_organiser(session, union) == of_villages(session, union) == of_the_dry_run(session, union)
