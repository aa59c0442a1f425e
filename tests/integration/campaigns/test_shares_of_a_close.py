"""One household's part of a campaign is capped over all orders of its close, to points and home."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import take_step
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.opening import open_campaign
from shop.campaigns.order_places import all_orders
from shop.check.campaigns import RULES
from shop.delivery.models import PickupPoint
from shop.inventory.allocation import WHOLE_BP
from shop.inventory.candidates import read_offer as read_lots
from shop.inventory.models import Allocation, HouseholdMonth, Lot, LotShare
from shop.kit.clock import month_of, months_before
from shop.ordering.models import Order, OrderLine
from tests.factories.campaign_days import close_now
from tests.factories.campaigns import (
    a_choice,
    add_campaign,
    add_second_point,
    add_slot_at,
    choose_by_link,
    enrol,
    member_ids,
    open_union_shop,
)
from tests.factories.small_shop import add_lot, fill_shelves
from tests.integration.campaigns.test_home import HOME

PRODUCERS = ("yu", "li", "chen", "wang")


@pytest.fixture
def union(session):
    """Eleven members, a second point, delivery home, and honey of four households: by income all would be of one."""
    union = open_union_shop(session, members=11)
    add_second_point(session, union)
    for producer in ("chen", "wang"):
        add_lot(session, union.shop, f"honey-{producer}", "honey", producer, units=500)
    before = months_before(month_of(union.now), 1)
    session.add_all(
        HouseholdMonth(household_id=household_id, month=before, earned_fen=10_000_000)
        for name, household_id in union.shop.households.items()
        if name != "yu"
    )
    fill_shelves(session, union.shop)
    session.commit()
    return union


def everybody_takes_honey(session, union, places, units=1):
    """`places`: the slot of each member, or home."""
    for member_id, place in zip(member_ids(session, union), places, strict=True):
        wish = a_choice(union, {"honey": units}, slot=0 if place == "home" else place)
        choose_by_link(
            session, union, member_id, replace(wish, slot_id=0, home=HOME) if place == "home" else wish
        )
    session.commit()


def stock(session, union, units):
    """All honey is in new lots: so many units of each producer."""
    honey = union.shop.variants["honey"]
    old = sa.update(Lot).where(Lot.variant_id == honey)
    session.execute(old.values(withdrawn=Lot.withdrawn + Lot.available, available=0))
    session.commit()
    for producer, count in zip(PRODUCERS, units, strict=True):
        if count:
            name = f"honey-{producer}-{union.campaign_id}"
            add_lot(session, union.shop, name, "honey", producer, units=count)
    session.commit()


def one_more(session, union):
    """Another campaign, with eleven people of its own."""
    count = session.scalar(sa.select(sa.func.count(Campaign.id)))
    made = add_campaign(session, union.shop, union.buyer_id, union.organisation_id, title=f"第 {count} 次")
    enrol(session, made, 11, first=1000 * count)
    add_lot(session, union.shop, f"honey-plenty-{count}", "honey", "li", units=100)  # while they choose
    session.execute(sa.update(Campaign).values(home_delivery=True))
    add_slot_at(session, made, session.scalar(sa.select(PickupPoint.id).where(PickupPoint.slug == "gate")))
    open_campaign(session, made.campaign_id, actor_id=made.buyer_id, now=made.now)
    session.commit()
    return made


def honey_of(session, union):
    """Units × 10,000 of the close by household."""
    session.rollback()
    rows = session.execute(
        sa.select(LotShare.household_id, Allocation.units * LotShare.share_bp)
        .join(Allocation, Allocation.lot_id == LotShare.lot_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id.in_(all_orders(union.campaign_id)), OrderLine.sku == "honey")
    )
    found = Counter()
    for household_id, units in rows:
        found[household_id] += units
    return found


def test_no_household_gives_more_than_its_part_of_all_orders_together(session, unit_of_work, union):
    everybody_takes_honey(session, union, [0] * 4 + [2] * 3 + ["home"] * 4)
    close_now(unit_of_work, union)
    found = honey_of(session, union)
    assert sum(found.values()) == 11 * WHOLE_BP
    assert max(found.values()) == 4 * WHOLE_BP  # 30 % of 11
    assert len(found) >= 3


def test_a_parcel_of_several_units_comes_from_several_households(session, unit_of_work, union):
    everybody_takes_honey(session, union, ["home"] * 11, units=2)
    close_now(unit_of_work, union)
    assert max(honey_of(session, union).values()) <= 7 * WHOLE_BP  # 30 % of 22


def test_a_worker_that_is_killed_after_each_step_keeps_the_cap(session, unit_of_work, union):
    everybody_takes_honey(session, union, [0] * 4 + [2] * 3 + ["home"] * 4)
    begin = partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=union.now)
    unit_of_work.run(begin)
    while unit_of_work.run(partial(take_step, campaign_id=union.campaign_id, now=union.now)):
        pass  # each step with nothing but what the database says
    assert max(honey_of(session, union).values()) <= 4 * WHOLE_BP


PLACE = st.sampled_from([0, 2, "home"])


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(PLACE, min_size=11, max_size=11), st.lists(st.integers(0, 8), min_size=4, max_size=4))
def test_above_the_cap_is_only_who_alone_has_the_goods_and_the_dry_run_holds(
    session, unit_of_work, union, places, units
):
    union = one_more(session, union)
    everybody_takes_honey(session, union, places)
    stock(session, union, units)
    plan = plan_closing(session, union.campaign_id, now=union.now)
    said = plan.total_fen, plan.orders, bool(plan.short)
    session.rollback()
    close_now(unit_of_work, union)
    session.rollback()
    state = session.get_one(Campaign, union.campaign_id).state
    if said[2]:
        assert state is not CampaignState.CLOSED
        return
    assert state is CampaignState.CLOSED
    mine = Order.id.in_(all_orders(union.campaign_id))
    done = session.execute(sa.select(sa.func.sum(Order.total_fen), sa.func.count(Order.id)).where(mine)).one()
    assert (int(done[0]), done[1]) == said[:2]
    found = honey_of(session, union)
    if max(found.values()) > 4 * WHOLE_BP:
        for lot in read_lots(session, [union.shop.variants["honey"]], union.now).lots:
            assert any(found[share.household_id] + share.share_bp > 4 * WHOLE_BP for share in lot.shares)
    assert [broken for rule in RULES for broken in rule.find(session, union.now)] == []
