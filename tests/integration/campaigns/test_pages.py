"""A campaign from the draft to the order, through the forms of organiser, sub-union and member."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, User
from shop.accounts.passwords import hash_password
from shop.campaigns.closing import close_campaigns
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.opening import open_campaign
from shop.kit.clock import in_shanghai, utc_now
from tests.conftest import OwnOriginClient
from tests.factories.campaigns import a_table, add_campaign, enrol, member_ids
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
