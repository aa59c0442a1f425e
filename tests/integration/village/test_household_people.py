"""The coordinator notes who of a household signs in, makes a card, and ends what a lost telephone holds."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.audit_queries import AuditEntry
from shop.accounts.card_models import SignInCard
from shop.accounts.models import Attempt, RoleName, SignInSession, User
from shop.accounts.users import grant_role
from shop.catalogue.models import ProducerMember
from shop.kit.clock import utc_now
from shop.kit.references import secret_token, token_digest
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.villages import NOW

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PHONE = "13912345678"


@pytest.fixture
def at(county) -> str:
    return f"/village/households/{county.households[0][0]}"


@pytest.fixture
def person(coordinator, press, at, rows) -> int:
    assert press(coordinator, f"{at}/people", name="王小妹", phone=PHONE).status_code == 303
    return rows(sa.select(User.id).where(User.name == "王小妹"))[0]


@pytest.fixture
def card(coordinator, press, at, person, monkeypatch):
    """Makes a card and returns the path that its code leads to."""
    tokens: list[str] = []

    def known() -> str:
        tokens.append(secret_token())
        return tokens[-1]

    monkeypatch.setattr("shop.accounts.cards.secret_token", known)

    def make() -> str:
        printed = press(coordinator, f"{at}/people/{person}/card")
        assert printed.status_code == 200
        assert "手机一扫就登录" in printed.text
        assert "<svg" in printed.text
        return f"/farm/card/{tokens[-1]}"

    return make


@pytest.fixture
def phone(app):
    return OwnOriginClient(app, app.response_class, use_cookies=True)


def tap(client, path):
    found = CSRF.search(client.get(path).text)
    return client.post(path, data={"csrf_token": found[1] if found else ""})


def test_somebody_without_an_address_or_password_is_noted_once(coordinator, press, at, person, rows):
    press(coordinator, f"{at}/people", name=" 王小妹 ", phone="139 1234 5678")
    assert rows(sa.select(User.phone).where(User.name == "王小妹")) == ["+8613912345678"]
    page = coordinator.get(at).text
    assert "王小妹" in page
    assert "139 1234 5678" in page


def test_a_mistyped_number_is_said_and_what_was_typed_stays(coordinator, press, at, rows):
    refused = press(coordinator, f"{at}/people", name="王小妹", phone="12")
    assert refused.status_code == 400
    assert 'value="王小妹"' in refused.text
    assert 'value="12"' in refused.text
    assert rows(sa.select(User.id).where(User.name == "王小妹")) == []


def test_a_number_that_somebody_has_is_asked_about_once_and_ones_own_refused(
    coordinator, press, at, county, person, rows, unit_of_work
):
    neighbours = f"/village/households/{county.households[0][1]}"
    asked = press(coordinator, f"{neighbours}/people", name="刘大姐", phone=PHONE)
    assert asked.status_code == 400
    assert "已经有人在用这个号" in asked.text
    assert "王小妹" not in asked.text
    assert f'name="shared" type="hidden" value="{PHONE}"' in asked.text
    other = press(coordinator, f"{neighbours}/people", name="刘大姐", phone="13912345670", shared=PHONE)
    assert other.status_code == 303  # another number, which nobody has
    assert (
        press(coordinator, f"{neighbours}/people", name="刘二姐", phone=PHONE, shared=PHONE).status_code
        == 303
    )
    assert len(rows(sa.select(User.id).where(User.phone == f"+86{PHONE}"))) == 2
    unit_of_work.run(
        lambda s: s.execute(
            sa.update(User).where(User.email == "coordinator@example.com").values(phone="+8613911112222")
        )
    )
    for shared in ("", "13911112222"):
        own = press(coordinator, f"{at}/people", name="张三", phone="13911112222", shared=shared)
        assert own.status_code == 400
        assert "这是您自己的号码" in own.text


def test_a_card_signs_the_phone_in_after_one_tap_and_never_by_looking(card, phone, person, rows):
    path = card()
    page = phone.get(path).text
    assert "王小妹" in page
    assert rows(sa.select(sa.func.count(SignInSession.id)).where(SignInSession.user_id == person)) == [0]
    assert tap(phone, path).location == "/farm/tasks"
    assert phone.get("/farm/tasks").status_code == 200
    kept = rows(sa.select(SignInCard))[0]
    assert (kept.uses, kept.last_used_at is not None) == (1, True)
    assert kept.token_hash == token_digest(path.rpartition("/")[2])
    with time_machine.travel(NOW + timedelta(days=89)):
        assert phone.get("/farm/tasks").status_code == 200
    with time_machine.travel(NOW + timedelta(days=91)):
        assert phone.get("/farm/tasks").location.startswith("/farm/login")


def test_a_new_card_kills_the_one_before(card, phone, rows):
    old, new = card(), card()
    dead = phone.get(old)
    assert dead.status_code == 404
    assert "这张卡不能用了" in dead.text
    assert "/farm/login" in dead.text
    assert phone.get(new).status_code == 200
    live = sa.select(sa.func.count(SignInCard.id)).where(SignInCard.ended_at.is_(None))
    assert rows(live) == [1]


def test_a_card_taken_back_works_no_more_and_the_phone_stays(coordinator, press, card, phone, at, person):
    path = card()
    tap(phone, path)
    page = phone.get(path).text
    press(coordinator, f"{at}/people/{person}/card/end")
    assert phone.post(path, data={"csrf_token": CSRF.search(page)[1]}).status_code == 404
    assert phone.get("/farm/tasks").status_code == 200


def test_a_card_lasts_a_year(card, phone):
    path = card()
    with time_machine.travel(NOW + timedelta(days=364)):
        assert phone.get(path).status_code == 200
    with time_machine.travel(NOW + timedelta(days=367)):
        assert phone.get(path).status_code == 404


def test_wrong_cards_are_counted_by_address(phone, rows):
    for _ in range(20):
        assert phone.get(f"/farm/card/{secret_token()}").status_code == 404
    refused = phone.get(f"/farm/card/{secret_token()}")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert rows(sa.select(sa.func.count(Attempt.id))) == [20]
    assert phone.get(f"/farm/card/{'x' * 3000}").status_code == 404


@pytest.mark.parametrize("role", [RoleName.ADMIN, RoleName.FINANCE, RoleName.COORDINATOR])
def test_a_card_never_opens_more_than_a_households_work(
    coordinator, press, card, phone, at, person, role, unit_of_work, rows
):
    path = card()
    unit_of_work.run(lambda s: grant_role(s, person, role, actor_id=None, now=utc_now()))
    assert phone.get(path).status_code == 404
    refused = press(coordinator, f"{at}/people/{person}/card")
    assert refused.status_code == 303
    assert rows(sa.select(sa.func.count(SignInCard.id))) == [1]


def test_the_coordinator_sees_where_somebody_is_signed_in_and_ends_one(
    app, coordinator, press, card, phone, at, person, rows
):
    path, other = card(), OwnOriginClient(app, app.response_class, use_cookies=True)
    tap(phone, path)
    with time_machine.travel(NOW + timedelta(hours=2)):
        tap(other, path)
    shown = re.findall(rf"{at}/people/{person}/devices/\d+/end", coordinator.get(at).text)
    assert len(shown) == 2
    assert press(coordinator, shown[-1]).status_code == 303  # the one seen last stands first
    assert phone.get("/farm/tasks").status_code == 302
    assert other.get("/farm/tasks").status_code == 200
    assert press(coordinator, shown[-1]).status_code == 404
    actions = rows(sa.select(AuditEntry.action).where(AuditEntry.subject_id == str(person)))
    assert {"card.issued", "sign_in.by_card", "device.ended"} <= set(actions)


def test_a_browser_with_a_password_ends_with_its_device(coordinator, press, at, county, farmer, rows):
    """A password opens two credentials at once: they are one phone, and end as one."""
    farmer_id = rows(sa.select(User.id).where(User.email == "farmer@example.com"))[0]
    shown = re.findall(rf"{at}/people/{farmer_id}/devices/\d+/end", coordinator.get(at).text)
    assert len(shown) == 1
    press(coordinator, shown[0])
    assert farmer.get("/farm/tasks").status_code == 302


def test_a_lost_phone_is_out_everywhere_and_the_card_dead(coordinator, press, card, phone, at, person):
    path = card()
    tap(phone, path)
    press(coordinator, f"{at}/people/{person}/devices/end")
    assert phone.get("/farm/tasks").location.startswith("/farm/login")
    assert phone.get(path).status_code == 404


def test_who_works_there_no_more_is_out(coordinator, press, card, phone, at, person, rows):
    path = card()
    tap(phone, path)
    press(coordinator, f"{at}/people/{person}/remove")
    assert phone.get("/farm/tasks").status_code == 302
    assert phone.get(path).status_code == 404
    assert rows(sa.select(ProducerMember).where(ProducerMember.user_id == person)) == []


def test_another_villages_people_are_absent(stranger, press, coordinator, at, person, county, rows):
    absent = stranger.get("/village/households/99999999")
    assert stranger.get(at).status_code == absent.status_code == 404
    for step in ("card", "card/end", "devices/end", "texts", "remove"):
        assert press(stranger, f"{at}/people/{person}/{step}").status_code == 404
    assert press(stranger, f"{at}/people", name="谁", phone=PHONE).status_code == 404
    neighbour = f"/village/households/{county.households[0][1]}/people/{person}/card"
    assert press(coordinator, neighbour).status_code == 404
    assert rows(sa.select(SignInCard.id)) == []


def test_the_page_asks_as_often_for_many_people_as_for_one(coordinator, press, card, phone, at, engine):
    tap(phone, card())
    with counted_statements(engine) as one:
        coordinator.get(at)
    for number in range(6):
        press(coordinator, f"{at}/people", name=f"家人{number}", phone=f"1391234567{number}")
    with counted_statements(engine) as many:
        page = coordinator.get(at).text
    assert page.count("家人") > 5
    assert len(many) == len(one)
