"""After the close: what leaves a campaign's order leaves the choices of its members, who are told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.campaigns.after_models import Loss, OrderChange, Why
from shop.campaigns.day.collecting import collecting_of
from shop.campaigns.day.errors import UnknownMemberCode
from shop.campaigns.day.handing import hand_out, members_with_code
from shop.campaigns.day.lists import Asked, added, all_entries, counts_of
from shop.campaigns.following import Promised, follow_orders, missing_of
from shop.campaigns.home import Home
from shop.campaigns.lost import losses_of
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, GotNothing, YearOfAllowance
from shop.campaigns.models import Campaign, CampaignOrder
from shop.campaigns.own_models import CampaignParcel
from shop.check.all_rules import find_violations
from shop.invoicing.desk import units_that_stand
from shop.notifications.campaign_letters import campaign_reader, tell_members
from shop.notifications.messages import Message
from shop.ordering.models import Order, OrderLine
from shop.payments.cancelling import cancel_order
from shop.payments.models import RefundBearer
from shop.payments.whole_refunds import refund_in_full
from shop.reimbursement.goods import read_goods
from shop.storage.outbox import OutboxMessage
from tests.factories.after_the_close import call_off, later, order_id_of, take_out
from tests.factories.campaign_days import a_keeper, close_now, code_of, the_organiser, union_on_its_day
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop

HOME = Home("会员的家人", "+8613900000009", "陕西省", "西安市", "碑林区", "咸宁西路 28 号")


@pytest.fixture
def union(session, unit_of_work):
    return union_on_its_day(session, unit_of_work)


def follow(session, unit_of_work, union):
    count = follow_orders(unit_of_work, now=later(union))
    session.rollback()
    return count


def letters(session):
    keys = session.scalars(sa.select(OutboxMessage.dedupe_key)).all()
    session.rollback()
    return sum(str(key).startswith("campaign_less") for key in keys)


def spent(session):
    rows = session.execute(sa.select(YearOfAllowance.staff_number, YearOfAllowance.spent_fen)).all()
    session.rollback()
    return dict(rows)


def test_a_cancelled_order_takes_its_members_off_the_lists_and_gives_their_year_back(
    session, unit_of_work, union
):
    keeper, code = a_keeper(session, union), code_of(session, member_ids(session, union)[0])
    before = added(counts_of(session, keeper, union.campaign_id))
    assert before.people == 6
    session.rollback()
    call_off(session, unit_of_work, union)
    assert follow(session, unit_of_work, union) == 6

    assert all_entries(session, keeper, union.campaign_id, Asked(), most=10) == []
    assert counts_of(session, the_organiser(union), union.campaign_id) == []
    with pytest.raises(UnknownMemberCode):
        members_with_code(session, code, by=keeper)
    session.rollback()
    assert set(spent(session).values()) == {0}
    assert list(find_violations(session)) == []


def test_its_members_are_told_once_and_their_page_knows_why(session, unit_of_work, union):
    tell_members(unit_of_work, now=later(union))
    call_off(session, unit_of_work, union)
    follow(session, unit_of_work, union)
    assert follow(session, unit_of_work, union) == 0
    tell_members(unit_of_work, now=later(union))
    tell_members(unit_of_work, now=later(union))
    session.rollback()
    assert letters(session) == 6
    member = session.get_one(CampaignMember, member_ids(session, union)[0])
    assert member.got_nothing is GotNothing.ORDER
    assert {one.why for one in losses_of(session, member.id)} == {Why.CALLED_OFF}
    seen = collecting_of(session, member.id, now=later(union))
    assert (seen.has_code, seen.may_name, seen.is_waiting) == (False, False, False)
    reader = campaign_reader(session, Message.CAMPAIGN_LESS, member.id, now=later(union))
    assert len(reader.facts["lost"]) == 2
    assert reader.facts["goods"] == []


def test_who_was_not_told_of_a_code_yet_is_told_only_that_nothing_comes(session, unit_of_work, union):
    call_off(session, unit_of_work, union)
    follow(session, unit_of_work, union)
    tell_members(unit_of_work, now=later(union))
    session.rollback()
    keys = session.scalars(sa.select(OutboxMessage.dedupe_key)).all()
    assert not [key for key in keys if str(key).startswith("campaign_code")]
    assert letters(session) == 6


def test_units_that_left_the_order_fall_on_default_packages_first_then_on_who_chose_last(
    session, unit_of_work
):
    union = open_union_shop(session)
    early, late, *_others = member_ids(session, union)
    choose_by_link(session, union, early, a_choice(union, {"eggs": 2}))
    choose_by_link(session, union, late, a_choice(union, {"eggs": 3}))
    session.execute(
        sa.update(Choice).where(Choice.member_id == late).values(changed_at=union.now + timedelta(hours=1))
    )
    session.commit()
    close_now(unit_of_work, union)
    session.rollback()
    before = spent(session)
    take_out(session, unit_of_work, union, "eggs", 4)
    follow(session, unit_of_work, union)

    eggs = union.shop.variants["eggs"]
    rows = dict(
        session.execute(
            sa.select(ChoiceLine.member_id, ChoiceLine.quantity).where(ChoiceLine.variant_id == eggs)
        ).all()
    )
    assert rows == {early: 2, late: 1}  # two default packages lost theirs, then two of three
    lost = session.execute(sa.select(Loss.member_id, Loss.quantity, Loss.why)).all()
    assert sorted(row.quantity for row in lost) == [1, 1, 2]
    assert {row.why for row in lost} == {Why.SHORT}
    session.rollback()
    after = spent(session)
    assert sum(before.values()) - sum(after.values()) == 4 * 5900
    assert session.get_one(Choice, late).pickup_code is not None
    assert [one for one in find_violations(session) if one.rule.startswith("campaign")] == []


def test_who_has_it_already_keeps_it_when_the_price_goes_back(session, unit_of_work, union):
    order_id, first = order_id_of(session), member_ids(session, union)[0]
    keeper = a_keeper(session, union)
    at, code = union.now + timedelta(days=7), code_of(session, first)
    session.rollback()
    unit_of_work.run(partial(hand_out, member_id=first, code=code, by=keeper, now=at))
    session.rollback()
    unit_of_work.run(
        lambda inner: refund_in_full(
            inner, order_id, bearer=RefundBearer.SHOP, reason="bad", actor_id=None, token="t" * 20, now=at
        )
    )
    follow(session, unit_of_work, union)
    assert [one.member_id for one in all_entries(session, keeper, union.campaign_id, Asked(), most=10)] == [
        first
    ]
    assert {one.why for one in losses_of(session, member_ids(session, union)[1])} == {Why.REFUNDED}
    assert list(find_violations(session)) == []


def test_an_order_of_nobodys_campaign_is_not_noted(session, unit_of_work, union):
    assert session.scalars(sa.select(OrderChange)).all() == []
    session.execute(sa.delete(CampaignOrder))
    order_id = session.scalar(sa.select(Order.id))
    session.commit()
    cancel_order(
        unit_of_work, {}, order_id, actor_id=union.buyer_id, now=later(union), reason="x", also_confirmed=True
    )
    assert session.scalars(sa.select(OrderChange)).all() == []


def test_papers_and_invoices_name_the_units_that_stand(session, unit_of_work, union):
    order_id = order_id_of(session)

    def goods():
        found = read_goods(session, [order_id])
        lines = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id)).all()
        stands = units_that_stand(session, lines)
        units = {line.product_zh: line.units for line in found.lines}
        session.rollback()
        return units, sum(stands.values()), found.left_fen

    units, stands, _left = goods()
    assert (sum(units.values()), stands) == (12, 12)
    take_out(session, unit_of_work, union, "eggs", 2)
    units, stands, left_fen = goods()
    assert (sorted(units.values()), stands, left_fen) == ([4, 6], 10, 2 * 5900)
    call_off(session, unit_of_work, union)
    assert goods() == ({}, 0, 6 * (6800 + 5900))


def test_never_more_falls_than_is_missing_and_nothing_of_who_has_it():
    promised = [
        Promised(1, 7, 2, 100, may_fall=True),
        Promised(2, 7, 3, 100, may_fall=False),
        Promised(3, 7, 3, 100, may_fall=True),
    ]
    assert [(one.member_id, one.quantity) for one in missing_of(promised, {7: 5})] == [(1, 2), (3, 1)]
    assert missing_of(promised, {7: 8}) == []
    assert [(one.member_id, one.quantity) for one in missing_of(promised, {})] == [(1, 2), (3, 3)]


def test_a_parcel_home_that_is_called_off_sends_nothing_and_counts_for_no_year(session, unit_of_work):
    union = open_union_shop(session)
    session.execute(sa.update(Campaign).values(home_delivery=True))
    member = member_ids(session, union)[0]
    choose_by_link(session, union, member, replace(a_choice(union), slot_id=0, home=HOME))
    session.commit()
    close_now(unit_of_work, union)
    session.rollback()
    order_id = session.scalars(sa.select(CampaignParcel.order_id)).one()
    number = session.scalar(sa.select(CampaignMember.staff_number).where(CampaignMember.id == member))
    session.rollback()
    assert spent(session)[number] > 0
    cancel_order(
        unit_of_work, {}, order_id, actor_id=union.buyer_id, now=later(union), reason="x", also_confirmed=True
    )
    assert follow(session, unit_of_work, union) == 1
    assert spent(session)[number] == 0
    choice = session.get_one(Choice, member)
    assert (choice.allowance_fen, choice.freight_fen, choice.total_fen) == (0, 0, 0)
    assert session.get_one(CampaignMember, member).got_nothing is GotNothing.ORDER
    assert list(find_violations(session)) == []
