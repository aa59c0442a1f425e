"""The villages are told what the organiser reads: what is chosen, and what is expected with default packages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.campaigns.demand import demand_for_villages, demand_of
from shop.campaigns.expected import packages_expected
from shop.campaigns.models import CampaignGood
from shop.campaigns.reading import read_offer
from shop.kit.clock import utc_now
from tests.factories.campaign_days import close_now
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop
from tests.factories.people import make_person, sign_in


@pytest.fixture
def union(session):
    """Four members; the default package holds tea and eggs, and one member has chosen honey and eggs."""
    union = open_union_shop(session)
    choose_by_link(session, union, member_ids(session, union)[0], a_choice(union))
    session.commit()
    return union


def of_organiser(session, union):
    offer = read_offer(session, union.campaign_id)
    packages = packages_expected(session, [union.campaign_id])[union.campaign_id]
    found = demand_of(session, offer, packages, now=union.now)
    return {one.good.variant.product.name_zh: (one.wanted, one.expected) for one in found}


def of_villages(session, union):
    return {
        one.name_zh: (one.wanted, one.expected) for one in demand_for_villages(session, None, now=union.now)
    }


def test_the_villages_are_told_the_figures_of_the_organiser(session, union):
    told = of_villages(session, union)
    assert sorted(told.values()) == [(0, 3), (1, 1), (1, 4)]  # tea, honey, eggs
    assert told == of_organiser(session, union)


def test_of_a_limited_good_no_more_is_expected_than_there_is(session, union):
    """One package more can be given: what else is in the others is not expected either."""
    eggs = CampaignGood.variant_id == union.shop.variants["eggs"]
    session.execute(sa.update(CampaignGood).where(eggs).values(most_units=2))
    session.commit()
    assert sorted(of_villages(session, union).values()) == [(0, 1), (1, 1), (1, 2)]
    assert of_villages(session, union) == of_organiser(session, union)


def test_once_closed_what_is_chosen_is_all(session, unit_of_work, union):
    close_now(unit_of_work, union)
    session.rollback()
    assert sorted(of_villages(session, union).values()) == [(1, 1), (3, 3), (4, 4)]


def test_the_page_of_a_village_says_both(client, session, unit_of_work):
    open_union_shop(session, now=utc_now())
    make_person(unit_of_work, "he@shop.example", roles=[RoleName.COORDINATOR])
    sign_in(client, "he@shop.example")
    page = client.get("/village/campaigns").text
    assert "预计共需" in page
    assert page.count("<b>4</b>") == 2  # of tea and of eggs, though nobody has chosen yet
