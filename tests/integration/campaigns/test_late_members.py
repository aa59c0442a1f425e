"""A number that is somebody's already stays theirs, until it is corrected on purpose."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import User
from shop.accounts.passwords import hash_password
from shop.campaigns.enrolling import import_members, plan_members
from shop.campaigns.errors import NumberTaken
from shop.campaigns.late_members import correct_member, enrol_one, plan_correction
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice
from shop.campaigns.member_table import typed_entry
from tests.factories.campaigns import a_choice, choose_by_link, member_ids, open_union_shop
from tests.factories.form_browser import FormBrowser
from tests.factories.people import PASSWORD, sign_in

NUMBER = "A00001"  # of 会员1, telephone 13900000001


@pytest.fixture
def union(session):
    return open_union_shop(session)


@pytest.fixture
def first(session, union):
    return member_ids(session, union)[0]


def typed(name="李四", unit="", phone="13700000009", email=""):
    return typed_entry({"number": NUMBER, "name": name, "unit": unit, "phone": phone, "email": email})


def add(session, union, entry):
    try:
        return enrol_one(session, union.campaign_id, entry, actor_id=union.buyer_id, now=union.now)
    finally:
        session.commit()


def correct(session, union, member_id, entry):
    correct_member(session, union.campaign_id, member_id, entry, actor_id=union.buyer_id, now=union.now)
    session.commit()


def facts(session, member_id):
    member = session.get_one(CampaignMember, member_id, populate_existing=True)
    return member.name, member.phone, member.unit_id is not None, member.link_version


def test_a_number_that_is_somebodys_does_not_become_somebody_else(session, union, first):
    choose_by_link(session, union, first, a_choice(union))
    before = facts(session, first)
    with pytest.raises(NumberTaken) as refused:
        add(session, union, typed())
    assert refused.value.facts == {"number": NUMBER, "name": "会员1", "member_id": first}
    assert facts(session, first) == before


def test_the_same_form_twice_adds_one_and_refuses_nothing(session, union):
    entry = typed_entry({"number": "C7", "name": "晚来的", "unit": "", "phone": "", "email": ""})
    assert add(session, union, entry) == add(session, union, entry)


def test_on_purpose_it_is_corrected_and_empty_fields_erase_nothing(session, union, first):
    choose_by_link(session, union, first, a_choice(union))
    entry = typed(name="会员一", phone="")
    plan = plan_correction(session, union.campaign_id, first, entry)
    assert list(plan.changes) == [("name", "会员1", "会员一")]
    correct(session, union, first, entry)
    assert facts(session, first) == ("会员一", "+8613900000001", True, 1)
    assert session.get(Choice, first) is not None
    spent = sa.select(CampaignUnit.spent_fen)
    assert session.scalar(spent) == 14_700


def test_another_name_and_telephone_end_account_and_link(session, union, first):
    assert plan_correction(session, union.campaign_id, first, typed()).somebody_else
    correct(session, union, first, typed())
    assert facts(session, first) == ("李四", "+8613700000009", True, 2)


def test_a_table_erases_nothing_with_empty_cells_and_says_who_gets_another_name(session, union, first):
    table = f"工号,姓名\n{NUMBER},赵六\n".encode()
    plan = plan_members(session, union.campaign_id, table, whole=False)
    assert list(plan.renamed) == [(NUMBER, "会员1", "赵六")]
    import_members(session, union.campaign_id, table, whole=False, actor_id=union.buyer_id, now=union.now)
    session.commit()
    assert facts(session, first) == ("赵六", "+8613900000001", True, 1)


def test_the_page_refuses_shows_old_and_new_and_corrects_when_confirmed(
    client, session, unit_of_work, union, first
):
    buyer = session.get_one(User, union.buyer_id)
    buyer.password_hash, buyer.confirmed_at = hash_password(PASSWORD), union.now
    session.commit()
    sign_in(client, "union.buyer@shop.example")
    browser, home = FormBrowser(client), f"/org/union/campaigns/{union.campaign_id}/members"
    browser.open(home).send(home, refused=409, number=NUMBER, name="李四", phone="13700000009")
    assert f"{NUMBER} 已是会员1" in browser.text
    data = {"csrf_token": hidden(browser.page), "number": NUMBER, "name": "李四", "phone": "13700000009"}
    shown = client.post(f"{home}/{first}/correct", data=data)
    assert facts(session, first)[0] == "会员1"
    session.rollback()
    assert "会员1" in shown.text
    assert "李四" in shown.text
    assert "137" in shown.text
    browser.page, browser.path = shown.text, f"{home}/{first}/correct"
    browser.send(f"{home}/{first}/correct")
    assert facts(session, first)[0] == "李四"


def hidden(page):
    return page.split('name="csrf_token" value="')[1].split('"')[0]
