"""Whatever members choose, change and give back, in whatever order: every count stays what the choices say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shop.campaigns.deciding import member_leaves
from shop.campaigns.errors import OwnPartToConfirm
from shop.campaigns.models import Campaign
from shop.campaigns.top_ups import OwnPart, live_of
from shop.check.all_rules import find_violations
from shop.check.campaigns import RULES
from shop.kit.errors import ShopError
from shop.payments.releasing import release_dead_orders
from shop.rounds import settle_own_orders
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop, set_cap
from tests.factories.paying import pay_by_sandbox, sandbox_providers

GOODS = st.dictionaries(st.sampled_from(["tea", "eggs", "honey"]), st.integers(0, 4), max_size=3)
STEP = st.tuples(
    st.integers(0, 2),
    st.one_of(GOODS, st.sampled_from(["茶蛋篮", "蜜蛋篮"])),
    st.integers(0, 1),
    st.booleans(),
)


@pytest.fixture
def union(session):
    union = open_union_shop(session, members=3, places=2)
    set_cap(session, 180, now=union.now)
    session.commit()
    return union


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_no_member_is_ever_above_allowance_cap_or_places(session, union, steps):
    members = member_ids(session, union)
    for member, goods, slot, leaves in steps:
        with session.begin_nested() as step:
            try:
                if leaves and member == 2:
                    leave(session, union, members[member])
                else:
                    choose_by_link(session, union, members[member], a_choice(union, goods, slot=slot))
            except ShopError:
                step.rollback()
        session.expire_all()
        broken = [found for rule in RULES for found in rule.find(session, union.now)]
        assert broken == []
    session.rollback()


def leave(session, union, member_id):
    member_leaves(session, union.campaign_id, member_id, keeps=False, actor_id=union.buyer_id, now=union.now)


OWN_STEP = st.tuples(
    st.integers(0, 2), GOODS, st.integers(0, 1), st.sampled_from(["choose", "choose", "pay", "wait", "leave"])
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(OWN_STEP, min_size=2, max_size=7))
def test_own_money_goes_where_the_goods_go(union_that_adds, unit_of_work, engine, steps):
    """Whatever is chosen, paid, left unpaid and given back: the choices say what the live own orders cost."""
    union, now = union_that_adds, union_that_adds.now
    members = unit_of_work.run(lambda s: member_ids(s, union))
    for member, goods, slot, what in steps:
        try:
            take(unit_of_work, union, members[member], goods, slot, what)
        except ShopError:
            continue
        with Session(engine) as seen:
            assert list(find_violations(seen, now=now)) == []


def take(unit_of_work, union, member, goods, slot, what):
    providers = sandbox_providers(unit_of_work)
    if what == "choose":
        wish = replace(a_choice(union, goods, slot=slot), own=OwnPart("sandbox", 0, "+8613900000001"))
        try:
            unit_of_work.run(lambda s: choose_by_link(s, union, member, wish))
        except OwnPartToConfirm as asked:
            own = replace(wish.own, seen_fen=asked.facts["own_fen"])
            unit_of_work.run(lambda s: choose_by_link(s, union, member, replace(wish, own=own)))
    elif what == "leave":
        unit_of_work.run(lambda s: leave(s, union, member))
    elif what == "pay":
        for one in unit_of_work.run(lambda s: live_of(s, member)):
            pay_by_sandbox(unit_of_work, one.order_id, now=union.now)
    else:
        release_dead_orders(unit_of_work, now=union.now + timedelta(hours=1))
    settle_own_orders(unit_of_work, providers, now=union.now)


@pytest.fixture
def union_that_adds(session):
    union = open_union_shop(session, members=3)
    session.execute(sa.update(Campaign).values(own_top_up=True))
    session.commit()
    return union
