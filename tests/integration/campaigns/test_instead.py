"""After the close: who misses goods that nobody has gets what was agreed beforehand, as far as it can be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.terms_models import OrganisationTerms
from shop.campaigns.after_models import InsteadOrder, Loss, OrderChange
from shop.campaigns.day.lists import Asked, all_entries
from shop.campaigns.following import follow_orders, take_step
from shop.campaigns.home import Home
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, YearOfAllowance
from shop.campaigns.models import Campaign, CampaignGood
from shop.campaigns.orders_list import orders_of
from shop.campaigns.own_models import CampaignParcel
from shop.check.all_rules import find_violations
from shop.delivery.models import Run
from shop.inventory.models import Lot
from shop.invoicing.models import Invoice
from shop.notifications.campaign_letters import campaign_reader, tell_members
from shop.notifications.messages import Message
from shop.ordering.models import Order, OrderStatus
from shop.payments.terms.debts import owed_for
from shop.reimbursement.goods import read_goods
from shop.storage.outbox import OutboxMessage
from tests.factories.after_the_close import call_off, later, take_out
from tests.factories.campaign_days import close_now, the_organiser
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop

TEA, EGGS = 6800, 5900
HOME = Home("会员的家人", "+8613900000009", "陕西省", "西安市", "碑林区", "咸宁西路 28 号")


def agreed(session, union, missing, instead):
    ids = union.shop.variants
    session.execute(sa.update(Run).values(cutoff_at=union.now + timedelta(days=2, hours=12)))
    good = sa.update(CampaignGood).where(CampaignGood.variant_id == ids[missing])
    session.execute(good.values(substitute_id=ids[instead]))
    session.commit()


@pytest.fixture
def union(session, unit_of_work):
    """Closed: four members with tea (68) and eggs (59) each; for tea that is missing there are eggs."""
    union = open_union_shop(session)
    agreed(session, union, "tea", "eggs")
    close_now(unit_of_work, union)
    session.rollback()
    return union


def follow(session, unit_of_work, union, *, at=None):
    count = follow_orders(unit_of_work, now=at or later(union))
    session.rollback()
    return count


def units(session, union):
    """By member: of tea and of eggs."""
    ids = union.shop.variants
    lines = sa.select(ChoiceLine.member_id, ChoiceLine.variant_id, ChoiceLine.quantity)
    rows = {(member, variant): count for member, variant, count in session.execute(lines)}
    found = [
        tuple(rows.get((member, ids[sku]), 0) for sku in ("tea", "eggs"))
        for member in member_ids(session, union)
    ]
    session.rollback()
    return found


def spent(session):
    rows = session.scalars(sa.select(YearOfAllowance.spent_fen).order_by(YearOfAllowance.staff_number)).all()
    session.rollback()
    return rows


def broken(session):
    """Whoever takes units out here leaves the household's task as it was."""
    found = [one for one in find_violations(session) if not one.rule.startswith("task:")]
    session.rollback()
    return found


def test_who_misses_goods_gets_what_was_agreed_and_keeps_the_code(session, unit_of_work, union):
    codes = session.scalars(sa.select(Choice.pickup_code).order_by(Choice.member_id)).all()
    owed = owed_for(session, sa.select(Order.id))
    session.rollback()
    take_out(session, unit_of_work, union, "tea", 2)
    assert follow(session, unit_of_work, union) == 2

    assert units(session, union) == [(1, 1), (1, 1), (0, 2), (0, 2)]
    assert spent(session) == [TEA + EGGS] * 2 + [2 * EGGS] * 2
    assert session.scalars(sa.select(Choice.pickup_code).order_by(Choice.member_id)).all() == codes
    assert owed - owed_for(session, sa.select(Order.id)) == 2 * (TEA - EGGS)
    assert broken(session) == []


def test_the_organiser_sees_the_order_beside_the_one_whose_goods_are_missing(session, unit_of_work, union):
    take_out(session, unit_of_work, union, "tea", 2)
    follow(session, unit_of_work, union)
    first, second = orders_of(session, union.campaign_id).points
    assert (first.instead_of, second.instead_of) == ("", first.order.number)
    assert (second.order.status, second.order.total_fen, second.units) == (OrderStatus.CONFIRMED, 2 * EGGS, 2)
    entries = all_entries(session, the_organiser(union), union.campaign_id, Asked(), most=10)
    assert len(entries) == 4
    goods = read_goods(session, [first.order.id, second.order.id])
    assert sum(line.units for line in goods.lines) == 2 + 4 + 2


def test_one_invoice_bills_both(session, unit_of_work, union):
    take_out(session, unit_of_work, union, "tea", 2)
    follow(session, unit_of_work, union)
    invoice = session.scalars(sa.select(Invoice)).one()
    numbers = session.execute(
        sa.text("SELECT count(*) FROM invoice_orders WHERE invoice_id = :id"), {"id": invoice.id}
    ).scalar_one()
    assert numbers == 2


def test_members_are_told_once_what_goes_instead(session, unit_of_work, union, client, settings):
    tell_members(unit_of_work, now=later(union))
    take_out(session, unit_of_work, union, "tea", 1)
    follow(session, unit_of_work, union)
    tell_members(unit_of_work, now=later(union))
    follow(session, unit_of_work, union)
    tell_members(unit_of_work, now=later(union))
    session.rollback()
    keys = session.scalars(sa.select(OutboxMessage.dedupe_key)).all()
    assert sum(str(key).startswith("campaign_less") for key in keys) == 1

    member = session.get_one(CampaignMember, session.scalars(sa.select(Loss.member_id)).one())
    facts = campaign_reader(session, Message.CAMPAIGN_LESS, member.id, now=later(union)).facts
    ((missing, lost, other),) = facts["lost"]
    assert (missing.sku, lost.quantity, other.sku, lost.instead) == ("tea", 1, "eggs", 1)
    assert facts["not_charged_fen"] == TEA - EGGS
    address = f"/org/campaigns/by-link/{link_key(member, settings.secret_key)}"
    session.rollback()
    page = client.get(address).text
    assert "按事先约定" in page
    assert "¥9.00" in page


def test_where_the_substitute_is_short_too_the_others_are_not_charged(session, unit_of_work, union):
    eggs = sa.update(Lot).where(Lot.variant_id == union.shop.variants["eggs"])
    session.execute(eggs.values(available=0, declared=Lot.declared - Lot.available))
    one = sa.update(Lot).where(Lot.id == union.shop.lots["eggs-wang"])
    session.execute(one.values(available=1, declared=Lot.declared + 1))
    session.commit()
    take_out(session, unit_of_work, union, "tea", 3)
    follow(session, unit_of_work, union)
    assert units(session, union) == [(1, 1), (0, 2), (0, 1), (0, 1)]
    assert spent(session)[2:] == [EGGS] * 2
    assert [one for one in broken(session) if one.rule.startswith("campaign")] == []


def test_what_the_terms_refuse_is_not_ordered_and_nothing_stays_held(session, unit_of_work, union):
    take_out(session, unit_of_work, union, "tea", 2)
    session.execute(sa.update(OrganisationTerms).values(limit_fen=1))
    session.commit()
    follow(session, unit_of_work, union)
    assert units(session, union) == [(1, 1), (1, 1), (0, 1), (0, 1)]
    assert session.scalars(sa.select(InsteadOrder)).all() == []
    assert session.scalars(sa.select(OrderChange)).all() == []
    assert session.scalars(sa.select(Lot.held)).all() == [0] * 7
    assert broken(session) == []


def test_without_a_truck_by_the_day_it_is_as_if_nothing_had_been_agreed(session, unit_of_work, union):
    session.execute(sa.update(Run).values(cutoff_at=union.now))
    session.commit()
    take_out(session, unit_of_work, union, "tea", 2)
    follow(session, unit_of_work, union)
    assert units(session, union)[2:] == [(0, 1), (0, 1)]
    assert broken(session) == []


def test_an_order_that_is_called_off_is_not_replaced(session, unit_of_work, union):
    call_off(session, unit_of_work, union)
    follow(session, unit_of_work, union)
    assert units(session, union) == [(0, 0)] * 4
    assert session.scalars(sa.select(InsteadOrder)).all() == []


def test_what_went_instead_is_not_replaced_again(session, unit_of_work):
    union = open_union_shop(session)
    agreed(session, union, "tea", "eggs")
    agreed(session, union, "eggs", "tea")
    close_now(unit_of_work, union)
    session.rollback()
    take_out(session, unit_of_work, union, "tea", 2)
    follow(session, unit_of_work, union)
    order_id = session.scalars(sa.select(InsteadOrder.order_id)).one()
    session.rollback()
    take_out(session, unit_of_work, union, "eggs", 1, order_id=order_id)
    follow(session, unit_of_work, union)
    assert sum(eggs for _tea, eggs in units(session, union)) == 5
    assert len(session.scalars(sa.select(InsteadOrder)).all()) == 1
    assert broken(session) == []


def test_it_goes_on_where_a_worker_was_killed_while_the_goods_were_held(session, unit_of_work, union):
    take_out(session, unit_of_work, union, "tea", 2)
    order_id = session.scalars(sa.select(OrderChange.order_id)).first()
    session.rollback()
    assert not unit_of_work.run(lambda inner: take_step(inner, order_id, now=later(union))).is_last
    assert units(session, union) == [(1, 1)] * 4  # nobody is promised it yet
    assert len(orders_of(session, union.campaign_id).points) == 1
    session.rollback()
    take_out(session, unit_of_work, union, "tea", 1)  # and by now one more is missing
    follow(session, unit_of_work, union)
    assert units(session, union) == [(1, 1), (0, 2), (0, 2), (0, 2)]
    statuses = session.scalars(sa.select(Order.status).order_by(Order.id)).all()
    assert statuses == [OrderStatus.CONFIRMED, OrderStatus.CANCELLED, OrderStatus.CONFIRMED]
    assert broken(session) == []


def test_a_parcel_home_is_followed_by_another_without_freight(session, unit_of_work):
    union = open_union_shop(session)
    agreed(session, union, "honey", "eggs")
    session.execute(sa.update(Campaign).values(home_delivery=True))
    member = member_ids(session, union)[0]
    choose_by_link(session, union, member, replace(a_choice(union), slot_id=0, home=HOME))
    session.commit()
    close_now(unit_of_work, union)
    session.rollback()
    first = session.scalars(sa.select(CampaignParcel.order_id)).one()
    session.rollback()
    take_out(session, unit_of_work, union, "honey", 1, order_id=first)
    assert follow(session, unit_of_work, union) == 1
    order = session.get_one(Order, session.scalars(sa.select(InsteadOrder.order_id)).one())
    assert (order.freight_fen, order.street, order.recipient) == (0, HOME.street, HOME.name)
    homes = orders_of(session, union.campaign_id)
    assert (homes.homes, homes.homes_gone) == (2, 0)
    assert broken(session) == []


def test_after_the_day_of_distribution_nothing_is_ordered_any_more(session, unit_of_work, union):
    take_out(session, unit_of_work, union, "tea", 1)
    follow(session, unit_of_work, union, at=union.now + timedelta(days=7))
    assert session.scalars(sa.select(InsteadOrder)).all() == []
    assert units(session, union)[3] == (0, 1)
