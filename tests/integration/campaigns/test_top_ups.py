"""What members buy beyond the allowance: an order of their own, paid, refunded and invoiced for itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, choose
from shop.campaigns.closing import close_campaigns
from shop.campaigns.deciding import choose_for, member_leaves
from shop.campaigns.errors import NothingCovered, OverAllowance, OwnPartToConfirm
from shop.campaigns.member_models import Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignGood, CampaignOrder
from shop.campaigns.own_models import TopUp
from shop.campaigns.top_ups import OwnPart, live_of
from shop.check.all_rules import find_violations
from shop.invoicing.models import Invoice
from shop.kit.errors import Conflict
from shop.ordering.models import Channel, InvoiceKind, Order, OrderLine, OrderStatus
from shop.ordering.wish import InvoiceWish
from shop.payments.models import Refund
from shop.payments.releasing import release_dead_orders
from shop.rounds import call_off_own_orders, settle_own_orders
from tests.factories.campaigns import a_choice, member_ids, open_union_shop
from tests.factories.paying import pay_by_sandbox, sandbox_providers

LATER = timedelta(days=1)
BY_LINK = Chooser(ChosenBy.LINK)
HALF_AN_HOUR = timedelta(minutes=32)
TWO_HONEY_TWO_TEA = {"honey": 2, "tea": 2}  # 88 + 88 + 68 + 68: of 200 the allowance pays 88 + 88


@pytest.fixture
def union(session):
    union = open_union_shop(session)
    session.execute(sa.update(Campaign).values(own_top_up=True))
    session.commit()
    return union


def wish_of(union, goods, own_fen=0, **changes):
    own = OwnPart(payment_method="sandbox", seen_fen=own_fen, phone="+8613900000001")
    return replace(a_choice(union, goods), own=replace(own, **changes))


def choose_now(session, union, member_id, wish, by=BY_LINK, now=None):
    choice = choose(session, member_id, wish, by, now=now or union.now)
    session.commit()
    return choice


def the_choice(session, member_id):
    session.rollback()
    return session.get_one(Choice, member_id, populate_existing=True)


def own_order(session, member_id):
    """Its id."""
    session.rollback()
    (live,) = live_of(session, member_id)
    session.rollback()
    return live.order_id


def units_of_order(session, order_id):
    rows = sa.select(OrderLine.sku, OrderLine.quantity).where(OrderLine.order_id == order_id)
    return dict(session.execute(rows).all())


def nothing_is_broken(session):
    session.rollback()
    assert list(find_violations(session)) == []


def test_the_member_sees_what_it_costs_before_anything_is_written(session, union):
    member, *_ = member_ids(session, union)
    with pytest.raises(OwnPartToConfirm) as refused:
        choose(session, member, wish_of(union, TWO_HONEY_TWO_TEA), BY_LINK, now=union.now)
    assert refused.value.facts["own_fen"] == 2 * 6800
    session.rollback()
    assert session.get(Choice, member) is None
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0


def test_what_is_beyond_the_allowance_is_an_order_of_the_members_own(session, union):
    member, *_ = member_ids(session, union)
    choice = choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    assert (choice.total_fen, choice.allowance_fen, choice.own_fen) == (31_200, 17_600, 13_600)
    order = session.get_one(Order, own_order(session, member))
    assert units_of_order(session, order.id) == {"tea": 2}
    assert (order.channel, order.status, order.organisation_id) == (
        Channel.SHOP,
        OrderStatus.AWAITING_PAYMENT,
        None,
    )
    assert (order.total_fen, order.pickup_point_id) == (13_600, union.shop.point_id)
    taken = sa.select(CampaignGood.taken_units).where(CampaignGood.variant_id == union.shop.variants["tea"])
    assert session.scalar(taken) == 2
    nothing_is_broken(session)


def test_the_same_form_sent_again_makes_no_second_order(session, union):
    member, *_ = member_ids(session, union)
    wish = wish_of(union, TWO_HONEY_TWO_TEA, 13_600)
    choose_now(session, union, member, wish)
    choose_now(session, union, member, wish)
    assert session.scalar(sa.select(sa.func.count(TopUp.order_id))) == 1


def test_where_the_campaign_does_not_let_them_nobody_adds_anything(session, union):
    session.execute(sa.update(Campaign).values(own_top_up=False))
    session.commit()
    member, *_ = member_ids(session, union)
    with pytest.raises(OverAllowance):
        choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))


def test_who_chooses_for_somebody_spends_nothing_of_theirs(session, union):
    member, *_ = member_ids(session, union)
    with pytest.raises(OverAllowance):
        choose_for(
            session,
            union.campaign_id,
            member,
            wish_of(union, TWO_HONEY_TWO_TEA, 13_600),
            actor_id=union.buyer_id,
            now=union.now,
        )


def test_the_allowance_pays_at_least_one_thing_whole(session, union):
    session.execute(sa.update(Campaign).values(allowance_fen=5_000))
    session.commit()
    member, *_ = member_ids(session, union)
    with pytest.raises(NothingCovered):
        choose_now(session, union, member, wish_of(union, {"honey": 1}, 8_800))


def test_a_paid_own_part_has_its_own_payment_and_invoice(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    invoice = InvoiceWish(InvoiceKind.PERSONAL, "会员1")
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600, invoice=invoice))
    order_id = own_order(session, member)
    pay_by_sandbox(unit_of_work, order_id, now=union.now)
    session.rollback()
    assert session.get_one(Order, order_id, populate_existing=True).status is OrderStatus.CONFIRMED
    request = session.scalars(sa.select(Invoice)).one()
    assert request.title == "会员1"
    nothing_is_broken(session)


def test_what_is_not_paid_in_time_falls_back_to_what_the_allowance_pays(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    at = union.now + HALF_AN_HOUR
    assert release_dead_orders(unit_of_work, now=at) == 1
    settle_own_orders(unit_of_work, sandbox_providers(unit_of_work), now=at)
    choice = the_choice(session, member)
    assert (choice.total_fen, choice.allowance_fen, choice.own_fen) == (17_600, 17_600, 0)
    assert live_of(session, member) == []
    nothing_is_broken(session)


def test_changed_down_the_own_part_is_refunded_in_full(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    order_id = own_order(session, member)
    pay_by_sandbox(unit_of_work, order_id, now=union.now)
    with pytest.raises(OwnPartToConfirm) as refused:
        choose_now(session, union, member, wish_of(union, {"honey": 2}))
    assert (refused.value.facts["own_fen"], refused.value.facts["refund_fen"]) == (0, 13_600)
    session.rollback()
    assert the_choice(session, member).own_fen == 13_600
    choose_now(session, union, member, wish_of(union, {"honey": 2}, refund_seen_fen=13_600))
    call_off_own_orders(unit_of_work, sandbox_providers(unit_of_work), member_id=member, now=union.now)
    session.rollback()
    assert session.get_one(Order, order_id, populate_existing=True).status is OrderStatus.CANCELLED
    refund = session.scalars(sa.select(Refund)).one()
    assert refund.amount_fen == 13_600
    assert the_choice(session, member).own_fen == 0
    nothing_is_broken(session)


def test_changed_up_what_is_paid_stays_and_only_the_rest_is_paid(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    first = own_order(session, member)
    pay_by_sandbox(unit_of_work, first, now=union.now)
    choice = choose_now(session, union, member, wish_of(union, {"honey": 2, "tea": 3}, 6_800))
    assert choice.own_fen == 20_400
    session.rollback()
    assert [one.goods_fen for one in live_of(session, member)] == [13_600, 6_800]
    nothing_is_broken(session)


def test_an_own_order_that_its_buyer_calls_off_leaves_the_choice(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    order_id = own_order(session, member)
    session.rollback()
    unit_of_work.run(
        lambda s: s.execute(
            sa.update(Order).where(Order.id == order_id).values(cancel_requested_at=union.now)
        )
    )
    release_dead_orders(unit_of_work, now=union.now)
    settle_own_orders(unit_of_work, sandbox_providers(unit_of_work), now=union.now)
    assert the_choice(session, member).own_fen == 0
    nothing_is_broken(session)


def test_who_leaves_gets_the_own_part_back(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    order_id = own_order(session, member)
    pay_by_sandbox(unit_of_work, order_id, now=union.now)
    session.rollback()
    member_leaves(session, union.campaign_id, member, keeps=False, actor_id=union.buyer_id, now=union.now)
    session.commit()
    settle_own_orders(unit_of_work, sandbox_providers(unit_of_work), now=union.now)
    session.rollback()
    assert session.get_one(Order, order_id, populate_existing=True).status is OrderStatus.CANCELLED
    assert session.get(Choice, member) is None
    nothing_is_broken(session)


def test_the_union_is_billed_for_the_allowances_alone(session, union, unit_of_work):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, TWO_HONEY_TWO_TEA, 13_600))
    pay_by_sandbox(unit_of_work, own_order(session, member), now=union.now)
    session.rollback()
    at = union.now + LATER
    unit_of_work.run(lambda s: begin_closing(s, union.campaign_id, actor_id=union.buyer_id, now=at))
    close_campaigns(unit_of_work, now=at)
    session.rollback()
    bill = session.scalars(sa.select(Order).join(CampaignOrder, CampaignOrder.order_id == Order.id)).one()
    allowances = session.scalar(sa.select(sa.func.sum(Choice.allowance_fen)))
    assert bill.total_fen == allowances == 17_600 + 3 * (6_800 + 5_900)
    assert units_of_order(session, bill.id) == {"honey": 2, "tea": 3, "eggs": 3}
    nothing_is_broken(session)


def test_a_refused_own_order_changes_nothing_of_the_choice(session, union):
    member, *_ = member_ids(session, union)
    choose_now(session, union, member, wish_of(union, {"honey": 2}))
    with pytest.raises(Conflict):
        choose(
            session,
            member,
            wish_of(union, {"honey": 2, "tea": 99}, 99 * 6_800),
            BY_LINK,
            now=union.now + 5 * LATER,
        )
    session.rollback()
    assert the_choice(session, member).total_fen == 17_600
