"""The villages are told what the organiser reads: what is chosen, and what is expected with default packages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.campaigns.demand import demand_for_villages, demand_of
from shop.campaigns.expected import packages_expected
from shop.campaigns.models import CampaignGood, CampaignPackage, CampaignPackageItem
from shop.campaigns.reading import read_offer
from shop.catalogue.models import Product, Variant
from shop.kit.clock import utc_now
from tests.factories.campaign_days import close_now
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop
from tests.factories.people import make_person, sign_in
from tests.factories.small_shop import add_product


@pytest.fixture
def union(session):
    """Four members; the default package holds tea and eggs, and one member has chosen honey and eggs."""
    union = open_union_shop(session)
    choose_by_link(session, union, member_ids(session, union)[0], a_choice(union))
    session.commit()
    return union


def box_of(session, union, parts):
    """A gift box of so many units of each, one more item of the default package; the id of its variant."""
    add_product(session, union.shop, "box", price_fen=990, gross_g=2_000, parts=parts)
    box = union.shop.variants["box"]
    session.add(CampaignGood(campaign_id=union.campaign_id, variant_id=box, price_fen=990))
    package_id = session.scalar(
        sa.select(CampaignPackage.id).where(
            CampaignPackage.campaign_id == union.campaign_id, CampaignPackage.is_default
        )
    )
    session.add(CampaignPackageItem(package_id=package_id, variant_id=box, quantity=1))
    session.commit()
    session.expunge_all()
    return box


def of_organiser(session, union):
    offer = read_offer(session, union.campaign_id)
    packages = packages_expected(session, [union.campaign_id])[union.campaign_id]
    found = demand_of(session, offer, packages, now=union.now)
    return {one.variant.product.name_zh: (one.wanted, one.expected) for one in found if not one.is_box}


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


def test_a_box_is_told_as_what_it_holds(session, union):
    """A box of two teas and three eggs in the default package: three members have not chosen."""
    box = box_of(session, union, {"tea": 2, "eggs": 3})
    told = of_villages(session, union)
    assert sorted(told.values()) == [(0, 9), (1, 1), (1, 13)]  # tea 3 + 6, honey, eggs 4 + 9
    assert told == of_organiser(session, union)
    offer = read_offer(session, union.campaign_id)
    found = {one.variant.id: one for one in demand_of(session, offer, 3, now=union.now)}
    assert (found[box].expected, found[box].is_box) == (3, True)
    tea = found[union.shop.variants["tea"]]
    assert tea.in_boxes == 6
    assert found[box].available == min(tea.available // 2, found[union.shop.variants["eggs"]].available // 3)


def test_what_is_only_inside_a_box_is_told_too(session, union):
    add_product(session, union.shop, "walnuts", price_fen=3_000, gross_g=600)
    box_of(session, union, {"walnuts": 2})
    told = of_villages(session, union)
    assert told == of_organiser(session, union)
    assert (0, 6) in told.values()


def test_a_village_is_told_only_its_own_part_of_a_box(session, union):
    box_of(session, union, {"tea": 2, "eggs": 3})
    other = Product.id == union.shop.products["eggs"]
    session.execute(sa.update(Product).where(other).values(village_id=union.shop.villages["ruhe"]))
    session.commit()
    homes = dict(
        session.execute(
            sa.select(Variant.id, Product.village_id).join(Product, Product.id == Variant.product_id)
        ).all()
    )
    tea = homes[union.shop.variants["tea"]]
    told = demand_for_villages(session, {tea}, now=union.now)
    at_home = [key for key, home in homes.items() if home == tea]
    names = session.scalars(sa.select(Product.name_zh).join(Variant).where(Variant.id.in_(at_home)))
    assert {one.name_zh for one in told} <= set(names)
    assert 9 in {one.expected for one in told}


def test_the_page_of_a_village_says_both(client, session, unit_of_work):
    open_union_shop(session, now=utc_now())
    make_person(unit_of_work, "he@shop.example", roles=[RoleName.COORDINATOR])
    sign_in(client, "he@shop.example")
    page = client.get("/village/campaigns").text
    assert "预计共需" in page
    assert page.count("<b>4</b>") == 2  # of tea and of eggs, though nobody has chosen yet
