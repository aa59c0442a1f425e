"""Delivery home: freight out of the allowance or beside it, a parcel for each member, one bill, an address that goes again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.terms_models import OrganisationTerms
from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, choose
from shop.campaigns.closing import close_campaigns
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.closing_progress import progress_of
from shop.campaigns.errors import NoHomeDelivery, OverAllowance, OwnPartToConfirm
from shop.campaigns.home import Home
from shop.campaigns.member_models import Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot, CampaignState
from shop.campaigns.own_models import CampaignParcel, HomeAddress
from shop.campaigns.parcels import forget_homes
from shop.campaigns.top_ups import OwnPart, live_of
from shop.check.all_rules import find_violations
from shop.notifications.campaign_letters import tell_members
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.payments.terms.errors import OverLimit
from tests.factories.campaigns import a_choice, member_ids, open_union_shop

LATER = timedelta(days=1)
HOME = Home("会员的家人", "+8613900000009", "陕西省", "西安市", "碑林区", "咸宁西路 28 号")


@pytest.fixture
def union(session):
    union = open_union_shop(session)
    session.execute(sa.update(Campaign).values(home_delivery=True))
    session.commit()
    return union


def sent_home(union, goods="蜜蛋篮", **own):
    return replace(a_choice(union, goods), slot_id=0, home=HOME, own=OwnPart("sandbox", **own))


def choose_now(session, union, member_id, wish):
    choice = choose(session, member_id, wish, Chooser(ChosenBy.LINK), now=union.now)
    session.commit()
    return choice


def begin(unit_of_work, union):
    at = union.now + LATER
    unit_of_work.run(lambda s: begin_closing(s, union.campaign_id, actor_id=union.buyer_id, now=at))


def close(unit_of_work, union):
    begin(unit_of_work, union)
    return close_campaigns(unit_of_work, now=union.now + LATER)


def parcels(session):
    session.rollback()
    return session.scalars(sa.select(Order).join(CampaignParcel, CampaignParcel.order_id == Order.id)).all()


def nothing_is_broken(session):
    session.rollback()
    assert list(find_violations(session)) == []


def test_freight_is_paid_out_of_the_allowance_and_nobody_takes_a_place(session, union):
    member, *_ = member_ids(session, union)
    choice = choose_now(session, union, member, sent_home(union))
    assert choice.freight_fen > 0
    assert choice.allowance_fen == choice.total_fen == 14_700 + choice.freight_fen
    assert (choice.pickup_point_id, choice.slot_id) == (None, None)
    assert session.scalar(sa.select(sa.func.sum(CampaignSlot.taken))) == 0
    nothing_is_broken(session)


def test_freight_that_the_allowance_does_not_hold_is_refused(session, union):
    session.execute(sa.update(Campaign).values(allowance_fen=14_800))
    session.commit()
    member, *_ = member_ids(session, union)
    with pytest.raises(OverAllowance):
        choose_now(session, union, member, sent_home(union))


def test_freight_beside_the_allowance_leaves_it_to_goods(session, union):
    session.execute(sa.update(Campaign).values(allowance_fen=14_800, freight_counts=False))
    session.commit()
    member, *_ = member_ids(session, union)
    choice = choose_now(session, union, member, sent_home(union))
    assert choice.freight_fen > 0
    assert choice.allowance_fen == 14_700
    nothing_is_broken(session)


def test_nothing_is_sent_home_where_the_campaign_does_not_offer_it(session, union):
    session.execute(sa.update(Campaign).values(home_delivery=False))
    session.commit()
    member, *_ = member_ids(session, union)
    with pytest.raises(NoHomeDelivery):
        choose_now(session, union, member, sent_home(union))


def test_who_collects_after_all_leaves_no_address(session, union):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    choice = choose_now(session, union, member, a_choice(union))
    assert (choice.freight_fen, choice.allowance_fen) == (0, 14_700)
    assert session.get(HomeAddress, member) is None
    nothing_is_broken(session)


def test_each_member_gets_a_parcel_and_the_union_one_bill(session, union, unit_of_work):
    first, second, *_ = member_ids(session, union)
    one = choose_now(session, union, first, sent_home(union))
    choose_now(session, union, second, sent_home(union, {"tea": 2}))
    freight_fen = one.freight_fen
    session.rollback()
    plan = plan_closing(session, union.campaign_id, now=union.now)
    assert (plan.homes, plan.orders, plan.is_possible) == (2, 3, True)
    planned_fen = plan.total_fen
    session.rollback()
    close(unit_of_work, union)
    sent = parcels(session)
    assert [order.status for order in sent] == [OrderStatus.CONFIRMED] * 2
    assert {(order.channel, order.organisation_id) for order in sent} == {
        (Channel.CAMPAIGN, union.organisation_id)
    }
    assert (sent[0].recipient, sent[0].street, sent[0].freight_fen) == (HOME.name, HOME.street, freight_fen)
    units = dict(
        session.execute(
            sa.select(OrderLine.sku, OrderLine.quantity).where(OrderLine.order_id == sent[0].id)
        ).all()
    )
    assert units == {"honey": 1, "eggs": 1}
    billed = session.scalar(sa.select(sa.func.sum(Order.total_fen)))
    assert billed == planned_fen == session.scalar(sa.select(sa.func.sum(Choice.allowance_fen)))
    assert session.get_one(Campaign, union.campaign_id).state is CampaignState.CLOSED
    codes = session.scalars(sa.select(Choice.pickup_code).where(Choice.pickup_point_id.is_(None)))
    assert set(codes) == {None}
    nothing_is_broken(session)


def test_who_has_it_sent_home_is_told_as_well(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    session.rollback()
    close(unit_of_work, union)
    assert tell_members(unit_of_work, now=union.now + LATER) == 4


def test_all_parcels_together_stay_within_the_unions_terms(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    session.execute(sa.update(OrganisationTerms).values(limit_fen=14_000))
    session.commit()
    with pytest.raises(OverLimit):
        close(unit_of_work, union)
    session.rollback()
    assert session.get_one(Campaign, union.campaign_id).state is CampaignState.OPEN


def test_a_close_whose_terms_shrink_after_it_was_pressed_orders_nothing(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    session.rollback()
    begin(unit_of_work, union)
    terms = sa.update(OrganisationTerms).values(limit_fen=20_000)  # for the parcel, and not for the others
    session.execute(terms)
    session.commit()
    close_campaigns(unit_of_work, now=union.now + LATER)
    session.rollback()
    campaign = session.get_one(Campaign, union.campaign_id)
    assert (campaign.state, bool(campaign.refusal)) == (CampaignState.OPEN, True)
    assert parcels(session) == []
    assert set(session.scalars(sa.select(Order.status))) <= {OrderStatus.CANCELLED}
    nothing_is_broken(session)


def test_a_short_harvest_reaches_parcels_too(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    ids = union.shop.variants
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.variant_id == ids["honey"])
        .values(short_at=0, substitute_id=ids["tea"])
    )
    session.commit()
    close(unit_of_work, union)
    (order,) = parcels(session)
    skus = session.scalars(sa.select(OrderLine.sku).where(OrderLine.order_id == order.id))
    assert set(skus) == {"tea", "eggs"}
    nothing_is_broken(session)


def test_the_progress_counts_members_and_orders(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    session.rollback()
    close(unit_of_work, union)
    session.rollback()
    progress = progress_of(session, session.get_one(Campaign, union.campaign_id))
    assert (progress.served, progress.placed, progress.accepted, progress.percent) == (4, 2, 2, 100.0)


def test_what_is_beyond_the_allowance_goes_home_as_a_parcel_of_its_own(session, union):
    session.execute(sa.update(Campaign).values(own_top_up=True))
    session.commit()
    member, *_ = member_ids(session, union)
    wish = sent_home(union, {"honey": 2, "tea": 1})
    with pytest.raises(OwnPartToConfirm) as refused:
        choose_now(session, union, member, wish)
    session.rollback()
    own_fen = refused.value.facts["own_fen"]
    choose_now(session, union, member, sent_home(union, {"honey": 2, "tea": 1}, seen_fen=own_fen))
    (live,) = live_of(session, member)
    assert (live.total_fen, live.place[0]) == (own_fen, "home")
    assert live.goods_fen < own_fen  # its freight, too
    nothing_is_broken(session)


def test_an_address_is_deleted_some_weeks_after_the_distribution(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, sent_home(union))
    session.rollback()
    close(unit_of_work, union)
    assert forget_homes(unit_of_work, now=union.now + timedelta(days=20)) == 0
    assert forget_homes(unit_of_work, now=union.now + timedelta(days=60)) == 1
    nothing_is_broken(session)
