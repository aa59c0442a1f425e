"""The team's side: two persons, and codes that are handed out once."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.audit_queries import last_deed
from shop.accounts.models import AuditEntry, RoleName
from shop.catalogue.models import Product
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.kit.references import secret_token
from shop.kit.transitions import IllegalStep
from shop.ordering.coupons.batches import void_batch
from shop.ordering.coupons.campaigns import (
    approve_campaign,
    end_campaign,
    extend_campaign,
    pause_campaign,
    propose_campaign,
    resume_campaign,
)
from shop.ordering.coupons.codes import digest_of
from shop.ordering.coupons.entering import enter_code
from shop.ordering.coupons.errors import BadCoupon
from shop.ordering.coupons.models import (
    CouponAudience,
    CouponBatch,
    CouponCampaign,
    CouponCode,
    CouponKind,
    CouponScope,
)
from tests.factories.buying import an_account, fill_basket
from tests.factories.coupons import a_campaign_wish, a_person, add_campaign, add_codes
from tests.factories.people import make_person, post, sign_in
from tests.factories.small_shop import add_lot, add_product, fill_shelves, open_small_shop

ADMIN = (RoleName.ADMIN, RoleName.FINANCE)


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


def off(session, shop, code, goods, owner=None):
    """What a code takes off these goods for somebody new."""
    owner = owner or an_account(session, now=shop.now)
    fill_basket(session, owner, goods, now=shop.now)
    return enter_code(session, owner, code, now=shop.now).off_fen


def test_nobody_begins_what_they_proposed(session, shop):
    me = a_person(session, now=shop.now)
    campaign_id = propose_campaign(session, a_campaign_wish(shop.now), actor_id=me, now=shop.now)
    with pytest.raises(NotAllowed):
        approve_campaign(session, campaign_id, actor_id=me, now=shop.now)
    with pytest.raises(BadCoupon):
        off(session, shop, "WELCOME", {"tea": 1})


def test_the_database_refuses_one_person_as_both(session, shop):
    campaign_id = add_campaign(session, now=shop.now)
    both = sa.update(CouponCampaign).values(approved_by_id=CouponCampaign.proposed_by_id)
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(both.where(CouponCampaign.id == campaign_id))


def test_the_same_form_proposes_once(session, shop):
    wish = a_campaign_wish(shop.now)
    ids = {propose_campaign(session, wish, actor_id=None, now=shop.now) for _ in range(3)}
    assert len(ids) == 1


def test_it_is_paused_goes_on_gets_more_time_and_ends(session, shop):
    campaign_id = add_campaign(session, now=shop.now)
    by = {"actor_id": a_person(session, now=shop.now), "now": shop.now}
    pause_campaign(session, campaign_id, "看看", **by)
    with pytest.raises(BadCoupon):
        off(session, shop, "WELCOME", {"tea": 1})
    resume_campaign(session, campaign_id, **by)
    extend_campaign(session, campaign_id, shop.now + timedelta(days=60), **by)
    assert off(session, shop, "WELCOME", {"tea": 1}) == 1_000
    end_campaign(session, campaign_id, "完了", **by)
    with pytest.raises(IllegalStep):
        resume_campaign(session, campaign_id, **by)
    with pytest.raises(Conflict):
        extend_campaign(session, campaign_id, shop.now + timedelta(days=90), **by)


def test_a_campaign_without_sense_is_refused_field_by_field(session, shop):
    wish = a_campaign_wish(
        shop.now, kind=CouponKind.PERCENT, amount_fen=None, percent=100, budget_fen=0, ends_at=shop.now, word="a!",
        reason=" ", scope=CouponScope.PRODUCTS, audience=CouponAudience.ACCOUNTS, most_per_person=0, name_en="",
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        propose_campaign(session, wish, actor_id=None, now=shop.now)
    assert set(refused.value.errors) == {
        "percent", "most_fen", "budget_fen", "last_day", "word", "reason", "targets", "accounts", "most_per_person",
        "name_en",
    }  # fmt: skip


def test_a_word_of_another_campaign_is_refused_however_it_is_written(session, shop):
    add_campaign(session, now=shop.now)
    with pytest.raises(InvalidInput):
        propose_campaign(session, a_campaign_wish(shop.now, word="we1-c0me"), actor_id=None, now=shop.now)


@pytest.mark.parametrize("scope", ["categories", "products", "villages", "sellers"])
def test_only_goods_of_its_scope_count(session, shop, scope):
    tea = session.get_one(Product, shop.products["tea"])
    add_product(session, shop, "nuts", price_fen=3_000)
    add_lot(session, shop, "nuts-li", "nuts", "li", units=9)
    fill_shelves(session, shop)
    targets = {
        "categories": tea.category_id, "products": tea.id, "villages": tea.village_id, "sellers": tea.seller_id,
    }  # fmt: skip
    add_campaign(
        session, now=shop.now, scope=CouponScope(scope), targets=(targets[scope],), minimum_fen=6_801
    )
    owner = an_account(session, now=shop.now)
    reaches_nuts = scope != "products"
    assert (off(session, shop, "WELCOME", {"tea": 1, "nuts": 1}, owner) > 0) is reaches_nuts


def test_whoever_has_ordered_is_no_first_buyer(session, shop, unit_of_work):
    add_campaign(session, now=shop.now, audience=CouponAudience.FIRST_ORDER)
    assert off(session, shop, "WELCOME", {"tea": 1}) == 1_000


def test_a_table_of_codes_gives_no_code(session, shop):
    campaign_id = add_campaign(session, now=shop.now, word="")
    codes = add_codes(session, campaign_id, 3, now=shop.now)
    kept = session.execute(sa.select(CouponCode.digest, CouponCode.word)).all()
    assert {row.word for row in kept} == {None}
    assert {row.digest for row in kept} == {digest_of(code) for code in codes}


def test_a_void_batch_holds_good_no_more(session, shop):
    campaign_id = add_campaign(session, now=shop.now, word="")
    first, second = add_codes(session, campaign_id, 2, now=shop.now)
    assert off(session, shop, first, {"tea": 1}) == 1_000
    batch_id = session.scalars(sa.select(CouponBatch.id)).one()
    void_batch(session, campaign_id, batch_id, actor_id=None, now=shop.now)
    with pytest.raises(BadCoupon):
        off(session, shop, second, {"tea": 1})


@pytest.fixture
def desk(client, shop, unit_of_work):
    person = make_person(unit_of_work, "admin@shop.example", roles=ADMIN)
    sign_in(client, person.email)
    return person


def codes_of(client, campaign_id, **typed):
    form = {"count": "3", "label": "迎新", "kind": "csv", "token": secret_token()} | typed
    return post(client, f"/admin/coupons/{campaign_id}/codes", "/account", **form)


def test_codes_are_in_the_file_that_makes_them_and_only_once(client, shop, session, desk):
    campaign_id = add_campaign(session, now=shop.now, word="")
    token = secret_token()
    answer = codes_of(client, campaign_id, token=token)
    heads, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert (len(heads), len(rows)) == (4, 3)
    assert answer.headers["Cache-Control"] == "no-store"
    assert off(session, shop, rows[0][1], {"tea": 1}) == 1_000
    session.rollback()
    again = codes_of(client, campaign_id, token=token)
    assert again.status_code == 303
    assert session.scalar(sa.select(sa.func.count(CouponCode.id))) == 3
    made = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "coupon.codes_made")).all()
    assert [(one.actor_id, one.facts["coupon_codes"]) for one in made] == [(desk.id, 3)]
    assert rows[0][1] not in str([one.facts for one in made])


def test_cards_are_printed(client, shop, session, desk):
    campaign_id = add_campaign(session, now=shop.now, word="")
    page = codes_of(client, campaign_id, kind="cards").text
    assert page.count('class="cc-card"') == 3


def test_a_campaign_is_proposed_through_its_form_and_another_person_begins_it(
    client, shop, session, desk, unit_of_work
):
    last = (shanghai_date(shop.now) + timedelta(days=20)).isoformat()
    form = {
        "token": secret_token(), "name_zh": "满减", "name_en": "Off", "kind": "amount", "amount_fen": "10", "scope": "all",
        "audience": "everyone", "most_per_person": "1", "budget_fen": "1,000", "bearer": "shop", "word": "minus10",
        "last_day": last, "reason": "试",
    }  # fmt: skip
    assert post(client, "/admin/coupons/new", "/account", **(form | {"last_day": ""})).status_code == 400
    answer = post(client, "/admin/coupons/new", "/account", **form)
    campaign = session.scalars(sa.select(CouponCampaign)).one()
    session.commit()
    assert answer.headers["Location"] == f"/admin/coupons/{campaign.id}"
    post(client, f"/admin/coupons/{campaign.id}/approve", "/account")
    session.refresh(campaign)
    assert campaign.state == "proposed"
    session.commit()
    client.delete_cookie("session")
    other = make_person(unit_of_work, "second@shop.example", roles=ADMIN)
    sign_in(client, other.email)
    post(client, f"/admin/coupons/{campaign.id}/approve", "/account")
    session.refresh(campaign)
    assert (campaign.state, campaign.amount_fen, campaign.budget_fen) == ("approved", 1_000, 100_000)
    assert "MINUS10" in client.get(f"/admin/coupons/{campaign.id}").text
    assert last_deed(session, "coupon.approved", "coupon_campaign", str(campaign.id), {}) is not None


def test_what_is_typed_wrong_is_said_and_kept(client, shop, desk):
    form = {
        "token": secret_token(), "name_zh": "满减", "name_en": "Off", "kind": "percent", "percent": "10", "scope": "products",
        "products": "no-such-tea", "audience": "everyone", "most_per_person": "1", "budget_fen": "1000", "bearer": "shop",
        "last_day": (shanghai_date(shop.now) + timedelta(days=9)).isoformat(), "reason": "试",
    }  # fmt: skip
    page = post(client, "/admin/coupons/new", "/account", **form)
    assert page.status_code == 400
    assert "找不到：no-such-tea" in page.text
    page = post(client, "/admin/coupons/new", "/account", **(form | {"products": "tea"}))
    assert "按比例优惠要填最多减多少" in page.text


def test_the_report_says_what_each_campaign_gave(client, shop, session, desk):
    add_campaign(session, now=shop.now, name_zh="秋季")
    page = client.get("/admin/reports/coupons").text
    assert "秋季" in page
