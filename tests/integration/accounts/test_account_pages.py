"""The account's own pages."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import Address, Consent, Unit, User
from shop.delivery.models import FreightZone
from tests.factories.people import csrf_token, make_person, post, sign_in

HOME = {
    "recipient": "林老师", "phone": "138 0000 0000", "province": "陕西省", "city": "西安市",
    "district": "碑林区", "street": "咸宁西路 28 号",
}  # fmt: skip


@pytest.fixture
def buyer(client, unit_of_work):
    person = make_person(unit_of_work)
    sign_in(client, person.email)
    return person


def test_a_new_person_registers_with_consent_to_the_versions_shown(client, session):
    session.add(Unit(slug="cs", name_zh="计算机学院", name_en="Computing"))
    session.commit()
    page = client.get("/register").text
    assert "checked" not in page.split('name="agree"')[1].split(">")[0]
    texts = re.search(r'name="texts"[^>]*value="([^"]+)"', page).group(1)
    fields = {
        "email": "lin@example.com", "password": "a fine sentence", "name": "林", "unit_id": "1",
        "texts": texts, "csrf_token": csrf_token(client, "/register"),
    }  # fmt: skip
    refused = client.post("/register", data=fields)
    assert refused.status_code == 400
    assert "lin@example.com" in refused.text
    assert client.post("/register", data=fields | {"agree": "y"}).status_code == 303
    assert 'value="lin@example.com"' in client.get("/login").text, "it need not be typed again"
    assert session.scalars(sa.select(User.unit_id)).one() == 1
    consents = session.execute(sa.select(Consent.document, Consent.version).order_by(Consent.document)).all()
    assert consents == [("privacy", "1"), ("terms", "1")]


def test_all_that_is_wrong_with_a_new_account_is_said_at_once(client, session):
    page = post(
        client,
        "/register",
        form_at="/register",
        email="nonsense",
        password="123",
        name="",
        unit_id="",
        texts="",
    ).text
    for field in ("email", "password", "agree"):
        assert f'id="{field}-error"' in page


def test_all_that_is_wrong_with_an_address_is_said_at_once(client, buyer, session):
    wrong = HOME | {"recipient": "", "phone": "12345", "city": "成都市"}
    page = post(client, "/account/addresses", **wrong).text
    for field in ("recipient", "phone", "city"):
        assert f'id="{field}-error"' in page
    assert session.scalars(sa.select(Address)).all() == []


def test_registering_sets_nothing_that_the_form_does_not_ask(client, session):
    texts = re.search(r'name="texts"[^>]*value="([^"]+)"', client.get("/register").text).group(1)
    client.post(
        "/register",
        data={
            "email": "lin@example.com", "password": "a fine sentence", "texts": texts, "agree": "y",
            "unit_id": "", "csrf_token": csrf_token(client, "/register"),
            "role": "admin", "roles": "admin", "is_admin": "1", "id": "1", "active": "0", "confirmed_at": "2026-01-01",
        },
    )  # fmt: skip
    user = session.scalars(sa.select(User).options(sa.orm.selectinload(User.roles))).one()
    assert (user.roles, user.active, user.confirmed_at) == ([], True, None)


def test_a_buyer_changes_profile_and_language(client, buyer, session):
    answer = post(client, "/account", name=" 林 老师 ", phone="１３８ 0000 0000", unit_id="", language="en")
    assert answer.status_code == 303
    assert "My account" in client.get("/account").text
    user = session.get(User, buyer.id)
    assert (user.name, user.phone, user.language) == ("林 老师", "+8613800000000", "en")


def test_a_wrong_number_is_said_at_its_field_and_kept(client, buyer):
    answer = post(client, "/account", name="林", phone="12x", unit_id="", language="zh")
    assert answer.status_code == 400
    assert 'id="phone-error"' in answer.text
    assert 'value="12x"' in answer.text


def test_an_address_is_added_changed_and_deleted(client, buyer, session):
    assert post(client, "/account/addresses", **HOME).status_code == 303
    number, *facts = session.execute(sa.select(Address.id, Address.is_default, Address.phone)).one()
    session.rollback()
    assert facts == [True, "+8613800000000"]
    changed = post(client, f"/account/addresses/{number}", **HOME | {"street": "兴庆路 1 号"})
    assert changed.status_code == 303
    assert "兴庆路 1 号" in client.get("/account/addresses").text
    assert post(client, f"/account/addresses/{number}/delete").status_code == 303
    assert session.scalars(sa.select(Address)).all() == []


def test_one_address_is_used_first(client, buyer, session):
    post(client, "/account/addresses", **HOME)
    post(client, "/account/addresses", **HOME | {"is_default": "y"})
    assert session.scalars(sa.select(Address.is_default).order_by(Address.id)).all() == [False, True]


@pytest.mark.parametrize(
    ("field", "value"), [("city", "上海市"), ("phone", "1"), ("street", ""), ("province", "")]
)
def test_a_wrong_address_is_said_at_its_field(client, buyer, field, value):
    answer = post(client, "/account/addresses", **HOME | {field: value})
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text


def test_only_provinces_that_a_courier_reaches_are_offered_for_an_address(client, buyer, session):
    reached = {
        "provinces": ["陕西省", "北京市"],
        "first_g": 1000,
        "first_fen": 800,
        "step_g": 1000,
        "step_fen": 300,
    }
    words = {"slug": "near", "name_zh": "近", "name_en": "Near", "days_min": 2, "days_max": 4}
    session.add(FreightZone(**reached, **words))
    session.commit()
    page = client.get("/account/addresses/new").text
    assert [name for name in ("陕西省", "北京市", "香港特别行政区", "台湾省") if name in page] == [
        "陕西省",
        "北京市",
    ]


def test_somebody_elses_address_looks_like_none(client, another_browser, buyer, unit_of_work, session):
    post(client, "/account/addresses", **HOME)
    number = session.scalars(sa.select(Address.id)).one()
    session.rollback()
    make_person(unit_of_work, "other@example.com")
    other = another_browser()
    sign_in(other, "other@example.com")
    for path in (f"/account/addresses/{number}", f"/account/addresses/{number + 1}"):
        assert other.get(path).status_code == 404
        assert post(other, path, **HOME).status_code == 404
        assert post(other, f"{path}/delete").status_code == 404


def test_a_device_is_signed_out_from_the_list(client, another_browser, buyer):
    other = another_browser()
    other.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8.0"
    sign_in(other, buyer.email)
    page = client.get("/account/sessions").text
    assert "WeChat · Android" in page
    path = re.search(r'action="(/account/sessions/\d+/end)"', page).group(1)
    assert post(client, path).status_code == 303
    assert other.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_all_other_devices_are_signed_out_at_once(client, another_browser, buyer):
    others = [another_browser(), another_browser()]
    for other in others:
        sign_in(other, buyer.email)
    assert post(client, "/account/sessions/end-others").status_code == 303
    assert [other.get("/account").status_code for other in others] == [302, 302]
    assert client.get("/account").status_code == 200


def test_nobody_ends_somebody_elses_session(client, another_browser, buyer, unit_of_work):
    make_person(unit_of_work, "other@example.com")
    other = another_browser()
    sign_in(other, "other@example.com")
    first_of_all = 1
    assert post(other, f"/account/sessions/{first_of_all}/end").status_code == 404
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/account", "/account/addresses", "/account/addresses/new", "/account/sessions", "/account/security",
     "/account/second-factor", "/verify"],
)  # fmt: skip
def test_account_pages_are_for_who_is_signed_in(client, path):
    assert client.get(path).location.startswith("/login?next=")


@pytest.mark.parametrize("path", ["/logout", "/account", "/account/password", "/account/sessions/end-others"])
def test_forms_need_the_token_and_the_own_origin(client, buyer, path):
    assert client.post(path, data={}).status_code == 400
    token = csrf_token(client, "/account")
    foreign = client.post(path, data={"csrf_token": token}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert client.get("/account").status_code == 200
