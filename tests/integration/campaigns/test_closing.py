"""A campaign is closed: everybody gets something, one order for each point is accepted, or nothing is done at all."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.terms_models import OrganisationTerms
from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import close_campaigns, close_one, take_step
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.errors import NotChoosing
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, ChosenBy, YearOfAllowance
from shop.campaigns.models import Campaign, CampaignGood, CampaignOrder, CampaignSlot, CampaignState
from shop.inventory.models import Allocation, AllocationStatus
from shop.notifications.campaign_letters import tell_members
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.payments.terms.errors import OverLimit
from shop.storage.outbox import OutboxMessage
from tests.factories.campaigns import a_choice, choose_by_link, enrol, member_ids, open_union_shop, set_cap

LATER = timedelta(days=1)


@pytest.fixture
def union(session):
    return open_union_shop(session)


def close(unit_of_work, union, *, after=LATER):
    at = union.now + after
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))
    return close_campaigns(unit_of_work, now=at)


def campaign_of(session, union):
    session.rollback()
    return session.get_one(Campaign, union.campaign_id, populate_existing=True)


def the_orders(session, union):
    session.rollback()
    statement = sa.select(Order).join(CampaignOrder, CampaignOrder.order_id == Order.id)
    return session.scalars(statement.order_by(Order.id)).all()


def ordered_units(session, union):
    lines = sa.select(OrderLine.sku, sa.func.sum(OrderLine.quantity)).join(
        CampaignOrder, CampaignOrder.order_id == OrderLine.order_id
    )
    return {sku: int(count) for sku, count in session.execute(lines.group_by(OrderLine.sku))}


def choices(session):
    return session.scalars(sa.select(Choice).order_by(Choice.member_id)).all()


def test_who_did_not_choose_gets_the_default_package_and_one_order_holds_it_all(session, unit_of_work, union):
    first, second, *_ = member_ids(session, union)
    choose_by_link(session, union, first, a_choice(union))
    choose_by_link(session, union, second, a_choice(union, {"tea": 2}, slot=1))
    session.commit()
    close(unit_of_work, union)
    assert campaign_of(session, union).state is CampaignState.CLOSED
    (order,) = the_orders(session, union)
    assert (order.status, order.channel) == (OrderStatus.CONFIRMED, Channel.CAMPAIGN)
    assert (order.organisation_id, order.payment_method) == (union.organisation_id, "on_account")
    assert ordered_units(session, union) == {"honey": 1, "eggs": 3, "tea": 4}
    assert order.total_fen == sum(choice.total_fen for choice in choices(session))
    assert [choice.chosen_by for choice in choices(session)][2:] == [ChosenBy.DEFAULT, ChosenBy.DEFAULT]
    codes = [choice.pickup_code for choice in choices(session)]
    assert len(set(codes)) == 4
    assert None not in codes


def test_what_is_left_of_the_allowance_is_not_charged(session, unit_of_work, union):
    close(unit_of_work, union)
    (order,) = the_orders(session, union)
    assert order.total_fen == 4 * (6800 + 5900) < 4 * 20_000


def test_everybody_is_told_the_code_once(session, unit_of_work, union):
    close(unit_of_work, union)
    at = union.now + LATER
    assert tell_members(unit_of_work, now=at) == 4
    assert tell_members(unit_of_work, now=at) == 0
    told = session.scalars(
        sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.like("campaign_code:%"))
    )
    assert len(list(told)) == 4


def test_goods_that_are_sold_out_leave_nothing_half_closed(session, unit_of_work):
    union = open_union_shop(session, stock=1)
    (first, *_) = member_ids(session, union)
    choose_by_link(session, union, first, a_choice(union))
    enrol(session, union, 30, first=100)
    session.commit()
    close(unit_of_work, union)
    campaign = campaign_of(session, union)
    assert campaign.state is CampaignState.OPEN
    assert campaign.refusal["message"]
    assert the_orders(session, union) == []
    assert [choice.member_id for choice in choices(session)] == [first]
    assert session.scalar(sa.select(sa.func.sum(YearOfAllowance.spent_fen))) == 14_700
    assert session.scalar(sa.select(sa.func.sum(CampaignSlot.taken))) == 1
    held = sa.select(sa.func.count(Allocation.id)).where(Allocation.status == AllocationStatus.HELD)
    assert session.scalar(held) == 0


def test_a_bill_beyond_the_unions_limit_is_refused_before_anything_is_ordered(session, unit_of_work, union):
    session.execute(sa.update(OrganisationTerms).values(limit_fen=100))
    session.commit()
    with pytest.raises(OverLimit):
        close(unit_of_work, union)
    assert campaign_of(session, union).state is CampaignState.OPEN
    assert choices(session) == []
    assert session.scalars(sa.select(Order.status)).all() == []


def test_a_short_harvest_is_put_right_by_the_rule_agreed_before(session, unit_of_work, union):
    first, second, third, _fourth = member_ids(session, union)
    for member_id in (first, second, third):
        choose_by_link(session, union, member_id, a_choice(union))
    ids = union.shop.variants
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.variant_id == ids["honey"])
        .values(short_at=1, substitute_id=ids["tea"])
    )
    session.commit()
    close(unit_of_work, union)
    assert campaign_of(session, union).state is CampaignState.CLOSED
    assert ordered_units(session, union) == {"honey": 1, "tea": 3, "eggs": 4}
    (order,) = the_orders(session, union)
    assert order.total_fen == sum(choice.total_fen for choice in choices(session))
    lines = session.execute(sa.select(sa.func.sum(ChoiceLine.quantity * ChoiceLine.price_fen))).scalar()
    assert lines == order.total_fen
    spent = session.scalar(sa.select(sa.func.sum(YearOfAllowance.spent_fen)))
    assert spent == order.total_fen


def test_goods_without_a_substitute_fall_away_and_are_not_charged(session, unit_of_work, union):
    first, *_ = member_ids(session, union)
    choose_by_link(session, union, first, a_choice(union))
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.variant_id == union.shop.variants["honey"])
        .values(short_at=0)
    )
    session.commit()
    close(unit_of_work, union)
    session.rollback()
    assert session.get_one(Choice, first, populate_existing=True).allowance_fen == 5900


def test_a_close_that_is_killed_between_any_two_steps_goes_on_and_is_done_once(
    session, unit_of_work, union, monkeypatch
):
    monkeypatch.setattr("shop.campaigns.defaults.AT_ONCE", 2)
    at = union.now + LATER
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))
    for _ in range(20):
        with pytest.raises(RuntimeError, match="killed"):
            unit_of_work.run(partial(killed_after_its_step, campaign_id=union.campaign_id, now=at))
        if not unit_of_work.run(partial(take_step, campaign_id=union.campaign_id, now=at)):
            break
    assert campaign_of(session, union).state is CampaignState.CLOSED
    assert len(the_orders(session, union)) == 1
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 1
    assert len(choices(session)) == 4


def killed_after_its_step(session, campaign_id, now):
    take_step(session, campaign_id, now=now)
    raise RuntimeError("killed")


def test_closing_it_again_changes_nothing(session, unit_of_work, union):
    close(unit_of_work, union)
    close(unit_of_work, union)
    assert close_one(unit_of_work, union.campaign_id, now=union.now + LATER) == 0
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 1


def test_nobody_is_given_a_default_package_beyond_the_yearly_cap(session, unit_of_work, union):
    set_cap(session, 100, now=union.now)
    session.commit()
    close(unit_of_work, union)
    assert campaign_of(session, union).state is CampaignState.OPEN
    assert choices(session) == []


def test_a_campaign_cannot_be_closed_before_anybody_could_choose(session, unit_of_work, union):
    with pytest.raises(NotChoosing):
        close(unit_of_work, union, after=timedelta(seconds=-1))


def test_a_dry_run_says_what_the_close_will_do_and_writes_nothing(session, unit_of_work, union):
    first, *_ = member_ids(session, union)
    choose_by_link(session, union, first, a_choice(union))
    session.commit()
    plan = plan_closing(session, union.campaign_id, now=union.now + LATER)
    assert (plan.chosen, plan.unchosen, plan.without_place) == (1, 3, 0)
    assert plan.is_possible
    session.rollback()
    close(unit_of_work, union)
    (order,) = the_orders(session, union)
    assert plan.total_fen == order.total_fen
    assert plan.units == sum(ordered_units(session, union).values())


def test_a_dry_run_says_what_is_short(session, union):
    enrol(session, union, 60, first=200)
    session.execute(sa.text("UPDATE lots SET available = 5, declared = 5"))
    session.commit()
    plan = plan_closing(session, union.campaign_id, now=union.now + LATER)
    assert {short.good.variant.sku for short in plan.short} == {"tea", "eggs"}
    assert not plan.is_possible


def test_members_beyond_all_places_get_their_package_from_their_representative(session, unit_of_work):
    union = open_union_shop(session, places=1, members=2)
    enrol(session, union, 1, first=50)
    session.commit()
    close(unit_of_work, union)
    session.rollback()
    slots = [choice.slot_id for choice in choices(session)]
    assert slots.count(None) == 1
    assert len(set(slots)) == 3
    assert session.scalar(sa.select(sa.func.count(CampaignMember.id))) == 3
