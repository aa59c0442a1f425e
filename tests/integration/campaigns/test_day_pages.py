"""The day of distribution through the pages: of the union, of a sub-union's representative, of a keeper, of a member."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from functools import partial
from uuid import uuid4

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, OrganisationMember, RoleName, User
from shop.accounts.passwords import hash_password
from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import close_campaigns
from shop.campaigns.day.models import Collector, Deadline, Handout, Leftover, Pile
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, CampaignUnit
from shop.campaigns.models import Campaign
from shop.campaigns.opening import open_campaign
from shop.delivery.models import PointKeeper
from shop.extensions import settings
from shop.kit.clock import shanghai_date, utc_now
from tests.conftest import OwnOriginClient
from tests.factories.campaign_days import code_of, unit_id
from tests.factories.campaigns import add_campaign, enrol, member_ids
from tests.factories.counting import counted_statements
from tests.factories.form_browser import FormBrowser
from tests.factories.organisations import add_union
from tests.factories.people import PASSWORD, make_person, sign_in
from tests.factories.small_shop import add_lot, add_product, fill_shelves, open_small_shop


@pytest.fixture
def union(session, unit_of_work):
    """Closed: four people of 机械分会, two of 后勤分会, all with the default package."""
    shop = open_small_shop(session, now=utc_now())
    add_product(session, shop, "honey", price_fen=8800, gross_g=700)
    for sku, producer in (("tea", "chen"), ("eggs", "wang"), ("honey", "yu")):
        add_lot(session, shop, f"{sku}-{producer}", sku, producer, units=500)
    fill_shelves(session, shop)
    buyer_id, organisation_id = add_union(session, now=shop.now)
    session.get_one(User, buyer_id).password_hash = hash_password(PASSWORD)
    made = add_campaign(session, shop, buyer_id, organisation_id)
    enrol(session, made, 4)
    enrol(session, made, 2, unit="后勤分会", first=50)
    open_campaign(session, made.campaign_id, actor_id=buyer_id, now=shop.now)
    session.commit()
    unit_of_work.run(partial(begin_closing, campaign_id=made.campaign_id, actor_id=buyer_id, now=shop.now))
    close_campaigns(unit_of_work, now=shop.now)
    the_day_is(session, shanghai_date(shop.now))
    return made


def the_day_is(session, day):
    session.rollback()
    session.execute(sa.update(Campaign).values(distribution_on=day))
    session.commit()


@pytest.fixture
def browse(app):
    def browse(email: str) -> FormBrowser:
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        if email:
            sign_in(client, email)
        return FormBrowser(client)

    return browse


@pytest.fixture
def organiser(browse, union):
    return browse("union.buyer@shop.example")


@pytest.fixture
def keeper(browse, session, unit_of_work, union):
    person = make_person(unit_of_work, "keeper@shop.example", roles=[RoleName.POINT_KEEPER])
    session.add(PointKeeper(user_id=person.id, pickup_point_id=union.shop.point_id))
    session.commit()
    return browse(person.email)


@pytest.fixture
def representative(browse, session, unit_of_work, union):
    person = make_person(unit_of_work, "zhou@shop.example")
    session.add(OrganisationMember(organisation_id=union.organisation_id, user_id=person.id, role="viewer"))
    session.scalars(
        sa.select(CampaignUnit).where(CampaignUnit.name == "后勤分会")
    ).one().organiser_id = person.id
    session.commit()
    return browse(person.email)


def day(union, rest=""):
    return f"/org/union/campaigns/{union.campaign_id}/day{rest}"


def handouts(session):
    return read(session, lambda: session.scalars(sa.select(Handout).order_by(Handout.id)).all())


def read(session, look):
    """What the look finds, with nothing left open in the database."""
    session.rollback()
    found = look()
    session.expunge_all()
    session.rollback()
    return found


def over(session, union):
    """The day was three weeks ago."""
    session.get_one(Campaign, union.campaign_id).distribution_on -= timedelta(days=21)
    session.commit()


def test_a_keeper_looks_a_code_up_and_hands_over(session, keeper, union):
    first = member_ids(session, union)[0]
    code = code_of(session, first)
    session.rollback()
    keeper.open("/point").send("/point/find", code=f"{code[:3]} {code[3:]}")
    assert keeper.path == "/point/pickup"
    assert "会员1" in keeper.text
    assert code not in keeper.text
    assert "¥" not in keeper.text
    keeper.send("/point/welfare/hand-over", collected_by="李同事")
    (handout,) = handouts(session)
    assert (handout.member_id, handout.with_code, handout.collected_by) == (first, True, "李同事")
    keeper.open("/point").send("/point/find", code=code)
    assert "已经交过" in keeper.text
    assert "李同事" in keeper.text


def test_wrong_codes_are_counted_for_welfare_as_for_parcels(session, keeper, union):
    right = code_of(session, member_ids(session, union)[0])
    session.rollback()
    for number in range(20):
        keeper.open("/point").send("/point/find", refused=404, code=f"{number:06}")
    keeper.open("/point").send("/point/find", refused=429, code=right)


def test_a_keeper_sees_own_campaigns_with_names_and_no_codes(session, keeper, union):
    keeper.open("/point/welfare").open(keeper.link(r"/point/welfare/\d+"))
    codes = [code_of(session, one) for one in member_ids(session, union)]
    assert "会员50" in keeper.text
    for hidden in (*codes, "¥", "A00050", "1390000"):
        assert hidden not in keeper.page
    keeper.open(f"/point/welfare/{union.campaign_id}", look="collected")
    assert "没有人" in keeper.text
    keeper.open(f"/point/welfare/{union.campaign_id}/sheet")
    assert "A00050" not in keeper.page


def test_a_keeper_elsewhere_sees_nothing_of_it(browse, unit_of_work, union):
    make_person(unit_of_work, "other@shop.example", roles=[RoleName.POINT_KEEPER])
    other = browse("other@shop.example")
    assert "没有" in other.open("/point/welfare").text
    for path in ("", "/sheet"):
        assert other.client.get(f"/point/welfare/{union.campaign_id}{path}").status_code == 404


def test_a_keepers_lists_cost_the_same_however_many_people_come(session, engine, keeper, union):
    def statements():
        with counted_statements(engine) as counted:
            keeper.open(f"/point/welfare/{union.campaign_id}")
        return len(counted)

    few = statements()
    enough = [
        CampaignMember(
            campaign_id=union.campaign_id, staff_number=f"B{one}", name="别人", enrolled_at=union.now
        )
        for one in range(5)
    ]
    session.add_all(enough)
    session.flush()
    first = member_ids(session, union)[0]
    for number, one in enumerate(enough):
        session.execute(
            sa.text(
                "INSERT INTO campaign_choices (member_id, package_id, pickup_point_id, slot_id, total_fen, allowance_fen,"
                " own_fen, freight_fen, chosen_by, chosen_at, changed_at, token, pickup_code) SELECT :member, package_id,"
                " pickup_point_id, NULL, total_fen, allowance_fen, own_fen, 0, chosen_by, chosen_at, changed_at, '', :code"
                " FROM campaign_choices WHERE member_id = :first"
            ),
            {"member": one.id, "code": f"90000{number}", "first": first},
        )
    session.commit()
    assert statements() == few


def send_kept(keeper, path, **fields):
    """A press of a phone that had no network."""
    client = keeper.client
    here = client.get("/point/actions", headers={"Accept": "application/json"}).json
    body = {"person": here["person"], "id": str(uuid4()), "path": path, "fields": fields,
            "at": 1_800_000_000_000 - 600_000, "sent_at": 1_800_000_000_000}  # fmt: skip
    return lambda: client.post("/point/actions", json=body, headers={"X-CSRFToken": here["token"]}).json


def test_what_was_handed_over_without_a_network_is_checked_when_it_comes(session, keeper, union):
    first, second, *_ = member_ids(session, union)
    codes = [code_of(session, one) for one in (first, second)]
    session.rollback()
    right = send_kept(keeper, "/point/welfare/hand-over", order=str(first), code=codes[0])
    assert right()["outcome"] == "applied"
    assert right()["known"]
    wrong = send_kept(keeper, "/point/welfare/hand-over", order=str(second), code=codes[0])()
    assert (wrong["outcome"], "会员2" in wrong["said"]) == ("refused", True)
    late = send_kept(keeper, "/point/welfare/hand-over", order=str(first), code=codes[0])()
    assert (late["outcome"], "会员1" in late["said"]) == ("refused", True)
    (handout,) = handouts(session)
    assert utc_now() - handout.handed_at > timedelta(minutes=9)
    noted = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == "campaign.press_unused")
    assert read(session, lambda: session.scalar(noted)) == 2


def test_a_keeper_gives_a_pile_away_and_undoes_it(session, keeper, union):
    unit = unit_id(session, union)
    session.rollback()
    keeper.open(f"/point/welfare/{union.campaign_id}")
    action = f"/point/welfare/{union.campaign_id}/units/{unit}/pile"
    keeper.send(action, taken_by="周代表")
    pile = read(session, lambda: session.scalars(sa.select(Pile)).one())
    assert (pile.people, pile.taken_by, pile.way) == (2, "周代表", "point")
    assert "周代表" in keeper.text
    keeper.send(f"/point/welfare/piles/{pile.id}/undo", reason="数错了")
    assert session.get_one(Pile, pile.id, populate_existing=True).undone_reason == "数错了"


def test_a_keeper_undoes_a_handover_with_a_reason(session, keeper, union):
    first = member_ids(session, union)[0]
    code = read(session, partial(code_of, session, first))
    keeper.open("/point").send("/point/find", code=code).send("/point/welfare/hand-over")
    keeper.open(f"/point/welfare/{union.campaign_id}", look="collected")
    keeper.send(f"/point/welfare/members/{first}/undo", reason="给错人了")
    assert handouts(session)[0].undone_reason == "给错人了"


def test_the_union_hands_over_by_code_with_one_press(session, organiser, union):
    first = member_ids(session, union)[0]
    code = code_of(session, first)
    session.rollback()
    organiser.open(day(union)).send(day(union, "/by-code"), code=code, collected_by="")
    assert (handouts(session)[0].way, handouts(session)[0].with_code) == ("organiser", True)
    organiser.send(day(union, "/by-code"), code=code)
    assert "已经" in organiser.text
    organiser.send(day(union, "/by-code"), refused=404, code="000000", collected_by="王某")
    assert 'value="王某"' in organiser.page
    organiser.open(day(union)).send(day(union, f"/members/{first}/undo"), reason="还没给")
    assert handouts(session)[0].undone_at is not None


def test_a_representative_takes_the_pile_and_gives_each_theirs(session, representative, union):
    *_, last = member_ids(session, union)
    unit = unit_id(session, union)
    session.rollback()
    representative.open(day(union))
    assert "会员1 " not in representative.text
    representative.send(day(union, f"/units/{unit}/pile"), taken_by="周代表")
    representative.send(day(union, f"/members/{last}/hand-over"), collected_by="")
    (handout,) = handouts(session)
    assert (handout.way, handout.with_code) == ("representative", False)
    assert representative.client.get(day(union, "/sheet")).status_code == 200
    stranger = member_ids(session, union)[0]
    session.rollback()
    token = re.search(r'name="csrf_token" value="([^"]+)"', representative.page)[1]
    answer = representative.client.post(
        day(union, f"/members/{stranger}/hand-over"), data={"csrf_token": token}
    )
    assert answer.status_code == 404


def test_who_only_reads_sees_lists_without_buttons(browse, session, unit_of_work, union):
    person = make_person(unit_of_work, "viewer@shop.example")
    session.add(OrganisationMember(organisation_id=union.organisation_id, user_id=person.id, role="viewer"))
    session.commit()
    viewer = browse(person.email)
    viewer.open(day(union))
    assert "会员1" in viewer.text
    assert "hand-over" not in viewer.page
    for path in ("/sheet", "/sheet.xlsx"):
        assert viewer.client.get(day(union, path)).status_code == 404


def post_to(browser, action):
    """A button that leads elsewhere than its form."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.page)[1]
    assert f'formaction="{action}"' in browser.page
    assert browser.client.post(action, data={"csrf_token": token}).status_code == 303


def test_strangers_get_nothing(browse, unit_of_work, union):
    make_person(unit_of_work, "stranger@shop.example")
    stranger = browse("stranger@shop.example")
    for path in (day(union), day(union, "/sheet"), day(union, "/sheet.csv"), day(union)[:-4] + "/leftovers"):
        assert stranger.client.get(path).status_code == 404, path


def test_the_sheet_is_to_be_signed_and_then_says_what_was_recorded(session, organiser, union):
    first = member_ids(session, union)[0]
    session.rollback()
    organiser.open(day(union)).send(day(union, f"/members/{first}/hand-over"), collected_by="李同事")
    organiser.open(day(union, "/sheet"))
    assert "签领表" in organiser.text
    assert "A00050" in organiser.text
    assert "李同事" in organiser.text
    organiser.open(day(union, "/sheet"), unit=read(session, partial(unit_id, session, union)))
    assert "会员51" in organiser.text
    assert "会员1" not in organiser.text
    content = organiser.download(day(union, "/sheet.xlsx"))
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [str(one) for one in range(1, 7)]
    assert {"李同事"} <= {row[9] for row in rows}


def test_reminder_and_deadline_are_one_press_each(session, organiser, union):
    organiser.open(day(union)).send(day(union, "/remind"))
    assert "6" in organiser.text
    organiser.send(day(union, "/remind"))
    assert "今天" in organiser.text
    later = shanghai_date(utc_now()) + timedelta(days=40)
    organiser.send(day(union, "/deadline"), day=later.isoformat())
    assert read(session, lambda: session.scalars(sa.select(Deadline.collect_until)).one()) == later
    organiser.send(day(union, "/deadline"), day="2001-01-01")
    assert session.scalars(sa.select(Deadline.collect_until)).one() == later


def test_what_is_left_over_is_decided_after_the_deadline_and_corrected(session, organiser, union):
    home = day(union)[:-4] + "/leftovers"
    first = member_ids(session, union)[0]
    session.rollback()
    organiser.open(home)
    assert f'action="{home}' in organiser.page
    assert 'name="decision"' not in organiser.page
    over(session, union)
    organiser.open(home).send(home, refused=400, decision="donated", member=str(first), reason="")
    organiser.send(home, refused=400, decision="donated", member=str(first), reason="放久了", given_to="")
    assert "放久了" in organiser.page
    organiser.send(home, decision="donated", member=str(first), reason="放久了", given_to="山区小学")
    organiser.open(home, look="gone")
    assert "山区小学" in organiser.text
    post_to(organiser, f"{home}/{first}/back")
    organiser.open(home).send(home, decision="shop", everybody="y", reason="没人来领")
    standing = sa.select(sa.func.count(Leftover.id)).where(Leftover.corrected_at.is_(None))
    assert session.scalar(standing) == 6
    session.rollback()
    organiser.open(f"/org/union/campaigns/{union.campaign_id}")
    assert "× 6" in organiser.text


def test_a_member_names_a_colleague_and_sees_what_became_of_it(app, session, browse, organiser, union):
    first = member_ids(session, union)[0]
    with app.app_context():
        key = link_key(session.get_one(CampaignMember, first), settings().secret_key)
    code = code_of(session, first)
    session.rollback()
    here = f"/org/campaigns/by-link/{key}"
    guest = browse("")
    guest.open(here)
    assert code in guest.text
    guest.send(f"{here}/collector", name="李同事")
    assert read(session, lambda: session.scalars(sa.select(Collector.name)).one()) == "李同事"
    organiser.open(day(union))
    assert "李同事" in organiser.text
    organiser.send(day(union, "/by-code"), code=code, collected_by="李同事")
    guest.open(here)
    assert "李同事" in guest.text
    assert "/collector" not in guest.page


def test_on_the_day_the_organiser_names_another_representative(session, union, browse):
    session.execute(sa.update(CampaignUnit).values(most_people=9, most_fen=1_000_050))
    session.execute(sa.update(User).values(confirmed_at=union.now))
    session.commit()
    unit = unit_id(session, union, "机械分会")
    session.rollback()
    address = f"/org/union/campaigns/{union.campaign_id}/units/{unit}"
    organiser = browse("union.buyer@shop.example")
    organiser.open(address).send(address, organiser="union.buyer@shop.example")
    kept = session.get_one(CampaignUnit, unit, populate_existing=True)
    assert (kept.organiser_id, kept.most_people, kept.most_fen) == (union.buyer_id, 9, 1_000_050)
    session.rollback()
    organiser.open(address).send(address, refused=400, most_people="10")
    assert "额度不能再改" in organiser.text
