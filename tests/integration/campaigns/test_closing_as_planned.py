"""A close is judged as a whole before anything is ordered, and does what its dry run said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shop.accounts.organisation_models import Span, SpendingLimit
from shop.accounts.shop_settings import set_shop_settings
from shop.accounts.terms_models import OrganisationTerms
from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, choose
from shop.campaigns.closing import close_campaigns, take_step
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.closing_progress import progress_of
from shop.campaigns.errors import NoAccount
from shop.campaigns.home import Home
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChosenBy, GotNothing, Telling
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot, CampaignState
from shop.campaigns.opening import open_campaign, unpaid_goods, what_is_missing
from shop.campaigns.order_places import all_orders
from shop.campaigns.reading import read_offer
from shop.catalogue.models import Product, Seller
from shop.check.campaigns import RULES
from shop.delivery.models import PickupPoint
from shop.kit.errors import ShopError
from shop.ordering.approvals.errors import NobodyApproves
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.payments.terms.errors import NeedsApproval, OverLimit
from tests.factories.campaigns import (
    a_choice,
    add_campaign,
    add_second_point,
    add_slot_at,
    choose_by_link,
    enrol,
    member_ids,
    open_union_shop,
    set_cap,
)

LATER = timedelta(days=1)
HOME = Home("会员的家人", "+8613900000009", "陕西省", "西安市", "碑林区", "咸宁西路 28 号")


@pytest.fixture
def union(session):
    """Six members: two at each of two points, two at home."""
    union = open_union_shop(session, members=6)
    add_second_point(session, union)
    members = member_ids(session, union)
    for number, member_id in enumerate(members):
        wish = a_choice(union, slot=2 if number in (2, 3) else 0)
        if number > 3:
            wish = replace(wish, slot_id=0, home=HOME)
        choose(session, member_id, wish, Chooser(ChosenBy.LINK), now=union.now)
    session.commit()
    return union


def begin(unit_of_work, union):
    at = union.now + LATER
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))


def turn(unit_of_work, union):
    return close_campaigns(unit_of_work, now=union.now + LATER)


def campaign_of(session, union):
    session.rollback()
    return session.get_one(Campaign, union.campaign_id, populate_existing=True)


def statuses(session):
    session.rollback()
    found = session.scalars(sa.select(Order.status).order_by(Order.id)).all()
    session.rollback()
    return found


def limit_month(session, union, fen):
    session.add(SpendingLimit(organisation_id=union.organisation_id, span=Span.MONTH, limit_fen=fen))
    session.commit()


def test_a_monthly_limit_that_holds_the_first_order_only_lets_none_be_placed(session, unit_of_work, union):
    limit_month(session, union, 2 * 14_700 + 100)
    with pytest.raises(NobodyApproves):
        begin(unit_of_work, union)
    assert campaign_of(session, union).state is CampaignState.OPEN
    assert statuses(session) == []


def test_terms_that_hold_the_first_order_only_let_none_be_placed(session, unit_of_work, union):
    session.execute(sa.update(OrganisationTerms).values(limit_fen=2 * 14_700 + 100))
    session.commit()
    with pytest.raises(OverLimit):
        begin(unit_of_work, union)
    assert campaign_of(session, union).state is CampaignState.OPEN
    assert statuses(session) == []


def test_what_was_bought_since_the_button_undoes_the_close_before_an_order_is_accepted(
    session, unit_of_work, union
):
    begin(unit_of_work, union)
    limit_month(session, union, 2 * 14_700 + 100)
    turn(unit_of_work, union)
    campaign = campaign_of(session, union)
    assert campaign.state is CampaignState.OPEN
    assert campaign.refusal["message"] == NeedsApproval.default_message
    assert OrderStatus.CONFIRMED not in statuses(session)


def test_a_close_that_is_half_done_goes_on_once_nothing_is_in_its_way(session, unit_of_work, union):
    begin(unit_of_work, union)
    at = union.now + LATER
    while OrderStatus.CONFIRMED not in statuses(session):
        unit_of_work.run(partial(take_step, campaign_id=union.campaign_id, now=at))
    session.execute(sa.update(OrganisationTerms).values(limit_fen=100))
    session.commit()
    turn(unit_of_work, union)
    campaign = campaign_of(session, union)
    assert campaign.state is CampaignState.CLOSING
    assert "limit" in campaign.refusal["facts"]
    progress = progress_of(session, campaign)
    assert (progress.accepted, progress.orders) == (1, 4)
    session.execute(sa.update(OrganisationTerms).values(limit_fen=10**9))
    session.commit()
    turn(unit_of_work, union)
    campaign = campaign_of(session, union)
    assert (campaign.state, campaign.refusal) == (CampaignState.CLOSED, {})
    assert statuses(session) == [OrderStatus.CONFIRMED] * 4


def two_sellers(session, union):
    other = Seller(
        slug="other", name_zh="另一社", name_en="Other", legal_name="另一合作社", tax_number="93610000MA6TOTHER1",
        tax_regime="cooperative", bank_name="农行", bank_account="6228480000000000000",
    )  # fmt: skip
    session.add(other)
    session.flush()
    session.execute(sa.update(Product).where(Product.slug == "honey").values(seller_id=other.id))
    session.commit()


def test_goods_of_two_sellers_without_an_account_for_both_are_refused_before_opening(session):
    union = open_union_shop(session, opened=False)
    two_sellers(session, union)
    missing = what_is_missing(session, read_offer(session, union.campaign_id), now=union.now)
    assert [one for one in missing if "account" in one] != []


def test_a_draft_names_whose_goods_no_account_takes_together(session):
    union = open_union_shop(session, opened=False)
    assert unpaid_goods(session, read_offer(session, union.campaign_id)) == []
    two_sellers(session, union)
    session.execute(sa.update(Seller).where(Seller.slug == "coop").values(bank_account=""))
    session.commit()
    without, with_one = unpaid_goods(session, read_offer(session, union.campaign_id))
    said = [
        (one.seller, one.has_account, {good.variant.sku for good in one.goods}) for one in (without, with_one)
    ]
    assert said == [("平利合作社", False, {"tea", "eggs"}), ("另一合作社", True, {"honey"})]


def test_the_shops_own_account_takes_the_money_for_all_goods(session):
    union = open_union_shop(session, opened=False)
    two_sellers(session, union)
    set_shop_settings(
        session,
        {"bank_payee": "电商", "bank_name": "农行", "bank_number": "6228480000000000000"},
        actor_id=None,
        now=union.now,
    )
    assert unpaid_goods(session, read_offer(session, union.campaign_id)) == []


def test_the_dry_run_and_the_close_name_the_sellers_that_no_account_takes_together(
    session, unit_of_work, union
):
    two_sellers(session, union)
    plan = plan_closing(session, union.campaign_id, now=union.now + LATER)
    assert "另一合作社" in plan.unpaid_sellers
    assert not plan.is_possible
    session.rollback()
    with pytest.raises(NoAccount):
        begin(unit_of_work, union)
    assert statuses(session) == []


def test_who_gets_no_default_package_is_named_before_and_told_after_the_close(session, unit_of_work):
    union = open_union_shop(session, members=3)
    session.execute(sa.update(CampaignUnit).values(most_fen=2 * 12_700))
    session.commit()
    plan = plan_closing(session, union.campaign_id, now=union.now + LATER)
    last = member_ids(session, union)[-1]
    assert plan.unchosen == 2
    assert plan.nothing == {last: GotNothing.QUOTA}
    session.rollback()
    begin(unit_of_work, union)
    turn(unit_of_work, union)
    session.rollback()
    member = session.get_one(CampaignMember, last)
    assert (member.got_nothing, member.to_tell) == (GotNothing.QUOTA, Telling.NOTHING)
    assert session.get(Choice, last) is None


STEP = st.tuples(st.integers(0, 7), st.sampled_from(["茶蛋篮", "蜜蛋篮"]), st.sampled_from([0, 1, 2, "home"]))
CASE = {
    "steps": st.lists(STEP, max_size=5),
    "quota": st.sampled_from([None, 0, 20_000, 40_000]),
    "cap": st.sampled_from([0, 100, 130, 200]),
    "first": st.sampled_from([None, 2, 5]),
    "short": st.sampled_from([None, 0, 2]),
    "instead": st.booleans(),
    "places": st.sampled_from([1, 2, 50]),
}


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a close takes long: what fails is shown as it was found
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(case=st.fixed_dictionaries(CASE))
def test_whatever_is_chosen_and_limited_the_close_does_what_the_dry_run_said(
    session, unit_of_work, union, case
):
    union = another_campaign(session, union)
    members = member_ids(session, union)
    mine = CampaignSlot.campaign_id == union.campaign_id
    session.execute(sa.update(CampaignSlot).where(mine).values(capacity=case["places"]))
    of_it = CampaignUnit.campaign_id == union.campaign_id, CampaignUnit.name == "机械分会"
    session.execute(sa.update(CampaignUnit).where(*of_it).values(most_fen=case["quota"]))
    set_cap(session, case["cap"], now=union.now)
    session.commit()
    for number, name, place in case["steps"]:
        wish = a_choice(union, name, slot=0 if place == "home" else place)
        if place == "home":
            wish = replace(wish, slot_id=0, home=HOME)
        try:
            choose_by_link(session, union, members[number], wish)
            session.commit()
        except ShopError:
            session.rollback()
    limit_goods(session, union, case)
    plan = plan_closing(session, union.campaign_id, now=union.now + LATER)
    said = (
        plan.total_fen,
        dict(plan.nothing),
        plan.orders,
        {one.point.id: dict(one.units) for one in plan.points},
    )
    session.rollback()
    begin(unit_of_work, union)
    turn(unit_of_work, union)
    campaign = campaign_of(session, union)
    if not said[2]:
        assert campaign.state is CampaignState.OPEN
        return
    assert campaign.state is CampaignState.CLOSED, campaign.refusal
    assert what_was_done(session, union) == said
    assert [found for rule in RULES for found in rule.find(session, union.now)] == []


def another_campaign(session, union):
    """Each with people of its own: eight, of two sub-unions."""
    count = session.scalar(sa.select(sa.func.count(Campaign.id)))
    made = add_campaign(
        session,
        union.shop,
        union.buyer_id,
        union.organisation_id,
        allowance_fen=40_000,
        title=f"第 {count} 次",
    )
    enrol(session, made, 5, first=1000 * count)
    enrol(session, made, 3, first=1000 * count + 500, unit="电气分会")
    session.execute(sa.update(Campaign).values(home_delivery=True))
    add_slot_at(session, made, session.scalar(sa.select(PickupPoint.id).where(PickupPoint.slug == "gate")))
    open_campaign(session, made.campaign_id, actor_id=made.buyer_id, now=made.now)
    session.commit()
    return made


def limit_goods(session, union, case):
    ids = union.shop.variants
    goods = sa.select(CampaignGood).where(CampaignGood.campaign_id == union.campaign_id)
    tea = session.scalar(goods.where(CampaignGood.variant_id == ids["tea"]))
    honey = session.scalar(goods.where(CampaignGood.variant_id == ids["honey"]))
    if case["first"] is not None:
        tea.most_units = max(case["first"], tea.taken_units)
    if case["short"] is not None:
        honey.short_at = tea.short_at = case["short"]
        honey.substitute_id = ids["tea"] if case["instead"] else None
    session.commit()


def what_was_done(session, union):
    mine = Order.id.in_(all_orders(union.campaign_id)), Order.status == OrderStatus.CONFIRMED
    total = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Order.total_fen), 0)).where(*mine))
    orders = session.scalar(sa.select(sa.func.count(Order.id)).where(*mine))
    nothing = dict(
        session.execute(
            sa.select(CampaignMember.id, CampaignMember.got_nothing).where(
                CampaignMember.got_nothing.is_not(None), CampaignMember.campaign_id == union.campaign_id
            )
        ).all()
    )
    units = {}
    lines = sa.select(Order.pickup_point_id, OrderLine.variant_id, OrderLine.quantity)
    lines = lines.join(OrderLine, OrderLine.order_id == Order.id).where(*mine)
    for point_id, variant_id, count in session.execute(lines.where(Order.pickup_point_id.is_not(None))):
        units.setdefault(point_id, {})[variant_id] = count
    return int(total), nothing, orders, units
