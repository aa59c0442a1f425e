"""A short harvest: what goes instead has the value of what was chosen, and the member is told before and after."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine
from shop.campaigns.models import CampaignGood
from shop.campaigns.own_models import CampaignSwap
from shop.check.all_rules import find_violations
from shop.kit.clock import utc_now
from shop.notifications.campaign_letters import campaign_reader, tell_members
from shop.notifications.messages import Message
from shop.storage.outbox import OutboxMessage
from tests.factories.campaign_days import close_now
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop


@pytest.fixture
def union(session):
    """Honey (88) is short, and eggs at 25 yuan go instead of it."""
    union = open_union_shop(session, now=utc_now())
    ids = union.shop.variants
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.variant_id == ids["honey"])
        .values(short_at=0, substitute_id=ids["eggs"])
    )
    session.execute(
        sa.update(CampaignGood).where(CampaignGood.variant_id == ids["eggs"]).values(price_fen=2500)
    )
    session.commit()
    return union


def lines(session, member_id):
    rows = sa.select(ChoiceLine.variant_id, ChoiceLine.quantity).where(ChoiceLine.member_id == member_id)
    return dict(session.execute(rows).all())


def allowance_is(session, fen):
    session.execute(sa.text("UPDATE campaigns SET allowance_fen = :fen"), {"fen": fen})
    session.commit()


@pytest.fixture
def closed(session, unit_of_work, union):
    allowance_is(session, 30_000)
    member = member_ids(session, union)[0]
    choose_by_link(session, union, member, a_choice(union, {"honey": 2, "tea": 1}))
    session.commit()
    close_now(unit_of_work, union)
    session.rollback()
    return member


def test_what_goes_instead_is_worth_what_was_chosen_but_for_less_than_one_unit(session, union, closed):
    ids = union.shop.variants
    assert lines(session, closed) == {ids["eggs"]: 7, ids["tea"]: 1}  # 176 buy seven at 25
    choice = session.get_one(Choice, closed, populate_existing=True)
    assert choice.allowance_fen == 6800 + 7 * 2500
    swap = session.scalars(sa.select(CampaignSwap)).one()
    assert (swap.quantity, swap.instead, swap.returned_fen) == (2, 7, 100)
    assert list(find_violations(session)) == []


def test_the_dry_run_says_what_the_close_will_order(session, union):
    allowance_is(session, 30_000)
    member = member_ids(session, union)[0]
    choose_by_link(session, union, member, a_choice(union, {"honey": 2, "tea": 1}))
    session.commit()
    plan = plan_closing(session, union.campaign_id, now=union.now)
    (swap,) = plan.swaps
    assert (swap.instead, swap.returned_fen) == (7, 100)
    eggs = union.shop.variants["eggs"]
    assert sum(point.units[eggs] for point in plan.points) == 7 + 3  # and three default packages


def test_the_page_says_the_rule_beside_the_goods_and_later_what_it_did(
    client, session, settings, unit_of_work, union
):
    member = session.get_one(CampaignMember, member_ids(session, union)[0])
    address = f"/org/campaigns/by-link/{link_key(member, settings.secret_key)}"
    session.rollback()
    before = client.get(address).text
    assert "收成不足时" in before
    assert "不扣额度" in before  # tea and eggs have no substitute
    allowance_is(session, 30_000)
    choose_by_link(session, union, member.id, a_choice(union, {"honey": 2, "tea": 1}))
    session.commit()
    close_now(unit_of_work, union)
    after = client.get(address).text
    assert "× 7" in after
    assert "¥1.00" in after


def test_the_letter_with_the_code_says_what_was_swapped(session, union, closed):
    reader = campaign_reader(session, Message.CAMPAIGN_CODE, closed, now=union.now)
    ((missing, count, other, instead, returned_fen),) = reader.facts["swaps"]
    assert (missing.sku, count, other.sku, instead, returned_fen) == ("honey", 2, "eggs", 7, 100)


def test_nobody_without_an_account_telephone_or_address_gets_a_letter(session, unit_of_work, union, closed):
    session.execute(sa.update(CampaignMember).where(CampaignMember.id == closed).values(phone=None))
    session.commit()
    before = letters(session)
    tell_members(unit_of_work, now=union.now)
    session.rollback()
    assert letters(session) - before == 3
    assert campaign_reader(session, Message.CAMPAIGN_CODE, closed, now=union.now) is None


def letters(session):
    count = session.scalar(sa.select(sa.func.count(OutboxMessage.id)))
    session.rollback()
    return count
