"""The day of distribution under threads: goods leave once, to one person, whoever presses what at the same moment.

What holds are the campaign's lock, shared by who hands out and alone for piles and leftovers, the member's row, and an
index over what stands.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.after_models import InsteadOrder, Loss, OrderChange
from shop.campaigns.day.errors import GivenElsewhere, WithRepresentative
from shop.campaigns.day.handing import HandedOut, hand_out
from shop.campaigns.day.leftovers import Ruling, decide_leftovers
from shop.campaigns.day.models import FINAL, Decision, Handout, Leftover, Pile, PileMember
from shop.campaigns.day.piles import take_pile
from shop.campaigns.following import follow_orders
from shop.campaigns.member_models import ChoiceLine
from shop.campaigns.models import CampaignGood
from shop.check.campaign_days import RULES
from shop.check.campaign_orders import RULES as ORDER_RULES
from shop.delivery.models import Run
from shop.kit.errors import ShopError
from shop.ordering.models import Order, OrderLine
from tests.factories.after_the_close import call_off, later, take_out
from tests.factories.campaign_days import (
    DAY,
    a_keeper,
    code_of,
    day_after_the_deadline,
    the_organiser,
    union_on_its_day,
    unit_id,
)
from tests.factories.campaigns import member_ids
from tests.integration.concurrency.test_campaign_races import all_at_once

THREADS = 6


def nothing_is_broken(engine, union):
    with Session(engine) as session:
        assert [found for rule in RULES for found in rule.find(session, union.now)] == []


@pytest.fixture
def union(session, unit_of_work):
    return union_on_its_day(session, unit_of_work)


@pytest.mark.race(fence="campaign and member are locked, and one handout stands for a member")
def test_counters_that_press_together_hand_out_once(session, engine, unit_of_work, union):
    (first, *_), keeper = member_ids(session, union), a_keeper(session, union)
    code = code_of(session, first)
    session.rollback()
    works = [
        partial(hand_out, member_id=first, code=code, by=by, now=union.now + DAY)
        for by in (keeper, the_organiser(union)) * (THREADS // 2)
    ]
    outcomes = all_at_once(unit_of_work, works)
    assert all(isinstance(one, HandedOut) for one in outcomes)
    assert sum(one.is_new for one in outcomes) == 1
    with Session(engine) as after:
        assert after.scalar(sa.select(sa.func.count(Handout.id))) == 1
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the campaign's row is locked alone by who takes a pile")
def test_who_comes_while_the_pile_is_taken_is_in_it_or_has_theirs(session, engine, unit_of_work, union):
    *_, last = member_ids(session, union)
    keeper, code, unit = a_keeper(session, union), code_of(session, last), unit_id(session, union)
    session.rollback()
    at = union.now + DAY
    taking = partial(
        take_pile,
        campaign_id=union.campaign_id,
        unit_id=unit,
        point_id=union.shop.point_id,
        taken_by="周代表",
        by=keeper,
        now=at,
    )
    giving = partial(hand_out, member_id=last, code=code, by=keeper, now=at)
    outcomes = all_at_once(unit_of_work, [taking, giving, taking, giving])
    with Session(engine) as after:
        in_pile = after.scalar(sa.select(sa.func.count()).where(PileMember.member_id == last))
        has_it = after.scalar(sa.select(sa.func.count(Handout.id)))
        assert after.scalar(sa.select(sa.func.count(Pile.id))) == 1
    assert in_pile + has_it == 1
    assert bool(in_pile) is any(isinstance(one, WithRepresentative) for one in outcomes)
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the campaign's row is locked alone by who decides about leftovers")
def test_what_is_decided_as_left_over_is_not_handed_out_at_the_same_moment(
    session, engine, unit_of_work, union
):
    (first, *_), keeper = member_ids(session, union), a_keeper(session, union)
    code, late = code_of(session, first), union.now + day_after_the_deadline(session, union)
    session.rollback()
    deciding = partial(
        decide_leftovers,
        campaign_id=union.campaign_id,
        member_ids=[first],
        ruling=Ruling(Decision.DONATED, "没人来", given_to="山区小学"),
        actor_id=union.buyer_id,
        now=late,
    )
    giving = partial(hand_out, member_id=first, code=code, by=keeper, now=late)
    outcomes = all_at_once(unit_of_work, [deciding, giving, deciding, giving])
    with Session(engine) as after:
        has_it = after.scalar(sa.select(sa.func.count(Handout.id)))
        gone = after.scalar(sa.select(sa.func.count(Leftover.id)).where(Leftover.decision.in_(FINAL)))
    assert (has_it, gone) in {(1, 0), (0, 1)}
    refused = [one for one in outcomes if isinstance(one, ShopError)]
    assert len(refused) == 2
    assert bool(gone) is any(isinstance(one, GivenElsewhere) for one in refused)
    nothing_is_broken(engine, union)


def follow_and_hand_out(unit_of_work, union, handing):
    """Workers follow the orders while counters hand out; what came of the counters."""
    start = Barrier(len(handing) + 2)

    def follow():
        start.wait()
        return follow_orders(unit_of_work, now=union.now + DAY)

    def hand(work):
        start.wait()
        try:
            return unit_of_work.run(work)
        except ShopError as refused:
            return refused

    with ThreadPoolExecutor(len(handing) + 2) as pool:
        followers = [pool.submit(follow) for _ in range(2)]
        outcomes = list(pool.map(hand, handing))
        for one in followers:
            one.result()
    return outcomes


def handing_to_all(session, union):
    ids, keeper = member_ids(session, union), a_keeper(session, union)
    codes = {one: code_of(session, one) for one in ids}
    session.rollback()
    return {
        one: partial(hand_out, member_id=one, code=codes[one], by=keeper, now=union.now + DAY) for one in ids
    }


def nothing_is_promised_twice(engine, union):
    nothing_is_broken(engine, union)
    with Session(engine) as session:
        assert [found for rule in ORDER_RULES for found in rule.find(session, union.now)] == []
        assert session.scalar(sa.select(sa.func.count(OrderChange.id))) == 0


@pytest.mark.race(fence="who follows an order locks the campaign alone, who hands out shares it")
def test_who_is_handed_theirs_while_the_order_is_called_off_keeps_it_and_the_others_lose_it(
    session, engine, unit_of_work, union
):
    handing = handing_to_all(session, union)
    call_off(session, unit_of_work, union)
    outcomes = follow_and_hand_out(unit_of_work, union, list(handing.values()))
    has_it = {key for key, one in zip(handing, outcomes, strict=True) if isinstance(one, HandedOut)}
    with Session(engine) as after:
        assert set(after.scalars(sa.select(Handout.member_id))) == has_it
        assert set(after.scalars(sa.select(Loss.member_id))) == set(handing) - has_it
        assert set(after.scalars(sa.select(ChoiceLine.member_id))) == has_it
    nothing_is_promised_twice(engine, union)


@pytest.mark.race(fence="who follows an order locks the campaign alone, who hands out shares it")
def test_units_that_are_missing_fall_on_nobody_who_was_handed_theirs_at_the_same_moment(
    session, engine, unit_of_work, union
):
    handing = handing_to_all(session, union)
    take_out(session, unit_of_work, union, "eggs", 2)
    outcomes = follow_and_hand_out(unit_of_work, union, list(handing.values())[:3])
    assert all(isinstance(one, HandedOut) for one in outcomes)
    with Session(engine) as after:
        lost = after.execute(sa.select(Loss.member_id, Loss.quantity)).all()
        assert sum(one.quantity for one in lost) == 2
        before = sa.select(Handout.member_id).where(Handout.member_id.in_([one.member_id for one in lost]))
        eggs = union.shop.variants["eggs"]
        for member_id in after.scalars(before):  # lost first, then handed what was left
            assert after.get(ChoiceLine, (member_id, eggs)) is None
    nothing_is_promised_twice(engine, union)


@pytest.mark.race(
    fence="who follows an order locks the campaign alone, and holds what goes instead once for it"
)
def test_workers_that_follow_together_order_once_what_goes_instead(session, engine, unit_of_work, union):
    ids = union.shop.variants
    session.execute(sa.update(Run).values(cutoff_at=union.now + timedelta(days=2, hours=12)))
    good = sa.update(CampaignGood).where(CampaignGood.variant_id == ids["tea"])
    session.execute(good.values(substitute_id=ids["eggs"]))
    session.commit()
    take_out(session, unit_of_work, union, "tea", 3)
    start = Barrier(THREADS)

    def follow(_number):
        start.wait()
        return follow_orders(unit_of_work, now=later(union))

    with ThreadPoolExecutor(THREADS) as pool:
        counts = list(pool.map(follow, range(THREADS)))
    assert sum(counts) == 3
    with Session(engine) as after:
        (held,) = after.scalars(sa.select(InsteadOrder)).all()
        units = sa.select(OrderLine.quantity).where(OrderLine.order_id == held.order_id)
        assert after.scalars(units).all() == [3]
        assert after.scalar(sa.select(sa.func.sum(Loss.instead))) == 3
        assert after.scalar(sa.select(sa.func.count(Order.id))) == 2
    nothing_is_promised_twice(engine, union)
