"""An open campaign is called off, or corrected where nobody loses; its papers and its invoice are the union's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import (
    Duty,
    OrganisationProject,
    OrganisationSigner,
    Span,
    SpendingLimit,
)
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.approving import approve_bill, end_late_bills, return_bill, withdraw_bill
from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, choose
from shop.campaigns.closing import close_campaigns
from shop.campaigns.ending import call_off
from shop.campaigns.errors import NotChoosing
from shop.campaigns.member_models import (
    CampaignMember,
    CampaignUnit,
    Choice,
    ChosenBy,
    Telling,
    YearOfAllowance,
)
from shop.campaigns.models import Campaign, CampaignOrder, CampaignPaper, CampaignState, PaperKind
from shop.campaigns.offering import save_package
from shop.campaigns.planning import Plan
from shop.campaigns.reading import read_offer
from shop.campaigns.reminding import remind_before_end
from shop.campaigns.setting_up import change_campaign
from shop.campaigns.signing import procurement_of
from shop.campaigns.top_ups import OwnPart, live_of
from shop.check.all_rules import find_violations
from shop.invoicing.models import Invoice, InvoiceOrder
from shop.kit.errors import InvalidInput
from shop.kit.transitions import IllegalStep
from shop.notifications.campaign_letters import tell_members
from shop.ordering.approvals.errors import NobodyApproves, NotWaiting, OwnOrder
from shop.ordering.approvals.models import OrderApproval, OrderProcurement
from shop.ordering.approvals.procurement import Procurement
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Refund
from shop.rounds import settle_own_orders
from shop.storage.outbox import OutboxMessage
from tests.factories.campaigns import (
    a_choice,
    add_campaign,
    add_second_point,
    member_ids,
    open_union_shop,
    set_cap,
)
from tests.factories.paying import pay_by_sandbox, sandbox_providers

LATER = timedelta(days=1)


@pytest.fixture
def union(session):
    union = open_union_shop(session)
    session.execute(sa.update(Campaign).values(own_top_up=True))
    tell(session)
    session.commit()
    return union


def tell(session):
    session.execute(sa.update(CampaignMember).values(to_tell=None))


def choose_now(session, union, member_id, goods="蜜蛋篮", own_fen=0):
    own = OwnPart(payment_method="sandbox", seen_fen=own_fen, phone="+8613900000001")
    wish = replace(a_choice(union, goods), own=own)
    choose(session, member_id, wish, Chooser(ChosenBy.LINK), now=union.now)
    session.commit()


def end(unit_of_work, union, reason="县里停电，改到春节"):
    work = partial(call_off, actor_id=union.buyer_id, now=union.now)
    return unit_of_work.run(lambda s: work(s, union.campaign_id, reason))


def campaign_of(session, union):
    session.rollback()
    campaign = session.get_one(Campaign, union.campaign_id, populate_existing=True)
    session.expunge(campaign)
    session.rollback()
    return campaign


def nothing_is_broken(session):
    session.rollback()
    assert list(find_violations(session)) == []


def test_what_is_called_off_uses_nobodys_allowance_and_gives_own_money_back(session, unit_of_work, union):
    first, second, *_ = member_ids(session, union)
    choose_now(session, union, first)
    choose_now(session, union, second, {"honey": 2, "tea": 2}, own_fen=2 * 6800)
    (own,) = live_of(session, second)
    session.rollback()
    pay_by_sandbox(unit_of_work, own.order_id, now=union.now)
    paper = {"kind": PaperKind.MINUTES, "name": "纪要", "file": "x.pdf", "sent_at": union.now}
    session.add(CampaignPaper(campaign_id=union.campaign_id, **paper))
    session.commit()
    assert end(unit_of_work, union) == 2
    assert end(unit_of_work, union) == 0
    campaign = campaign_of(session, union)
    assert (campaign.state, campaign.called_off_reason) == (CampaignState.CALLED_OFF, "县里停电，改到春节")
    assert session.scalar(sa.select(sa.func.count(Choice.member_id))) == 0
    assert session.scalar(sa.select(sa.func.sum(YearOfAllowance.spent_fen))) == 0
    assert session.scalar(sa.select(sa.func.sum(CampaignUnit.spent_fen))) == 0
    assert session.scalar(sa.select(sa.func.count(CampaignPaper.id))) == 1
    session.rollback()
    settle_own_orders(unit_of_work, sandbox_providers(unit_of_work), now=union.now)
    assert session.scalar(sa.select(sa.func.sum(Refund.amount_fen))) == 2 * 6800
    nothing_is_broken(session)


def test_members_who_heard_of_it_are_told_that_it_is_off(session, unit_of_work, union):
    first, *others = member_ids(session, union)
    session.execute(
        sa.update(CampaignMember).where(CampaignMember.id == first).values(to_tell=Telling.OPENED)
    )
    session.commit()
    end(unit_of_work, union)
    assert tell_members(unit_of_work, now=union.now) == len(others)
    keys = session.scalars(sa.select(OutboxMessage.dedupe_key))
    assert sorted(keys) == sorted(f"campaign_called_off:{one}" for one in others)


def test_nobody_chooses_in_what_is_off_and_nothing_that_is_closing_is_called_off(
    session, unit_of_work, union
):
    first, *_ = member_ids(session, union)
    session.rollback()
    with pytest.raises(InvalidInput):
        end(unit_of_work, union, "  ")
    at = union.now + LATER
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))
    with pytest.raises(IllegalStep):
        end(unit_of_work, union)
    session.execute(sa.update(Campaign).values(state=CampaignState.OPEN))
    session.commit()
    end(unit_of_work, union)
    with pytest.raises(NotChoosing):
        choose(session, first, a_choice(union), Chooser(ChosenBy.LINK), now=union.now)


def plan_of(session, union, **changes):
    one = campaign_of(session, union)
    plan = Plan(
        one.title, one.opens_at, one.closes_at, one.distribution_on, one.allowance_fen, one.free_choice, one.contact,
        one.contact_phone, one.own_top_up, one.home_delivery, one.freight_counts,
    )  # fmt: skip
    session.rollback()
    return replace(plan, **changes)


def correct(unit_of_work, union, plan, now=None):
    work = partial(change_campaign, actor_id=union.buyer_id, now=now or union.now)
    unit_of_work.run(lambda s: work(s, union.campaign_id, plan))


def test_an_open_campaign_gets_other_texts_more_time_more_money_and_more_ways(session, unit_of_work, union):
    more = {
        "title": "元旦、春节福利", "contact": "吴老师", "allowance_fen": 25_000, "home_delivery": True,
        "closes_at": union.now + timedelta(days=3),
    }  # fmt: skip
    correct(unit_of_work, union, plan_of(session, union, **more))
    campaign = campaign_of(session, union)
    assert {name: getattr(campaign, name) for name in more} == more


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowance_fen", 19_999),
        ("allowance_fen", 20_100),  # above the yearly cap
        ("own_top_up", False),
        ("free_choice", False),
        ("title", " "),
    ],
)
def test_nothing_that_members_were_told_is_taken_from_them(session, unit_of_work, union, field, value):
    set_cap(session, 200, now=union.now)
    session.commit()
    with pytest.raises(InvalidInput) as refused:
        correct(unit_of_work, union, plan_of(session, union, **{field: value}))
    assert set(refused.value.errors) == {field}


def test_a_shorter_time_is_refused_once_it_has_begun(session, unit_of_work, union):
    sooner = union.now + timedelta(hours=2)
    with pytest.raises(InvalidInput):
        correct(unit_of_work, union, plan_of(session, union, closes_at=sooner))
    early = union.now - timedelta(hours=1)
    correct(unit_of_work, union, plan_of(session, union, closes_at=sooner), now=early)
    assert campaign_of(session, union).closes_at == sooner


def close(unit_of_work, union):
    at = union.now + LATER
    unit_of_work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))
    close_campaigns(unit_of_work, now=at)


def test_the_papers_of_its_orders_say_project_handler_and_acceptor(session, unit_of_work):
    union = open_union_shop(session, opened=False)
    said = Procurement("GH2026-07", "工会福利", "吴经办", "郑验收")
    correct(unit_of_work, union, plan_of(session, union, procurement=said))
    session.execute(sa.update(Campaign).values(state=CampaignState.OPEN, opened_at=union.now))
    session.commit()
    close(unit_of_work, union)
    (row,) = session.scalars(sa.select(OrderProcurement))
    assert (row.project_number, row.project_name) == ("GH2026-07", "工会福利")
    assert (row.handler, row.acceptor) == ("吴经办", "郑验收")


def test_a_new_campaign_has_the_organisations_default_project_and_only_people(session):
    union = open_union_shop(session, opened=False)
    own = {"organisation_id": union.organisation_id}
    session.add_all(
        [
            OrganisationProject(**own, number="GH1", name="福利", is_default=True),
            OrganisationSigner(**own, duty=Duty.HANDLER, name="吴经办"),
            *(OrganisationSigner(**own, duty=Duty.ACCEPTOR, name=name) for name in ("甲", "乙")),
        ]
    )
    session.commit()
    made = add_campaign(session, union.shop, union.buyer_id, union.organisation_id, title="春节")
    said = procurement_of(session.get_one(Campaign, made.campaign_id))
    assert said == Procurement("GH1", "福利", "吴经办", "")


def test_a_seller_is_asked_for_one_invoice_over_all_orders_of_the_close(session, unit_of_work):
    union = open_union_shop(session)
    add_second_point(session, union)
    first, *_ = member_ids(session, union)
    choose(session, first, a_choice(union, slot=2), Chooser(ChosenBy.LINK), now=union.now)
    session.commit()
    close(unit_of_work, union)
    orders = set(session.scalars(sa.select(CampaignOrder.order_id)))
    assert len(orders) == 2
    (invoice,) = session.scalars(sa.select(Invoice))
    assert (invoice.title, invoice.tax_number) == ("某某大学union", "12100000437201234A")
    assert set(session.scalars(sa.select(InvoiceOrder.order_id))) == orders
    nothing_is_broken(session)


def add_approver(session, union):
    person = User(email="approver@shop.example", name="审批人", created_at=union.now)
    session.add(person)
    session.flush()
    session.add(OrganisationMember(organisation_id=union.organisation_id, user_id=person.id, role="approver"))
    session.add(SpendingLimit(organisation_id=union.organisation_id, span=Span.ORDER, limit_fen=100))
    session.commit()
    return person.id


@pytest.fixture
def waiting(session, unit_of_work, union):
    """The approver and the request."""
    approver = add_approver(session, union)
    at = union.now + LATER
    state = unit_of_work.run(
        partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at)
    )
    assert state is CampaignState.WAITING
    (approval_id,) = session.scalars(sa.select(CampaignApproval.id))
    session.rollback()
    return approver, approval_id


def decide(unit_of_work, union, work, approval_id, *words, actor_id, now=None):
    at = now or union.now + LATER
    return unit_of_work.run(
        lambda s: work(s, union.organisation_id, approval_id, *words, actor_id=actor_id, now=at)
    )


def told(session, message):
    session.rollback()
    rows = session.scalars(sa.select(OutboxMessage)).all()
    found = [row.payload["user_id"] for row in rows if row.payload.get("message") == message]
    session.rollback()
    return found


def test_a_bill_above_a_limit_waits_for_one_word_and_is_then_closed_as_a_whole(
    session, unit_of_work, union, waiting
):
    approver, approval_id = waiting
    assert told(session, "campaign_approval_asked") == [approver]
    close_campaigns(unit_of_work, now=union.now + LATER)
    assert session.scalars(sa.select(Order.id)).all() == []
    session.rollback()
    with pytest.raises(OwnOrder):
        decide(unit_of_work, union, approve_bill, approval_id, actor_id=union.buyer_id)
    assert decide(unit_of_work, union, approve_bill, approval_id, actor_id=approver) is True
    assert decide(unit_of_work, union, approve_bill, approval_id, actor_id=approver) is False
    close_campaigns(unit_of_work, now=union.now + LATER)
    assert campaign_of(session, union).state is CampaignState.CLOSED
    (order,) = session.scalars(sa.select(Order))
    assert (order.status, order.user_id) == (OrderStatus.CONFIRMED, union.buyer_id)
    assert session.scalar(sa.select(sa.func.count(OrderApproval.id))) == 0
    assert told(session, "campaign_approval_ended") == [union.buyer_id]
    nothing_is_broken(session)


def test_a_bill_that_is_returned_taken_back_or_not_answered_leaves_the_campaign_open(
    session, unit_of_work, union, waiting
):
    approver, approval_id = waiting
    with pytest.raises(InvalidInput):
        decide(unit_of_work, union, return_bill, approval_id, " ", actor_id=approver)
    decide(unit_of_work, union, return_bill, approval_id, "太多", actor_id=approver)
    assert campaign_of(session, union).state is CampaignState.OPEN
    session.rollback()
    with pytest.raises(NotWaiting):
        decide(unit_of_work, union, approve_bill, approval_id, actor_id=approver)
    for ends in (
        lambda at: unit_of_work.run(
            partial(withdraw_bill, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at)
        ),
        lambda at: end_late_bills(unit_of_work, now=at + timedelta(days=30)),
    ):
        at = union.now + LATER
        unit_of_work.run(
            partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at)
        )
        assert campaign_of(session, union).state is CampaignState.WAITING
        session.rollback()
        assert ends(at)
        assert campaign_of(session, union).state is CampaignState.OPEN
        session.rollback()
    nothing_is_broken(session)


def test_without_anybody_who_may_approve_the_campaign_stays_open(session, unit_of_work, union):
    session.add(SpendingLimit(organisation_id=union.organisation_id, span=Span.ORDER, limit_fen=100))
    session.commit()
    at = union.now + LATER
    with pytest.raises(NobodyApproves):
        unit_of_work.run(
            partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at)
        )
    assert campaign_of(session, union).state is CampaignState.OPEN


@pytest.mark.parametrize(("own_top_up", "is_default"), [(False, False), (True, True)])
def test_a_package_above_the_allowance_is_refused_when_it_is_saved(session, own_top_up, is_default):
    union = open_union_shop(session, opened=False)
    session.execute(sa.update(Campaign).values(own_top_up=own_top_up))
    session.commit()
    units = {union.shop.variants["honey"]: 3}
    with pytest.raises(InvalidInput) as refused:
        save_package(
            session, union.campaign_id, None, "三罐", units, is_default=is_default, actor_id=union.buyer_id
        )
    assert refused.value.facts["more"] == "64.00"


def test_with_own_money_it_is_saved_and_says_what_a_member_pays(session):
    union = open_union_shop(session, opened=False)
    session.execute(sa.update(Campaign).values(own_top_up=True))
    session.commit()
    units = {union.shop.variants["honey"]: 3}
    package_id = save_package(
        session, union.campaign_id, None, "三罐", units, is_default=False, actor_id=union.buyer_id
    )
    package = next(one for one in read_offer(session, union.campaign_id).packages if one.row.id == package_id)
    assert package.own_fen(20_000) == 8_800


def to_be_reminded(session):
    session.rollback()
    return list(
        session.scalars(sa.select(CampaignMember.id).where(CampaignMember.to_tell == Telling.REMINDER))
    )


def test_who_has_not_chosen_is_reminded_once_before_the_end(session, unit_of_work, union):
    first, *others = member_ids(session, union)
    choose_now(session, union, first)
    early, late = union.now + timedelta(hours=11), union.now + timedelta(hours=13)
    assert remind_before_end(unit_of_work, now=early) == 0
    assert remind_before_end(unit_of_work, now=late) == len(others)
    assert to_be_reminded(session) == others
    session.rollback()
    assert remind_before_end(unit_of_work, now=late + timedelta(hours=1)) == 0
    later = plan_of(session, union, closes_at=union.now + timedelta(days=4))
    correct(unit_of_work, union, later, now=late)
    assert remind_before_end(unit_of_work, now=union.now + timedelta(days=3, hours=1)) == len(others)
