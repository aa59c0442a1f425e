"""The roster: a table is looked at and written, people on it sign in with a code, and who has left does not."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop import jobs
from shop.accounts.campus.models import CampusIdentity, EndedBecause, RosterRow
from shop.accounts.models import AuditEntry, User
from shop.kit.clock import shanghai_date, utc_now
from shop.mailroom import deliver_message
from shop.storage.outbox import claim_due
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token, make_person, post, sign_in
from tests.fakes.channel import MemoryChannel

HEAD = "工号,姓名,手机号,单位,身份,离校日\n"
WANG = "20120355,周师傅,13912345678,后勤保障部,教职工,\n"
HE = "19860023,何教授,13912345679,离退休处,教职工,\n"
TYPED = {"number": " ２０１２０３５５ ", "name": "周 师傅", "phone": "139 1234 5678"}


class Visitor:
    """Somebody in a browser of their own."""

    def __init__(self, app):
        self.client = OwnOriginClient(app, app.response_class, use_cookies=True)

    def asks(self, **typed):
        token = csrf_token(self.client, "/login/campus/staff")
        fields = TYPED | typed | {"csrf_token": token}
        return self.client.post("/login/campus/staff", data=fields, headers={"Accept-Language": "en"})

    def types(self, code):
        return post(self.client, "/login/campus/staff/code", "/login/campus/staff/code", code=code)

    def agrees(self):
        page = self.client.get("/login/campus/new").text
        texts = re.search(r'name="texts"[^>]*value="([^"]*)"', page)[1]
        return post(self.client, "/login/campus/new", "/login/campus/new", agree="y", texts=texts)

    def is_in(self):
        return self.client.get("/account").status_code == 200


@pytest.fixture
def visitor(app):
    return lambda: Visitor(app)


@pytest.fixture
def texts(app, unit_of_work, settings):
    def sent():
        channel = MemoryChannel()
        with app.test_request_context():
            for message in unit_of_work.run(lambda s: claim_due(s, now=utc_now())):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
        return [(one.phone, re.search(r"\d{6}", one.short)[0]) for one in channel.envelopes]

    return sent


def look_at(admin, table, extent="part"):
    sent = {"file": (io.BytesIO(table.encode()), "roster.csv"), "extent": extent}
    return admin.post("/admin/roster/import", **sent)


def write(admin, table, extent="part"):
    page = look_at(admin, table, extent)
    assert page.status_code == 200, page.text
    digest = re.search(r'name="digest" value="(\w+)"', page.text)
    if digest is None:
        return page
    return admin.post("/admin/roster/import/confirm", digest=digest[1], extent=extent)


def enters(visitor, texts):
    person = visitor()
    person.asks()
    [(_, code)] = texts()
    person.types(code)
    if not person.is_in():
        person.agrees()
    assert person.is_in()
    return person


def test_a_table_is_judged_row_by_row_and_written_whole_or_not_at_all(clerk, see):
    wrong = look_at(
        clerk,
        HEAD + WANG + "20120355,李,13912345680,,,\n1,,029-82668000,,校长,昨天\n\n# 例,子,x,,,\n",
    )
    assert wrong.status_code == 400
    for sentence in (
        "The same number stands in row 2", "2 to 40 letters and digits", "Please fill this in",
        "Please enter a mobile number", "Please write staff, student or other", "A day is written like",
    ):  # fmt: skip
        assert sentence in wrong.text
    assert look_at(clerk, "姓名,手机号\n周师傅,13912345678\n").status_code == 400
    assert look_at(clerk, "").status_code == 400
    assert see(sa.select(RosterRow)) == []
    page = look_at(clerk, HEAD + WANG + HE)
    assert "2 new" in page.text
    assert see(sa.select(RosterRow)) == []
    assert write(clerk, HEAD + WANG + HE).status_code == 303
    assert write(clerk, HEAD + WANG + HE).status_code == 200  # says that it is there already
    assert [row.phone for row in see(sa.select(RosterRow).order_by(RosterRow.phone))] == [
        "+8613912345678",
        "+8613912345679",
    ]
    assert see(sa.select(AuditEntry.action)).count("roster.imported") == 1
    listed = clerk.get("/admin/roster", q="周师傅").text
    assert "20120355" in listed
    assert "19860023" not in listed


def test_number_name_and_code_make_an_account_whatever_stands_in_others(
    clerk, visitor, texts, unit_of_work, see
):
    make_person(unit_of_work, "owner@example.com")

    def same_phone(session):
        session.scalars(
            sa.select(User).where(User.email == "owner@example.com")
        ).one().phone = "+8613912345678"

    unit_of_work.run(same_phone)
    write(clerk, HEAD + WANG)
    person = visitor()
    assert person.asks().location.startswith("/login/campus/staff/code")
    [(phone, code)] = texts()
    assert phone == "+8613912345678"
    other = visitor()
    other.asks(number="19990001")
    assert other.types(code).status_code == 400, "a code works where it was asked for"
    assert person.types("000000").status_code == 400
    assert person.types(code).location.startswith("/login/campus/new")
    assert person.agrees().status_code == 303
    assert person.is_in()
    [identity] = see(sa.select(CampusIdentity))
    user = see(sa.select(User).where(User.id == identity.user_id))[0]
    assert (user.name, user.email, user.phone) == ("周师傅", None, "+8613912345678")
    enters(visitor, texts)
    assert len(see(sa.select(CampusIdentity))) == 1
    for path in ("", "/messages", "/security", "/campus", "/sessions", "/addresses"):
        page = person.client.get(f"/account{path}")
        assert page.status_code == 200, path
        assert "None" not in page.text, path
    assert person.client.get("/orders").status_code == 200
    assert clerk.get(f"/admin/users/{user.id}").status_code == 200


def test_no_answer_tells_who_is_on_the_roster(clerk, visitor, texts):
    write(clerk, HEAD + WANG)
    answers = []
    for typed in ({}, {"number": "404"}, {"name": "别人"}, {"phone": "13912345000"}):
        one = visitor()
        asked = one.asks(**typed)
        page = one.client.get("/login/campus/staff/code", headers={"Accept-Language": "en"}).text
        page = re.sub(r"139 1234 \d{4}", "PHONE", page)
        answers.append(
            (asked.status_code, asked.location, re.sub(r'(csrf_token"[^>]*value=")[^"]+', r"\1", page))
        )
    assert all(answer == answers[0] for answer in answers)
    assert len(texts()) == 1
    numbers = [visitor().asks(phone=f"139123460{place:02d}").status_code for place in range(10)]
    assert numbers[-1] == 429, "one number is not tried with many telephones"


def test_who_is_not_on_the_whole_roster_any_more_is_out_at_once_and_may_come_back(clerk, visitor, texts, see):
    write(clerk, HEAD + WANG + HE)
    person = enters(visitor, texts)
    assert write(clerk, HEAD + HE).status_code == 200, "a table of corrections takes nobody off"
    assert person.is_in()
    page = look_at(clerk, HEAD + HE, "whole")
    assert "1 person is not in the table" in page.text
    assert "20120355" in page.text
    assert write(clerk, HEAD + HE, "whole").status_code == 303
    assert not person.is_in()
    [identity] = see(sa.select(CampusIdentity))
    assert identity.ended_because is EndedBecause.LEFT
    assert see(sa.select(User).where(User.id == identity.user_id))[0].active
    gone = visitor()
    gone.asks()
    assert texts() == []
    assert write(clerk, HEAD + HE + WANG).status_code == 303
    enters(visitor, texts)
    assert len(see(sa.select(CampusIdentity))) == 1


def test_a_number_that_was_given_to_somebody_else_opens_nothing_of_who_had_it(clerk, visitor, texts, see):
    write(clerk, HEAD + WANG)
    enters(visitor, texts)
    [first] = see(sa.select(CampusIdentity.user_id))
    write(clerk, HEAD + WANG.replace("周师傅", "新来的").replace("13912345678", "13912345000"))
    newcomer = visitor()
    newcomer.asks(name="新来的", phone="13912345000")
    newcomer.types(texts()[-1][1])
    assert newcomer.agrees().status_code == 303
    [second] = see(sa.select(CampusIdentity.user_id))
    assert second != first


def test_the_day_of_leaving_ends_it_in_the_night(app, clerk, visitor, texts):
    last = shanghai_date(utc_now()) + timedelta(days=3)
    write(clerk, HEAD + WANG.replace(",\n", f",{last}\n"))
    person = enters(visitor, texts)
    with app.app_context():
        assert jobs.run_job("end_memberships") == 0
    with time_machine.travel(utc_now() + timedelta(days=3)), app.app_context():
        assert jobs.run_job("end_memberships") == 1
        assert jobs.run_job("end_memberships") == 0
    assert not person.is_in()


def test_one_membership_is_ended_with_a_reason_and_admitted_again(clerk, visitor, texts, see):
    write(clerk, HEAD + WANG)
    person = enters(visitor, texts)
    [identity] = see(sa.select(CampusIdentity))
    at = f"/admin/campus/{identity.id}"
    refused = clerk.post(f"{at}/end", reason=" ")
    assert refused.status_code == 400
    assert "Please write why" in refused.text
    assert person.is_in()
    assert clerk.post(f"{at}/end", reason="合同到期").status_code == 303
    assert not person.is_in()
    assert "合同到期" in clerk.get(at).text
    again = visitor()
    again.asks()
    ended = again.types(texts()[0][1])
    assert ended.status_code == 403
    assert write(clerk, HEAD + WANG.replace("后勤保障部", "图书馆")).status_code == 303
    assert see(sa.select(CampusIdentity.ended_because)) == [EndedBecause.ADMIN], (
        "the roster undoes no decision"
    )
    assert clerk.post(f"{at}/readmit").status_code == 303
    enters(visitor, texts)
    assert {"identity.ended", "identity.readmitted"} <= set(see(sa.select(AuditEntry.action)))


def test_a_unit_that_nobody_knows_is_mapped_once_for_all_who_are_in_it(
    clerk, shop, session, visitor, texts, see
):
    write(clerk, HEAD + WANG)
    enters(visitor, texts)
    assert "1 unit of the university is not mapped" in clerk.get("/admin/campus").text
    clerk.post("/admin/units/new", slug="logistics", name_zh="后勤", name_en="Logistics")
    unit = clerk.get("/admin/campus/units").text
    record = re.search(r"/admin/campus/units/(\d+)", unit)[1]
    page = clerk.get(f"/admin/campus/units/{record}").text
    unit_id = re.search(r'<option value="(\d+)">Logistics', page)[1]
    saved = clerk.post(f"/admin/campus/units/{record}", unit_id=unit_id)
    assert saved.status_code == 303
    [identity] = see(sa.select(CampusIdentity))
    assert see(sa.select(User.unit_id).where(User.id == identity.user_id)) == [int(unit_id)]
    assert clerk.post(f"/admin/campus/units/{record}", unit_id="999999").status_code == 400


def test_without_a_roster_and_a_provider_the_page_says_nothing_of_a_campus(client, clerk):
    english = {"Accept-Language": "en"}
    assert "campus" not in client.get("/login", headers=english).text.split("<main")[1].split("</main")[
        0
    ].replace("on campus every week", "")
    write(clerk, HEAD + WANG)
    assert "Sign in with staff number and phone" in client.get("/login", headers=english).text
    assert client.get("/login/campus?next=/account").location == "/login/campus/staff?next=/account"


def test_a_password_of_its_own_still_opens_an_account_whose_membership_ended(
    clerk, app, unit_of_work, visitor, texts, see
):
    make_person(unit_of_work, "owner@example.com")
    write(clerk, HEAD + WANG)
    person = visitor()
    person.asks()
    person.types(texts()[0][1])
    post(person.client, "/login/campus/new/mine", "/login/campus/new")
    assert sign_in(person.client, "owner@example.com").status_code == 303
    [identity] = see(sa.select(CampusIdentity))
    clerk.post(f"/admin/campus/{identity.id}/end", reason="离职")
    assert not person.is_in()
    assert sign_in(person.client, "owner@example.com").status_code == 303
    assert person.is_in()


def test_what_is_looked_at_is_what_writing_does(clerk, visitor, texts, see):
    write(clerk, HEAD + WANG + HE)
    enters(visitor, texts)
    gone = "20110001,陈老师,13912345677,,教职工,2020-01-01\n"
    table = HEAD + WANG.replace("周师傅", "郑助理").replace("5678", "5681") + gone
    page = look_at(clerk, table).text
    assert "1 new · 1 corrected · 0 back · 1 left" in page
    assert "1 number belongs to another person now" in page
    assert "20120355 (Row 2, " in page
    assert "the day of leaving has come" in page
    assert "20110001 (Row 3)" in page
    assert see(sa.select(CampusIdentity.id)) != []
    write(clerk, table)
    assert see(sa.select(CampusIdentity.id)) == []
    left = sa.select(RosterRow.campus_number).where(RosterRow.left_at.is_not(None))
    assert see(left) == ["20110001"]
    [facts] = see(
        sa.select(AuditEntry.facts)
        .where(AuditEntry.action == "roster.imported")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    assert (facts["new"], facts["changed"], facts["left"], facts["handed_on"]) == (1, 1, 1, 1)


def test_rows_of_people_who_left_and_have_no_account_go_after_the_shops_days(app, clerk, visitor, texts, see):
    write(clerk, HEAD + WANG + HE)
    enters(visitor, texts)
    write(clerk, HEAD + "20200001,郑助理,13912345681,,教职工,\n", extent="whole")
    numbers = sa.select(RosterRow.campus_number).order_by(RosterRow.campus_number)
    for days, kept in ((364, ["19860023", "20120355", "20200001"]), (366, ["20120355", "20200001"])):
        with time_machine.travel(utc_now() + timedelta(days=days)), app.app_context():
            jobs.run_job("forget_old_traces")
        assert see(numbers) == kept, "who has an account keeps the row that opened it"


def test_wrong_data_in_another_browser_do_not_end_somebodys_code(clerk, visitor, texts):
    write(clerk, HEAD + WANG)
    person, stranger = visitor(), visitor()
    person.asks()
    [(_, code)] = texts()
    stranger.asks(name="别人")
    assert texts() == []
    stranger.types(code)
    assert not stranger.is_in(), "a code works where it was asked for"
    person.types(code)
    assert person.agrees().status_code == 303
    assert person.is_in()


def types_to_link(person, code):
    token, at = csrf_token(person.client, "/login/campus/staff/code"), "/login/campus/staff/code"
    fields = {"code": code, "next": "/account/campus", "csrf_token": token}
    return person.client.post(at, data=fields, headers={"Accept-Language": "en"})


def test_who_is_signed_in_links_by_the_roster_and_is_back_where_they_came_from(
    clerk, visitor, texts, unit_of_work, see
):
    buyer = make_person(unit_of_work, "buyer@example.com")
    write(clerk, HEAD + WANG)
    person, back = visitor(), "/account/campus"
    sign_in(person.client, "buyer@example.com")
    assert person.client.get("/login/campus/staff", query_string={"next": back}).status_code == 200
    person.asks(next=back)
    [(_, code)] = texts()
    assert types_to_link(person, code).location == back
    assert "Your campus account is linked" in person.client.get(back).text
    assert see(sa.select(CampusIdentity.user_id)) == [buyer.id]


def test_a_row_of_the_roster_that_opens_another_account_is_not_linked(
    clerk, visitor, texts, unit_of_work, see
):
    buyer = make_person(unit_of_work, "buyer@example.com")
    write(clerk, HEAD + WANG)
    enters(visitor, texts)
    person, back = visitor(), "/account/campus"
    sign_in(person.client, "buyer@example.com")
    person.asks(next=back)
    [(_, code)] = texts()
    assert types_to_link(person, code).location == back
    assert "another account" in person.client.get(back).text
    assert buyer.id not in see(sa.select(CampusIdentity.user_id))


def test_who_signed_in_long_ago_shows_who_they_are_before_linking(visitor, clerk, texts, unit_of_work, see):
    make_person(unit_of_work, "buyer@example.com")
    write(clerk, HEAD + WANG)
    person, back = visitor(), "/account/campus"
    sign_in(person.client, "buyer@example.com")
    with time_machine.travel(utc_now() + timedelta(minutes=20), tick=True):
        asked = person.client.get("/login/campus/staff", query_string={"next": back})
        assert asked.location.startswith("/verify"), "as for the other campus ways"
        person.asks(next=back)
        [(_, code)] = texts()
        assert types_to_link(person, code).status_code == 401
        assert see(sa.select(CampusIdentity.id)) == []
