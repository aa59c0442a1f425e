"""Campaigns under threads: no time, allowance, year or limited good is given twice, whoever presses at once.

What holds are locks on member and campaign, and conditional updates with the conditions of the tables behind them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember
from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, choose
from shop.campaigns.closing import close_one, take_step
from shop.campaigns.errors import OwnPartToConfirm
from shop.campaigns.member_models import Choice, ChosenBy, YearOfAllowance
from shop.campaigns.models import Campaign, CampaignGood, CampaignOrder, CampaignSlot
from shop.campaigns.opening import open_campaign
from shop.campaigns.top_ups import OwnPart, live_of
from shop.check.campaigns import RULES
from shop.kit.errors import ShopError
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment, PaymentStatus, Refund
from shop.rounds import call_off_own_orders, settle_own_orders
from tests.factories.campaigns import a_choice, add_campaign, enrol, member_ids, open_union_shop, set_cap
from tests.factories.paying import pay_by_sandbox, sandbox_providers

THREADS = 8


def all_at_once(unit_of_work, works):
    """What came of each; a refusal is its error."""
    start = Barrier(len(works))

    def run(work):
        start.wait()
        try:
            return unit_of_work.run(work)
        except ShopError as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def choosing(union, member_id, wish):
    return partial(choose, member_id=member_id, wish=wish, chooser=Chooser(ChosenBy.LINK), now=union.now)


def nothing_is_broken(engine, union):
    with Session(engine) as session:
        assert [found for rule in RULES for found in rule.find(session, union.now)] == []


def count(engine, what):
    with Session(engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(what))


@pytest.mark.race(fence="a conditional update with the table's condition behind it")
def test_the_last_places_of_a_time_are_given_once(session, engine, unit_of_work):
    union = open_union_shop(session, members=THREADS, places=4)
    members = member_ids(session, union)
    session.rollback()
    outcomes = all_at_once(unit_of_work, [choosing(union, one, a_choice(union)) for one in members])
    assert sum(not isinstance(one, ShopError) for one in outcomes) == 4
    assert count(engine, Choice) == 4
    with Session(engine) as after:
        assert sorted(after.scalars(sa.select(CampaignSlot.taken))) == [0, 4]
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the member's row is locked, and the year's count is a conditional update")
def test_one_member_who_presses_everywhere_at_once_has_one_choice(session, engine, unit_of_work):
    union = open_union_shop(session, members=1)
    (member,) = member_ids(session, union)
    session.rollback()
    wishes = [a_choice(union, {"tea": 1 + number % 2}, slot=number % 2) for number in range(THREADS)]
    all_at_once(unit_of_work, [choosing(union, member, wish) for wish in wishes])
    assert count(engine, Choice) == 1
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the year's count is a conditional update")
def test_two_campaigns_at_once_never_give_more_than_the_yearly_cap(session, engine, unit_of_work):
    union = open_union_shop(session, members=1)
    set_cap(session, 200, now=union.now)
    other = add_campaign(session, union.shop, union.buyer_id, union.organisation_id, title="端午")
    enrol(session, other, 1)
    open_campaign(session, other.campaign_id, actor_id=union.buyer_id, now=union.now)
    session.commit()
    (here,), (there,) = member_ids(session, union), member_ids(session, other)
    session.rollback()
    works = [choosing(union, here, a_choice(union)), choosing(other, there, a_choice(other))]
    outcomes = all_at_once(unit_of_work, works)
    assert sum(not isinstance(one, ShopError) for one in outcomes) == 1
    with Session(engine) as after:
        assert after.scalar(sa.select(sa.func.sum(YearOfAllowance.spent_fen))) <= 20_000
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the year's count is a conditional update")
def test_a_union_and_its_sub_union_at_once_never_give_more_than_the_yearly_cap(session, engine, unit_of_work):
    union = open_union_shop(session, members=1)
    set_cap(session, 200, now=union.now)
    sub = Organisation(
        slug="sub", name="分工会", invoice_title="分工会", tax_number="81610000MA6TSUB001",
        kind=OrganisationKind.UNION, parent_id=union.organisation_id,
    )  # fmt: skip
    session.add(sub)
    session.flush()
    session.add(OrganisationMember(organisation_id=sub.id, user_id=union.buyer_id, role="owner"))
    session.flush()
    other = add_campaign(session, union.shop, union.buyer_id, sub.id, title="端午")
    enrol(session, other, 1)
    open_campaign(session, other.campaign_id, actor_id=union.buyer_id, now=union.now)
    session.commit()
    (here,), (there,) = member_ids(session, union), member_ids(session, other)
    session.rollback()
    works = [choosing(of, one, a_choice(of)) for of, one in [(union, here), (other, there)] * (THREADS // 2)]
    all_at_once(unit_of_work, works)
    assert count(engine, Choice) == 1
    with Session(engine) as after:
        assert after.scalar(sa.select(sa.func.sum(YearOfAllowance.spent_fen))) == 14_700
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="a conditional update with the table's condition behind it")
def test_limited_goods_go_to_who_comes_first_and_to_nobody_else(session, engine, unit_of_work):
    union = open_union_shop(session, members=THREADS)
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.variant_id == union.shop.variants["honey"])
        .values(most_units=2)
    )
    session.commit()
    members = member_ids(session, union)
    session.rollback()
    outcomes = all_at_once(unit_of_work, [choosing(union, one, a_choice(union)) for one in members])
    assert sum(not isinstance(one, ShopError) for one in outcomes) == 2
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the campaign's row is locked by every step, and each point has one order")
def test_several_workers_close_a_campaign_once(session, engine, unit_of_work):
    union = open_union_shop(session, members=THREADS)
    unit_of_work.run(
        partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=union.now)
    )
    all_at_once(unit_of_work, [partial(take_step, campaign_id=union.campaign_id, now=union.now)] * 4)
    close_one(unit_of_work, union.campaign_id, now=union.now)
    assert count(engine, Order) == count(engine, CampaignOrder) == 1
    assert count(engine, Choice) == THREADS
    nothing_is_broken(engine, union)


def adding(union, member_id, goods, own_fen):
    wish = replace(a_choice(union, goods), own=OwnPart("sandbox", own_fen, "+8613900000001"))
    return choosing(union, member_id, wish)


@pytest.fixture
def adding_union(session):
    union = open_union_shop(session, members=2)
    session.execute(sa.update(Campaign).values(own_top_up=True))
    session.commit()
    return union


@pytest.mark.race(fence="the member's row is locked, and each form's order has a token of its own")
def test_one_member_who_adds_money_everywhere_at_once_buys_it_once(
    session, engine, unit_of_work, adding_union
):
    union = adding_union
    member, _other = member_ids(session, union)
    session.rollback()
    works = [
        adding(union, member, {"honey": 2, "tea": 1 + number % 2}, 6_800 * (1 + number % 2))
        for number in range(THREADS)
    ]
    all_at_once(unit_of_work, works)
    call_off_own_orders(unit_of_work, sandbox_providers(unit_of_work), member_id=member, now=union.now)
    with Session(engine) as after:
        choice = after.get_one(Choice, member)
        waiting = sa.select(Order.goods_fen).where(Order.status == OrderStatus.AWAITING_PAYMENT)
        assert after.scalars(waiting).all() == [choice.own_fen]
    nothing_is_broken(engine, union)


@pytest.mark.race(fence="the order's row is locked by whoever pays it and by whoever calls it off")
def test_what_is_paid_while_it_is_given_up_is_paid_back(session, engine, unit_of_work, adding_union):
    union = adding_union
    member, _other = member_ids(session, union)
    session.rollback()
    choice_of = adding(union, member, {"honey": 2, "tea": 2}, 13_600)
    unit_of_work.run(choice_of)
    order_id = unit_of_work.run(lambda s: live_of(s, member)[0].order_id)
    providers = sandbox_providers(unit_of_work)

    def give_up():
        unit_of_work.run(choosing(union, member, a_choice(union, {"honey": 2})))
        call_off_own_orders(unit_of_work, providers, member_id=member, now=union.now)

    def pay():
        pay_by_sandbox(unit_of_work, order_id, now=union.now)

    start = Barrier(2)

    def together(work):
        start.wait()
        try:
            work()
        except ShopError as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        given_up, _paid = pool.map(together, [give_up, pay])
    settle_own_orders(unit_of_work, providers, now=union.now)
    # Where the money came first, a member looks at what goes back before anything does: then all stays as it was chosen.
    stays = isinstance(given_up, OwnPartToConfirm)
    assert stays or given_up is None
    with Session(engine) as after:
        status = after.get_one(Order, order_id).status
        assert status is (OrderStatus.CONFIRMED if stays else OrderStatus.CANCELLED)
        assert after.get_one(Choice, member).own_fen == (13_600 if stays else 0)
        paid = sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_fen), 0))
        paid_fen = after.scalar(
            paid.where(Payment.status.in_([PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED]))
        )
        back_fen = after.scalar(sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)))
        assert back_fen == (0 if stays else paid_fen)
    nothing_is_broken(engine, union)
