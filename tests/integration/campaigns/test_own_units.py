"""Goods of which there are so many: what members buy themselves is among them, and is missing nowhere twice."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import close_campaigns, take_step
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.demand import demand_of
from shop.campaigns.expected import packages_expected
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import Campaign, CampaignGood, CampaignState
from shop.campaigns.order_places import all_orders
from shop.campaigns.own_models import TopUp
from shop.campaigns.reading import read_offer
from shop.check.all_rules import find_violations
from shop.inventory.models import Lot
from shop.ordering.models import OrderLine
from tests.factories.campaigns import member_ids, open_union_shop
from tests.integration.campaigns.test_top_ups import LATER, TWO_HONEY_TWO_TEA, choose_now, wish_of


@pytest.fixture
def union(session):
    """Four members: one has bought two teas herself, the others get the default package with one each."""
    union = open_union_shop(session)
    session.execute(sa.update(Campaign).values(own_top_up=True))
    session.commit()
    choose_now(session, union, member_ids(session, union)[0], wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    return union


def there_will_be(session, union, units):
    tea = CampaignGood.variant_id == union.shop.variants["tea"]
    session.execute(sa.update(CampaignGood).where(tea).values(short_at=units))
    session.commit()


def begin(unit_of_work, union):
    at = union.now + LATER
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))


def tea_ordered(session, union):
    """By the union, and by members themselves."""
    session.rollback()
    lines = sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0)).where(OrderLine.sku == "tea")
    own = sa.select(TopUp.order_id)
    return (
        session.scalar(lines.where(OrderLine.order_id.in_(all_orders(union.campaign_id)))),
        session.scalar(lines.where(OrderLine.order_id.in_(own))),
    )


@pytest.mark.parametrize(("units", "swapped"), [(5, 0), (4, 1), (3, 2), (2, 3), (1, 3)])
def test_the_union_gets_what_members_own_orders_leave_of_a_short_harvest(
    session, unit_of_work, union, units, swapped
):
    there_will_be(session, union, units)
    plan = plan_closing(session, union.campaign_id, now=union.now)
    assert len(plan.swaps) == swapped
    session.rollback()
    begin(unit_of_work, union)
    close_campaigns(unit_of_work, now=union.now + LATER)
    assert tea_ordered(session, union) == (3 - swapped, 2)
    assert list(find_violations(session)) == []


def test_an_own_order_that_ends_while_the_close_goes_on_changes_nothing_in_it(session, unit_of_work, union):
    there_will_be(session, union, 4)
    begin(unit_of_work, union)
    step = partial(take_step, campaign_id=union.campaign_id, now=union.now + LATER)
    while not session.scalar(
        sa.select(sa.func.count()).select_from(all_orders(union.campaign_id).subquery())
    ):
        session.rollback()
        unit_of_work.run(step)
    session.execute(sa.update(TopUp).values(given_up_at=union.now))
    session.commit()
    close_campaigns(unit_of_work, now=union.now + LATER)
    session.rollback()
    assert session.get_one(Campaign, union.campaign_id).state is CampaignState.CLOSED
    assert tea_ordered(session, union)[0] == 2
    swapped = sa.select(sa.func.count(CampaignMember.id)).where(CampaignMember.got_nothing.is_not(None))
    assert session.scalar(swapped) == 0  # eggs are left to who lost the tea


def test_own_units_are_not_missing_because_they_are_sold(session, union):
    """Tea for all five and no more: two of them are in the own order already."""
    tea = union.shop.variants["tea"]
    lots = session.scalars(sa.select(Lot).where(Lot.variant_id == tea).order_by(Lot.id)).all()
    left = 3
    for lot in lots:
        keep = min(left, lot.available)
        lot.withdrawn += lot.available - keep
        lot.available, left = keep, left - keep
    session.commit()
    packages = packages_expected(session, [union.campaign_id])[union.campaign_id]
    offer = read_offer(session, union.campaign_id)
    found = {one.good.variant.id: one for one in demand_of(session, offer, packages, now=union.now)}
    assert (found[tea].expected, found[tea].available, found[tea].is_short) == (5, 5, False)
