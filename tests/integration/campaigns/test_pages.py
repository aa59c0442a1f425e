"""A campaign from the draft to the order, through the forms of organiser, sub-union and member."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import Span, SpendingLimit
from shop.accounts.passwords import hash_password
from shop.accounts.terms_models import OrganisationTerms
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.closing import close_campaigns, take_step
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignPackage, CampaignSlot, CampaignState
from shop.campaigns.opening import open_campaign
from shop.kit.clock import in_shanghai, utc_now
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment
from shop.payments.terms.debts import open_debts
from tests.conftest import OwnOriginClient
from tests.factories.campaigns import (
    a_choice,
    a_table,
    add_campaign,
    add_second_point,
    choose_by_link,
    enrol,
    member_ids,
    set_cap,
)
from tests.factories.form_browser import FormBrowser
from tests.factories.organisations import add_union
from tests.factories.people import PASSWORD, make_person, sign_in
from tests.factories.small_shop import add_lot, add_product, fill_shelves, open_small_shop

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def shop(session):
    shop = open_small_shop(session, now=utc_now())
    add_product(session, shop, "honey", price_fen=8800, gross_g=700)
    for sku, producer in (("tea", "chen"), ("eggs", "wang"), ("honey", "yu")):
        add_lot(session, shop, f"{sku}-{producer}", sku, producer, units=500)
    fill_shelves(session, shop)
    session.commit()
    return shop


@pytest.fixture
def buyer_id(session, shop):
    buyer_id, _organisation_id = add_union(session, now=shop.now)
    buyer = session.get_one(User, buyer_id)
    buyer.password_hash, buyer.confirmed_at = hash_password(PASSWORD), utc_now()
    session.commit()
    return buyer_id


@pytest.fixture
def organiser(client, buyer_id):
    sign_in(client, "union.buyer@shop.example")
    return FormBrowser(client)


@pytest.fixture
def union(session, shop, buyer_id):
    organisation_id = session.scalar(
        sa.select(OrganisationMember.organisation_id).where(OrganisationMember.user_id == buyer_id)
    )
    made = add_campaign(session, shop, buyer_id, organisation_id)
    enrol(session, made, 4)
    open_campaign(session, made.campaign_id, actor_id=buyer_id, now=shop.now)
    session.commit()
    return made


def local(moment):
    return f"{in_shanghai(moment):%Y-%m-%dT%H:%M}"


def somebody(app, unit_of_work, email):
    browser = OwnOriginClient(app, app.response_class, use_cookies=True)
    person = make_person(unit_of_work, email)
    sign_in(browser, email)
    return FormBrowser(browser), person.id


def path(union, rest=""):
    return f"/org/union/campaigns/{union.campaign_id}{rest}"


def test_a_union_sets_up_a_campaign_opens_it_and_a_member_chooses(session, shop, organiser):
    day = in_shanghai(shop.now + timedelta(days=6)).date()
    organiser.open("/org/union/campaigns").open(organiser.link(r"/org/union/campaigns/new"))
    organiser.send(
        "/org/union/campaigns/new",
        title="元旦福利",
        allowance_fen="200",
        opens_at=local(shop.now - timedelta(minutes=5)),
        closes_at=local(shop.now + timedelta(days=1)),
        distribution_on=day.isoformat(),
        contact="周老师",
        contact_phone="13800001234",
        free_choice="y",
    )
    home = organiser.path
    tea, eggs = shop.variants["tea"], shop.variants["eggs"]
    for variant_id in (tea, eggs):
        organiser.open(f"{home}/offer")
        post_of(organiser, f"{home}/goods/add", variant_id=str(variant_id))
    organiser.open(f"{home}/offer").send(
        f"{home}/packages", name="茶蛋篮", **{f"u-{tea}": "1", f"u-{eggs}": "1"}, is_default="on"
    )
    starts = shop.now + timedelta(days=6, hours=3)
    organiser.open(f"{home}/places").send(
        f"{home}/places",
        point_id=str(shop.point_id),
        starts_at=local(starts),
        ends_at=local(starts + timedelta(hours=1)),
        capacity="10",
    )
    send_table(organiser, home, a_table(2))
    organiser.open(home)
    organiser.send(f"{home}/open")
    campaign = session.scalar(sa.select(Campaign))
    assert campaign.state is CampaignState.OPEN
    organiser.open(f"{home}/preview")


def token_of(browser):
    return re.search(r'name="csrf_token" value="([^"]+)"', browser.page)[1]


def post_of(browser, action, **fields):
    """One of several forms with the same action."""
    answer = browser.client.post(action, data=fields | {"csrf_token": token_of(browser)})
    assert answer.status_code == 303
    return browser.open(answer.location)


def send_table(browser, home, content, *, refused=0):
    browser.open(f"{home}/members/import")
    data = {
        "csrf_token": token_of(browser),
        "extent": "part",
        "file": (io.BytesIO(content), "members.csv"),
    }
    answer = browser.client.post(f"{home}/members/import", data=data, content_type="multipart/form-data")
    browser.page, browser.path = answer.text, f"{home}/members/import"
    assert answer.status_code == (refused or 200)
    if not refused:
        browser.send(f"{home}/members/import/confirm")


def test_every_mistake_of_a_table_is_told_and_nothing_is_written(session, organiser, union):
    table = "工号,姓名,手机号,邮箱\nB1,,12345,x\nA00002,李四,13900000002,\nA00002,李五,,\n".encode()
    before = len(member_ids(session, union))
    session.rollback()
    send_table(organiser, path(union), table, refused=400)
    for words in ("2", "4"):
        assert words in organiser.text
    assert len(member_ids(session, union)) == before


def test_a_member_with_an_account_chooses_in_one_form(session, app, unit_of_work, union):
    browser, user_id = somebody(app, unit_of_work, "lin@shop.example")
    (first, *_) = member_ids(session, union)
    session.get_one(CampaignMember, first).user_id = user_id
    session.commit()
    address = f"/org/campaigns/{union.campaign_id}/choose"
    browser.open(address).send(address, package=str(union.packages["蜜蛋篮"]), slot=str(union.slots[0]))
    choice = session.get_one(Choice, first, populate_existing=True)
    assert (choice.chosen_by, choice.actor_id, choice.total_fen) == (ChosenBy.MEMBER, user_id, 14_700)
    session.rollback()
    honey = union.shop.variants["honey"]
    browser.open(address).send(
        address, refused=400, package="free", slot=str(union.slots[0]), **{f"u-{honey}": "3"}
    )
    assert "64.00" in browser.text
    assert session.get_one(Choice, first, populate_existing=True).total_fen == 14_700


def test_a_page_that_was_opened_is_counted(session, app, unit_of_work, union):
    browser, user_id = somebody(app, unit_of_work, "lin@shop.example")
    (first, *_) = member_ids(session, union)
    session.get_one(CampaignMember, first).user_id = user_id
    session.commit()
    browser.open(f"/org/campaigns/{union.campaign_id}/choose").send(
        f"/org/campaigns/{union.campaign_id}/seen"
    )
    assert session.get_one(CampaignMember, first, populate_existing=True).opened_at is not None


def test_nobody_else_sees_a_campaign_or_chooses_in_it(app, unit_of_work, union):
    browser, _ = somebody(app, unit_of_work, "stranger@shop.example")
    for address in (
        path(union),
        path(union, "/members"),
        path(union, "/choices.csv"),
        f"/org/campaigns/{union.campaign_id}",
        f"/org/campaigns/{union.campaign_id}/choose",
    ):
        assert browser.client.get(address).status_code == 404, address


def test_a_personal_link_opens_one_choice_and_can_be_taken_back(session, app, organiser, union):
    (first, second, *_) = member_ids(session, union)
    session.rollback()
    organiser.open(path(union, f"/members/{first}"))
    link = re.search(r'cg-link">([^<]+)<', organiser.page)[1]
    guest = FormBrowser(OwnOriginClient(app, app.response_class, use_cookies=True))
    address = link[link.index("/org/") :]
    guest.open(address).send(address, package=str(union.packages["蜜蛋篮"]), slot=str(union.slots[1]))
    assert session.get_one(Choice, first, populate_existing=True).chosen_by is ChosenBy.LINK
    assert session.get(Choice, second) is None
    session.rollback()
    organiser.send(path(union, f"/members/{first}/link"))
    assert guest.client.get(address).status_code == 404
    forged = address[:-1] + ("0" if address[-1] != "0" else "1")
    assert guest.client.get(forged).status_code == 404


def test_a_sub_unions_organiser_sees_and_reminds_only_their_own(session, app, unit_of_work, union):
    browser, user_id = somebody(app, unit_of_work, "zhou@shop.example")
    enrol(session, union, 2, unit="后勤分会", first=50)
    session.add(OrganisationMember(organisation_id=union.organisation_id, user_id=user_id, role="viewer"))
    session.scalar(sa.select(CampaignUnit).where(CampaignUnit.name == "后勤分会")).organiser_id = user_id
    session.commit()
    browser.open(path(union, "/members"))
    assert "会员50" in browser.text
    assert "会员1" not in browser.text.replace("会员50", "").replace("会员51", "")
    browser.open(path(union)).send(path(union, "/remind"))
    reminded = session.scalars(
        sa.select(CampaignMember.staff_number).where(CampaignMember.to_tell == "reminder")
    )
    assert sorted(reminded) == ["A00050", "A00051"]
    assert browser.client.get(path(union, "/close")).status_code == 404


def test_nobody_is_reminded_twice_a_day(session, organiser, union):
    organiser.open(path(union)).send(path(union, "/remind"))
    organiser.open(path(union)).send(path(union, "/remind"))
    assert "今天" in organiser.text


def test_the_organiser_exports_who_chose_what(session, organiser, union):
    content = organiser.download(path(union, "/choices.xlsx"))
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["A00001", "A00002", "A00003", "A00004"]


def test_the_campaign_is_closed_after_a_dry_run(session, unit_of_work, organiser, union):
    organiser.open(path(union)).open(path(union, "/close"))
    organiser.send(path(union, "/close"), seen="1")
    close_campaigns(unit_of_work, now=utc_now())
    assert session.get_one(Campaign, union.campaign_id, populate_existing=True).state is CampaignState.CLOSED
    organiser.open(path(union))


def test_the_organiser_chooses_for_somebody_and_it_is_kept_who_did(session, organiser, union, buyer_id):
    (first, *_) = member_ids(session, union)
    session.rollback()
    address = path(union, f"/members/{first}/choose")
    organiser.open(address).send(address, package=str(union.packages["茶蛋篮"]), slot=str(union.slots[0]))
    choice = session.get_one(Choice, first, populate_existing=True)
    assert (choice.chosen_by, choice.actor_id) == (ChosenBy.PROXY, buyer_id)


def test_documents_are_judged_by_what_they_are(organiser, union):
    home = path(union)
    for content, words in ((PDF, "minutes.pdf"), (b"MZ evil", "PDF")):
        organiser.open(home)
        data = {
            "csrf_token": token_of(organiser),
            "kind": "minutes",
            "file": (io.BytesIO(content), "minutes.pdf"),
        }
        answer = organiser.client.post(f"{home}/papers", data=data, content_type="multipart/form-data")
        organiser.open(answer.location)
        assert words in organiser.text
    assert organiser.download(organiser.link(rf"{home}/papers/\d+")) == PDF


def test_a_sub_union_gets_an_organiser_and_a_quota(session, organiser, union):
    unit_id = session.scalar(sa.select(CampaignUnit.id))
    session.rollback()
    address = path(union, f"/units/{unit_id}")
    organiser.open(address).send(
        address, organiser="union.buyer@shop.example", most_people="5", most_fen="900"
    )
    unit = session.get_one(CampaignUnit, unit_id, populate_existing=True)
    assert (unit.most_people, unit.most_fen) == (5, 90_000)
    session.rollback()
    organiser.open(address).send(address, refused=400, most_people="1")


def test_a_short_harvest_is_decided_on_the_organisers_page(session, organiser, union):
    session.execute(sa.text("UPDATE lots SET available = 0, declared = 0"))
    session.commit()
    organiser.open(path(union))
    variant_id = union.shop.variants["tea"]
    post_of(organiser, path(union, "/limit"), variant_id=str(variant_id), limit="first_come", units="2")
    organiser.open(path(union))
    assert "2" in organiser.text


def test_a_late_member_is_added_and_a_full_sub_union_refuses(session, organiser, union):
    home = path(union, "/members")
    organiser.open(home).send(home, number="C1", name="晚来的", unit="机械分会", phone="13700000001")
    session.execute(sa.update(CampaignUnit).values(most_people=5))
    session.commit()
    organiser.open(home).send(home, refused=409, number="C2", name="再来的", unit="机械分会")


def test_the_dry_run_of_a_draft_without_a_default_package_is_a_page(session, shop, organiser, buyer_id):
    organisation_id = session.scalar(
        sa.select(OrganisationMember.organisation_id).where(OrganisationMember.user_id == buyer_id)
    )
    made = add_campaign(session, shop, buyer_id, organisation_id)
    session.execute(sa.update(CampaignPackage).values(is_default=False))
    session.commit()
    assert "元旦福利" in organiser.open(path(made, "/close")).text


@pytest.mark.parametrize("typed", ["-1", "999999999999", "100", "一打", "1.5"])
def test_a_quantity_that_makes_no_sense_is_said_and_stays_as_it_was_typed(
    session, shop, organiser, buyer_id, typed
):
    organisation_id = session.scalar(
        sa.select(OrganisationMember.organisation_id).where(OrganisationMember.user_id == buyer_id)
    )
    made = add_campaign(session, shop, buyer_id, organisation_id)
    session.commit()
    tea, eggs = shop.variants["tea"], shop.variants["eggs"]
    organiser.open(path(made, "/offer")).send(
        path(made, "/packages"), refused=400, name="新篮", **{f"u-{tea}": typed, f"u-{eggs}": "1"}
    )
    assert "99" in organiser.text
    assert f'value="{typed}"' in organiser.page
    assert 'value="新篮"' in organiser.page
    assert session.scalar(sa.select(sa.func.count(CampaignPackage.id))) == 2


def test_after_the_close_the_page_says_what_everybody_got(session, unit_of_work, organiser, union):
    first, *_ = member_ids(session, union)
    choose_by_link(session, union, first, a_choice(union))
    session.execute(sa.update(CampaignUnit).values(most_fen=14_700 + 2 * 12_700))
    session.commit()
    organiser.open(path(union, "/close"))
    assert "会员4" in organiser.text, "who will get nothing is named before"
    organiser.send(path(union, "/close"), seen="1")
    close_campaigns(unit_of_work, now=utc_now())
    page = organiser.open(path(union)).text
    for gone in ("还没打开", "还没选", "关单后才算数"):
        assert gone not in page
    assert "3 / 4 人有福利" in page
    organiser.open(path(union, "/members"), look="nothing")
    assert "会员4" in organiser.text
    assert "会员3" not in organiser.text


def test_after_the_close_the_page_says_what_to_transfer_to_whom(session, unit_of_work, organiser, union):
    """Of two orders, one is to come to another account: two transfers, each with its sum and reference."""
    add_second_point(session, union)
    first, second, *_ = member_ids(session, union)
    wish = a_choice(union)
    choose_by_link(session, union, first, wish)
    there = session.scalar(sa.select(sa.func.max(CampaignSlot.id)))
    choose_by_link(session, union, second, replace(wish, slot_id=there))
    session.commit()
    assert "待转账" not in organiser.open(path(union)).text
    organiser.open(path(union, "/close"))
    organiser.send(path(union, "/close"), seen="1")
    close_campaigns(unit_of_work, now=utc_now())
    session.rollback()
    debts = open_debts(session, union.organisation_id)
    session.rollback()
    page = organiser.open(path(union)).text
    assert len(debts) == 2
    assert "一笔转账即可付清" in page
    assert all(one.reference in page for one in debts)
    other = {"payee": "另一合作社", "bank": "农行", "number": "6228"}
    session.execute(sa.update(Payment).where(Payment.id == debts[0].payment_id).values(request=other))
    session.commit()
    page = organiser.open(path(union)).text
    assert "另一合作社" in page
    assert "按账户各转一笔" in page


def test_a_close_that_waits_half_done_says_what_stands(session, unit_of_work, organiser, union):
    add_second_point(session, union)
    first, *_ = member_ids(session, union)
    choose_by_link(session, union, first, a_choice(union, slot=2))
    session.commit()
    organiser.open(path(union, "/close")).send(path(union, "/close"), seen="1")
    while OrderStatus.CONFIRMED not in session.scalars(sa.select(Order.status)).all():
        session.rollback()
        unit_of_work.run(lambda s: take_step(s, union.campaign_id, now=utc_now()))
    session.execute(sa.update(OrganisationTerms).values(limit_fen=100))
    session.commit()
    close_campaigns(unit_of_work, now=utc_now())
    page = organiser.open(path(union)).text
    assert "2 单中 1 单已受理，继续有效" in page
    assert "什么也没下" not in page


def test_a_campaign_is_called_off_with_a_reason_that_members_read(
    session, app, unit_of_work, organiser, union
):
    browser, user_id = somebody(app, unit_of_work, "lin@shop.example")
    (first, *_) = member_ids(session, union)
    session.get_one(CampaignMember, first).user_id = user_id
    session.commit()
    organiser.open(path(union)).send(path(union, "/call-off"), reason="改到春节一起发")
    assert "改到春节一起发" in organiser.text
    assert "改到春节一起发" in browser.open(f"/org/campaigns/{union.campaign_id}/choose").text


def test_an_open_campaign_is_corrected_and_what_members_would_lose_is_refused(session, organiser, union):
    organiser.open(path(union, "/edit")).send(path(union, "/edit"), refused=400, allowance_fen="100")
    organiser.open(path(union, "/edit")).send(path(union, "/edit"), allowance_fen="260", title="双节福利")
    campaign = session.get_one(Campaign, union.campaign_id, populate_existing=True)
    assert (campaign.allowance_fen, campaign.title) == (26_000, "双节福利")


def test_a_draft_warns_of_what_cannot_be_used_or_ordered(session, shop, organiser, buyer_id):
    organisation_id = session.scalar(
        sa.select(OrganisationMember.organisation_id).where(OrganisationMember.user_id == buyer_id)
    )
    made = add_campaign(session, shop, buyer_id, organisation_id)
    enrol(session, made, 4)
    set_cap(session, 150, now=shop.now)
    session.execute(sa.update(OrganisationTerms).values(limit_fen=50_000))
    session.commit()
    page = organiser.open(path(made)).text
    assert "谁都用不完" in page
    assert "挂账额度只剩" in page


def test_a_bill_above_a_limit_is_approved_on_the_campaigns_page(
    session, app, unit_of_work, organiser, union, buyer_id
):
    browser, approver = somebody(app, unit_of_work, "approver@shop.example")
    organisation_id = session.scalar(
        sa.select(OrganisationMember.organisation_id).where(OrganisationMember.user_id == buyer_id)
    )
    session.add(OrganisationMember(organisation_id=organisation_id, user_id=approver, role="approver"))
    session.add(SpendingLimit(organisation_id=organisation_id, span=Span.ORDER, limit_fen=100))
    session.commit()
    organiser.open(path(union, "/close")).send(path(union, "/close"), seen="1")
    assert "等候审批" in organiser.text
    assert path(union) in browser.open("/org/union/approvals").page
    browser.open(path(union))
    (approval_id,) = session.scalars(sa.select(CampaignApproval.id))
    session.rollback()
    browser.send(path(union, f"/approvals/{approval_id}/approve"))
    close_campaigns(unit_of_work, now=utc_now())
    assert session.get_one(Campaign, union.campaign_id, populate_existing=True).state is CampaignState.CLOSED
