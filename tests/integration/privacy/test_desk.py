"""The privacy desk: who asks is answered in time, two admins erase, and nobody opens a file unseen."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop import jobs
from shop.accounts.campus.identities import link_identity
from shop.accounts.campus.models import Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.models import (
    AuditEntry,
    Consent,
    Organisation,
    OrganisationMember,
    RoleName,
    SignInSession,
    User,
)
from shop.accounts.page_texts import set_page_text
from shop.accounts.privacy_models import AboutWhat, AskedFor, PrivacyRequest, RequestStatus
from shop.catalogue.models import Household, Producer, ProducerMember
from shop.kit.clock import utc_now
from shop.ordering.cancellation import cancel_unpaid
from shop.ordering.models import Order, OrderStatus
from shop.privacy.asking import ask
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import make_person, post, sign_in
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}
_PERSON = CampusPerson(Provider.CAS, "https://cas", "x", number="20120355")


@pytest.fixture
def buyer(unit_of_work):
    return make_person(unit_of_work, "lin@example.com")


@pytest.fixture
def second(desk_of):
    return desk_of("second", RoleName.ADMIN)


@pytest.fixture
def guest_order(place):
    """Of somebody without an account."""
    return place({"tea": 2}).number


def one(see) -> PrivacyRequest:
    return see(sa.select(PrivacyRequest).order_by(PrivacyRequest.id.desc()))[0]


def written(desk, **fields: str) -> str:
    answer = desk.post("/admin/privacy/new", **fields)
    assert answer.status_code == 303, answer.text[-2000:]
    return answer.location.rsplit("/", 1)[1]


def test_what_somebody_asks_stands_in_the_inbox_until_it_is_answered_and_the_answer_reaches_them(
    app, admin, client, buyer, see, unit_of_work
):
    sign_in(client, buyer.email)
    here = "/account/privacy"
    for _ in range(2):
        sent = post(client, f"{here}/requests", here, kind="objection", text="别再发短信", contact="办公室")
        assert sent.status_code == 303
    assert len(see(sa.select(PrivacyRequest))) == 1, "asked twice, it is one"
    number = one(see).number
    assert number in admin.get("/admin").text
    assert "Overdue" not in admin.get("/admin/privacy").text
    late = utc_now() + timedelta(days=40)
    with app.app_context(), time_machine.travel(late):
        unit_of_work.run(sign_anew)
        assert "Overdue" in admin.get("/admin/privacy").text
        assert "Overdue: answer today" in admin.get("/admin").text
    path = f"/admin/privacy/requests/{number}"
    assert admin.post(f"{path}/answer", answer=" ").status_code == 400
    assert admin.post(f"{path}/take").status_code == 303
    assert admin.post(f"{path}/answer", answer="关掉了").status_code == 303
    assert "关掉了" in client.get(here).text
    assert number not in admin.get("/admin").text
    told = [row.payload["message"] for row in see(sa.select(OutboxMessage))]
    assert told.count("privacy_answered") == 1
    trail = see(sa.select(AuditEntry.action).where(AuditEntry.subject_id == number).order_by(AuditEntry.id))
    assert trail == ["privacy.asked", "privacy.taken", "privacy.answered"]
    assert "别再发短信" not in str(see(sa.select(AuditEntry.facts)))


def sign_anew(session) -> None:
    """A session outlives the days that the test jumps over."""

    far = utc_now() + timedelta(days=60)
    session.execute(sa.update(SignInSession).values(last_seen_at=utc_now(), expires_at=far))


def test_a_request_is_its_askers_own(app, client, buyer, unit_of_work, see, admin):
    other = make_person(unit_of_work, "other@example.com")
    about = {"text": "x", "asked_by_id": other.id, "now": utc_now()}
    number = unit_of_work.run(
        lambda session: ask(session, AskedFor.OBJECTION, AboutWhat.USER, str(other.id), **about).number
    )
    sign_in(client, buyer.email)
    assert number not in client.get("/account/privacy").text
    answer = post(client, f"/account/privacy/requests/{number}/withdraw", "/account/privacy")
    assert answer.status_code == 404
    assert one(see).status is RequestStatus.OPEN


def test_what_an_admin_wrote_down_of_others_is_in_nobody_elses_copy_and_can_be_called_off_by_its_person(
    admin, second, client, buyer, see
):
    number = written(admin, kind="erasure", about="user", whose=buyer.email, text="来电要求注销", contact="")
    for desk, step in ((admin, "propose"), (second, "agree")):
        desk.post(f"/admin/privacy/requests/{number}/{step}")
    pack = zipfile.ZipFile(io.BytesIO(admin.post("/account/privacy/copy").data))
    assert "来电要求注销" not in pack.read("copy.json").decode()
    sign_in(client, buyer.email)
    here = "/account/privacy"
    assert post(client, f"{here}/requests/{number}/withdraw", here).status_code == 303
    assert one(see).status is RequestStatus.WITHDRAWN


def test_an_admin_erases_a_guests_order_only_with_a_reason_and_a_second_admin(
    app, admin, second, guest_order, see, unit_of_work
):
    wanted = {"kind": "erasure", "about": "order", "whose": guest_order, "contact": ""}
    assert admin.post("/admin/privacy/new", **wanted, text="").status_code == 400
    missing = admin.post("/admin/privacy/new", **wanted | {"whose": "261122-0000-0000"}, text="来电要求")
    assert missing.status_code == 400
    number = written(admin, **wanted, text="来电要求删除")
    path = f"/admin/privacy/requests/{number}"
    admin.post(f"{path}/propose")
    assert "not completed yet" in admin.get(path).text, "the order is still open"
    assert one(see).status is RequestStatus.OPEN
    call_off(unit_of_work, guest_order)
    admin.post(f"{path}/propose")
    admin.post(f"{path}/agree")
    assert one(see).status is RequestStatus.PROPOSED, "nobody agrees to their own"
    assert "Waits for a second person" in second.get("/admin").text
    second.post(f"{path}/agree")
    assert one(see).status is RequestStatus.WAITING
    after = utc_now() + timedelta(days=7, minutes=1)
    with app.app_context(), time_machine.travel(after):
        assert jobs.run_job("erase_people") == 1
        assert jobs.run_job("erase_people") == 0
    (order,) = see(sa.select(Order).where(Order.number == guest_order))
    assert (order.recipient, order.phone, order.email, order.note) == ("", "", None, "")
    assert order.total_fen > 0
    assert (one(see).status, one(see).text) == (RequestStatus.DONE, "")


def call_off(unit_of_work, number: str) -> None:

    def work(session) -> None:
        order = session.scalars(sa.select(Order).where(Order.number == number)).one()
        cancel_unpaid(session, order.id, reason="cancelled_by_buyer", now=utc_now())

    unit_of_work.run(work)


def test_a_guest_takes_a_copy_and_asks_by_the_signed_link_alone(app, client, guest_order, see):
    here = f"/orders/{guest_order}/data"
    assert client.get(here).status_code == 404
    open_as_guest(app, client, guest_order)
    assert "Download my data" in client.get(here, headers=ENGLISH).text
    pack = post(client, f"{here}/copy", here)
    assert (pack.status_code, pack.content_type) == (200, "application/zip")
    assert post(client, f"{here}/requests", here, kind="erasure", text="").status_code == 400
    assert post(client, f"{here}/requests", here, kind="erasure", text="请删掉").status_code == 303
    assert (one(see).about, one(see).about_id) == (AboutWhat.ORDER, guest_order)


def test_a_household_sees_who_opened_its_file_and_the_reason_is_asked_once_in_half_an_hour(
    app, admin, desk_of, shop, see, unit_of_work
):
    household_id = shop.households["li"]
    path = f"/admin/households/{household_id}"
    assert "Why do you open its record?" in admin.get(path).text
    assert admin.post(f"{path}/open", reason="call").status_code == 200
    assert "Why do you open its record?" not in admin.get(path).text
    other = desk_of("clerk2", RoleName.ADMIN)
    assert "Why do you open its record?" in other.get(path).text, "each has a reason of their own"
    with time_machine.travel(utc_now() + timedelta(minutes=31)):
        unit_of_work.run(sign_anew)
        assert "Why do you open its record?" in admin.get(path).text
    looks = admin.get("/admin/privacy/looks").text
    assert "admin@example.com" in looks
    assert "To call the household" in looks


def test_a_changed_text_is_asked_about_at_the_next_sign_in_without_a_tick_and_without_force(
    app, client, buyer, unit_of_work, see
):
    now, browser = utc_now(), lambda: OwnOriginClient(app, app.response_class, use_cookies=True)
    assert sign_in(browser(), buyer.email).location == "/", "who never agreed to anything here is not asked"
    agreed = Consent(user_id=buyer.id, document="privacy", version="1", at=now)
    unit_of_work.run(lambda session: session.add(agreed))
    texts = {"title_zh": "怎么用", "title_en": "How", "body_zh": "新的", "body_en": "New"}
    unit_of_work.run(lambda session: set_page_text(session, "privacy", **texts, actor_id=None, now=now))
    entered = sign_in(client, buyer.email, wanted="/orders")
    assert entered.location == "/account/consent?next=/orders"
    page = client.get(entered.location, headers=ENGLISH).text
    assert 'href="/orders"' in page
    assert not re.search(r"<input[^>]*agree[^>]*checked", page)
    old = post(client, "/account/consent", entered.location, texts="privacy-1", agree="y", next="/orders")
    assert old.status_code == 400, "what was not on the screen is not agreed to"
    assert post(client, "/account/consent", entered.location, texts="privacy-2").status_code == 400
    done = post(client, "/account/consent", entered.location, texts="privacy-2", agree="y", next="/orders")
    assert done.location == "/orders"
    assert see(sa.select(Consent.version).order_by(Consent.id)) == ["1", "2"]
    assert sign_in(browser(), buyer.email, wanted="/orders").location == "/orders"


def test_an_erased_account_is_shut_for_good(app, admin, client, buyer, see, unit_of_work):
    sign_in(client, buyer.email)
    post(client, "/account/privacy/erase", "/account/privacy", understood="y")
    with app.app_context(), time_machine.travel(utc_now() + timedelta(days=8)):
        assert jobs.run_job("erase_people") == 1
    assert client.get("/account").status_code == 302
    admin.post(f"/admin/users/{buyer.id}/enable")
    admin.post(f"/admin/users/{buyer.id}", name="又来了", phone="", unit_id="")
    (user,) = see(sa.select(User).where(User.id == buyer.id))
    assert (user.active, user.name, user.email) == (False, "", None)


def test_a_household_that_left_is_erased_once_it_is_paid_and_its_goods_keep_a_household(
    app, admin, second, shop, see, unit_of_work
):
    household_id = shop.households["li"]
    (household,) = see(sa.select(Household).where(Household.id == household_id))
    number = written(
        admin, kind="erasure", about="household", whose=household.slug, text="搬走了，要求删除", contact=""
    )
    path = f"/admin/privacy/requests/{number}"
    admin.post(f"{path}/propose")
    assert "still supplies goods" in admin.get(path).text
    unit_of_work.run(lambda session: stop_supplying(session, household_id))
    admin.post(f"{path}/propose")
    second.post(f"{path}/agree")
    with app.app_context(), time_machine.travel(utc_now() + timedelta(days=8)):
        assert jobs.run_job("erase_people") == 1
    (household,) = see(sa.select(Household).where(Household.id == household_id))
    assert (household.phone, household.story_zh, household.consented_at) == ("", "", None)
    assert household.alias_zh == "已退出的农户"


def stop_supplying(session, household_id: int) -> None:
    household = session.get_one(Household, household_id)
    household.active, household.phone, household.story_zh = False, "13900001111", "一户人家"


def test_a_dead_browser_is_no_way_around_the_password(app, client, buyer):
    """An hour after signing in, copy and erasure ask again."""
    sign_in(client, buyer.email)
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        for path in ("/account/privacy/copy", "/account/privacy/erase"):
            answer = post(client, path, "/account/privacy", understood="y")
            assert answer.status_code == 401
            assert 'name="password_again"' in answer.text


@pytest.mark.parametrize("path", ["/account/privacy", "/account/privacy/erase"])
def test_a_persons_pages_ask_as_often_however_much_was_asked(path, engine, client, buyer, unit_of_work):
    sign_in(client, buyer.email)
    client.get(path)
    with counted_statements(engine) as before:
        assert client.get(path).status_code == 200

    def ask_everything(session) -> None:
        about = {"text": "x", "asked_by_id": buyer.id, "now": utc_now()}
        for kind in AskedFor:
            ask(session, kind, AboutWhat.USER, str(buyer.id), **about)

    unit_of_work.run(ask_everything)
    with counted_statements(engine) as after:
        assert client.get(path).status_code == 200
    assert len(after) == len(before) <= 14


def test_the_desks_list_asks_as_often_however_long_it_is(engine, admin, unit_of_work):
    people = [make_person(unit_of_work, f"p{number}@example.com") for number in range(4)]
    admin.get("/admin/privacy")
    with counted_statements(engine) as before:
        assert admin.get("/admin/privacy").status_code == 200

    def ask_each(session) -> None:
        for person in people:
            about = {"text": "x", "asked_by_id": person.id, "now": utc_now()}
            ask(session, AskedFor.OBJECTION, AboutWhat.USER, str(person.id), **about)

    unit_of_work.run(ask_each)
    with counted_statements(engine) as after:
        assert "p3@example.com" in admin.get("/admin/privacy").text
    assert len(after) == len(before)


def test_a_household_takes_its_story_off_the_pages_by_itself(app, shop, unit_of_work, see):
    household_id, now = shop.households["li"], utc_now()
    farmer = make_person(unit_of_work, "li@example.com", roles=[RoleName.FARMER])

    def agree(session) -> None:
        session.get_one(Household, household_id).consented_at = now
        producer = session.scalars(sa.select(Producer.id).where(Producer.household_id == household_id)).one()
        session.add(ProducerMember(user_id=farmer.id, producer_id=producer))

    unit_of_work.run(agree)
    browser = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(browser, farmer.email)
    for _ in range(2):
        assert post(browser, "/farm/looks/hide", "/farm/money").status_code == 303
    assert "不给买家看了" not in browser.get("/farm/looks").text
    (household,) = see(sa.select(Household).where(Household.id == household_id))
    assert household.consented_at is None
    withdrawn = sa.select(AuditEntry.actor_id).where(AuditEntry.action == "household.consent_withdrawn")
    assert see(withdrawn) == [farmer.id]


def test_the_only_owner_of_an_organisation_names_another_before_leaving(client, buyer, unit_of_work, see):
    other = make_person(unit_of_work, "other@example.com")

    def found(session) -> int:
        organisation = Organisation(slug="union", name="工会", invoice_title="工会", tax_number="1")
        session.add(organisation)
        session.flush()
        session.add(OrganisationMember(organisation_id=organisation.id, user_id=buyer.id, role="owner"))
        session.add(OrganisationMember(organisation_id=organisation.id, user_id=other.id, role="buyer"))
        return organisation.id

    unit_of_work.run(found)
    sign_in(client, buyer.email)
    here = "/account/privacy/erase"
    assert "no other owner" in client.get(here, headers=ENGLISH).text
    assert post(client, here, "/account/privacy", understood="y").status_code == 409
    promote = sa.update(OrganisationMember).where(OrganisationMember.user_id == other.id)
    unit_of_work.run(lambda session: session.execute(promote.values(role="owner")).rowcount)
    assert post(client, here, "/account/privacy", understood="y").status_code == 303


@pytest.mark.parametrize("whose", ["lin@example.com", "１３９ 1234 5678", "+86-139-1234-5678", "2012 0355"])
def test_somebody_is_found_by_what_they_know_of_themselves(admin, see, buyer, unit_of_work, whose):
    def is_known(session):
        session.get_one(User, buyer.id).phone = "+8613912345678"
        link_identity(session, buyer.id, _PERSON, now=utc_now())
        return buyer.id

    unit_of_work.run(is_known)
    written(admin, kind="copy", about="user", whose=whose, text="来电要求")
    assert (one(see).about, one(see).about_id) == (AboutWhat.USER, str(buyer.id))


def test_where_several_fit_the_desk_is_told_which_and_chooses(admin, see, buyer, unit_of_work):
    second = make_person(unit_of_work, "family@example.com")
    shared = (
        sa.update(User).where(User.id.in_([buyer.id, second.id])).values(phone="+8613912345678", name="林")
    )
    unit_of_work.run(lambda session: session.execute(shared).rowcount)
    wanted = {"kind": "copy", "about": "user", "text": "来电要求", "token": "x"}
    asked = admin.post("/admin/privacy/new", **wanted, whose="13912345678")
    assert asked.status_code == 400
    assert f"#{buyer.id} 林, #{second.id} 林" in asked.text
    page = admin.get(f"/admin/users/{second.id}").text
    assert f"/admin/privacy/new?user={second.id}" in page
    form = admin.get("/admin/privacy/new", user=second.id).text
    assert f'value="#{second.id}"' in form
    written(admin, kind="copy", about="user", whose=f"#{second.id}", text="来电要求")
    assert one(see).about_id == str(second.id)


def test_the_page_of_erasing_says_how_many_orders_more_there_are(client, buyer, place, unit_of_work):
    for _order in range(7):
        place({"tea": 1})
        theirs = sa.update(Order).values(user_id=buyer.id, phone="+8613800001234", status=OrderStatus.SHIPPED)
        unit_of_work.run(lambda session, theirs=theirs: session.execute(theirs).rowcount)
    sign_in(client, buyer.email)
    page = client.get("/account/privacy/erase", headers=ENGLISH).text
    assert page.count("and 2 more") == 1
