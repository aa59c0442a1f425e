"""A coupon is for a person: whoever registered with an address that nobody confirmed uses none, and is named for none."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.errors import OwnersUnknown
from shop.accounts.models import RoleName, User
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.references import secret_token
from shop.ordering.basket import BasketOwner
from shop.ordering.coupons.campaigns import approve_campaign, propose_campaign
from shop.ordering.coupons.errors import CouponNeedsProof
from shop.ordering.coupons.models import CampaignState, CouponAudience, CouponCampaign, CouponUse
from shop.ordering.models import Order
from tests.factories.coupons import a_basket_with, a_campaign_wish, a_person, add_campaign
from tests.factories.people import make_person, make_stranger, post, prove_address, sign_in
from tests.factories.small_shop import open_small_shop
from tests.integration.coupons.test_pages import enter, fields_of

ADDRESS, NAME = "prof.li@uni.example", "李教授"
ADMIN = (RoleName.ADMIN, RoleName.FINANCE)
WHY = "请先确认邮箱"


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def stranger(unit_of_work, shop):
    return make_stranger(unit_of_work, ADDRESS, name=NAME)


@pytest.fixture
def buyer(client, stranger):
    """The stranger signed in, with tea in the basket."""
    sign_in(client, ADDRESS)
    client.post("/cart/items", data={"sku": "tea", "quantity": "2"})
    return stranger


def named(stranger):
    return {"audience": CouponAudience.ACCOUNTS, "user_ids": (stranger.id,)}


def form_for(address, now):
    return {
        "token": secret_token(), "name_zh": "给李教授", "name_en": "For Li", "kind": "amount", "amount_fen": "10",
        "scope": "all", "audience": "accounts", "accounts": address, "most_per_person": "1", "budget_fen": "1000",
        "bearer": "shop", "word": "FORLI", "last_day": (shanghai_date(now) + timedelta(days=9)).isoformat(),
        "reason": "试",
    }  # fmt: skip


def test_nobody_is_named_whose_address_is_not_confirmed_and_the_form_says_whose(
    client, shop, stranger, unit_of_work, session
):
    sign_in(client, make_person(unit_of_work, "admin@shop.example", roles=ADMIN).email)
    refused = post(client, "/admin/coupons/new", "/account", **form_for(ADDRESS, shop.now))
    assert refused.status_code == 400
    assert f"还没有人证明这些邮箱是账号本人的：{ADDRESS}" in refused.text
    assert 'value="FORLI"' in refused.text, "what was typed stays"
    prove_address(unit_of_work, stranger)
    assert post(client, "/admin/coupons/new", "/account", **form_for(ADDRESS, shop.now)).status_code == 303


def test_the_second_person_sees_the_address_with_a_mark_and_cannot_approve(
    client, shop, stranger, unit_of_work, session
):
    proposer = a_person(session, now=shop.now)
    session.get_one(User, stranger.id).confirmed_at = shop.now
    campaign_id = propose_campaign(
        session, a_campaign_wish(shop.now, **named(stranger)), actor_id=proposer, now=shop.now
    )
    session.get_one(User, stranger.id).confirmed_at = None  # as before the shop asked
    session.commit()
    sign_in(client, make_person(unit_of_work, "second@shop.example", roles=ADMIN).email)
    path = f"/admin/coupons/{campaign_id}"
    page = client.get(path, headers={"Accept-Language": "en"}).text
    assert ADDRESS in page
    assert NAME in page
    assert "邮箱未确认" in client.get(path).text
    post(client, f"{path}/approve", "/account")
    assert ADDRESS in client.get(path).text
    assert (
        session.get_one(CouponCampaign, campaign_id, populate_existing=True).state is CampaignState.PROPOSED
    )
    session.rollback()
    prove_address(unit_of_work, stranger)
    assert "邮箱未确认" not in client.get(path).text
    post(client, f"{path}/approve", "/account")
    assert (
        session.get_one(CouponCampaign, campaign_id, populate_existing=True).state is CampaignState.APPROVED
    )


def test_the_refusals_name_as_many_addresses_as_a_sentence_holds(shop, unit_of_work, session):
    people = [make_stranger(unit_of_work, f"p{number}@uni.example") for number in range(7)]
    wish = a_campaign_wish(shop.now, audience=CouponAudience.ACCOUNTS, user_ids=[one.id for one in people])
    with pytest.raises(InvalidInput) as refused:
        propose_campaign(session, wish, actor_id=None, now=shop.now)
    assert refused.value.errors == {"accounts": OwnersUnknown.default_message}
    assert refused.value.facts["emails"].count("@") == 5


def test_a_coupon_that_was_given_before_is_not_shown_to_a_stranger_and_takes_off_nothing(
    client, shop, session, engine, unit_of_work, buyer
):
    session.get_one(User, buyer.id).confirmed_at = shop.now
    session.commit()
    add_campaign(session, now=shop.now, name_zh="给李教授", word="FORLI", **named(buyer))
    owner = BasketOwner(user_id=buyer.id)
    a_basket_with(session, {"tea": 1}, "FORLI", now=shop.now, owner=owner)
    session.get_one(User, buyer.id).confirmed_at = None
    session.commit()
    own = client.get("/account/coupons").text
    assert "给李教授" not in own
    assert 'action="/account/contact/email"' in own
    assert WHY in client.get("/cart").text
    assert client.post("/checkout", data=fields_of(client, shop)).status_code == 303
    with Session(engine) as seen:
        assert seen.scalars(sa.select(Order.discount_fen)).all() == [0]
        assert seen.scalar(sa.select(sa.func.count(CouponUse.id))) == 0


def test_invented_addresses_get_no_coupon_each_and_checkout_says_what_to_do_with_what_was_typed(
    client, shop, session, engine, unit_of_work, buyer
):
    add_campaign(session, now=shop.now)
    refused = enter(client, "WELCOME")
    assert refused.status_code == 400
    assert WHY in refused.text
    assert 'value="WELCOME"' in refused.text
    assert 'href="/account/contact/email"' in refused.text
    typed = fields_of(client, shop, code="WELCOME", coupon="use", recipient="林老师", note="放门口")
    page = client.post("/checkout", data=typed)
    assert page.status_code == 400
    assert WHY in page.text
    assert 'value="WELCOME"' in page.text
    assert 'value="林老师"' in page.text
    prove_address(unit_of_work, buyer)
    sign_in(client, ADDRESS)
    assert enter(client, "WELCOME").status_code == 303
    assert "−¥10.00" in client.get("/cart").text


def test_a_stranger_learns_of_no_code_and_no_refusal_counts_as_guessing(client, shop, session, buyer):
    add_campaign(session, now=shop.now)
    answers = [enter(client, code) for code in ["WELCOME", "NOSUCHCODE"] + ["GUESS"] * 10]
    assert {one.status_code for one in answers} == {400}
    assert all(WHY in one.text for one in answers)


def test_the_rule_holds_where_the_code_is_put_into_the_basket(shop, session, stranger):
    add_campaign(session, now=shop.now)
    owner = BasketOwner(user_id=stranger.id)
    with pytest.raises(CouponNeedsProof):
        a_basket_with(session, {"tea": 1}, "WELCOME", now=shop.now, owner=owner)


def test_whoever_has_no_address_to_confirm_uses_coupons_as_before(shop, session):
    add_campaign(session, now=shop.now)
    user_id = a_person(session, now=shop.now)
    session.get_one(User, user_id).email = None
    session.flush()
    assert a_basket_with(session, {"tea": 1}, "WELCOME", now=shop.now, owner=BasketOwner(user_id=user_id))


def test_approving_twice_asks_nothing_more(shop, session, stranger):
    campaign_id = add_campaign(session, now=shop.now)
    assert approve_campaign(session, campaign_id, actor_id=None, now=shop.now) is False
