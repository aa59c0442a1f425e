"""Users with their roles and work, organisations, households and villages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import (
    AuditEntry,
    AuditPersonal,
    OrganisationMember,
    RoleName,
    SignInSession,
    User,
    UserRole,
)
from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import (
    Household,
    PackingPlaceStaff,
    Producer,
    ProducerMember,
    Village,
    VillageCoordinator,
)
from shop.delivery.models import PointKeeper
from shop.kit.clock import utc_now
from shop.storage.outbox import OutboxMessage
from tests.factories.people import PASSWORD, make_person
from tests.integration.admin.conftest import asks_for_the_password

TAX_NUMBER = "91610926MA70XQ1A9C"


def roles_of(see, user_id: int) -> set[str]:
    return set(see(sa.select(UserRole.role).where(UserRole.user_id == user_id)))


def actions(see) -> list[str]:
    return see(sa.select(AuditEntry.action).order_by(AuditEntry.id))


def test_who_invites_to_a_shut_account_is_told_to_open_it(admin, see):
    form = {
        "email": "gone@example.com",
        "name": "老同事",
        "roles": ["coordinator"],
        "language": "zh",
        "unit_id": "",
    }
    admin.post("/admin/users/new", **form)
    [user_id] = see(sa.select(User.id).where(User.email == "gone@example.com"))
    path = f"/admin/users/{user_id}"
    admin.post(f"{path}/disable")
    assert admin.post(f"{path}/invite").status_code == 303
    assert "This account is shut. Open it again first" in admin.get(path).text
    assert "and it is shut" in admin.post("/admin/users/new", **form).text
    admin.post(f"{path}/enable")
    before = len(see(sa.select(OutboxMessage.id)))
    admin.post(f"{path}/invite")
    assert len(see(sa.select(OutboxMessage.id))) == before + 1


def test_somebody_is_invited_and_gets_a_link_by_mail(admin, see):
    form = {
        "email": "New@Example.com",
        "name": "新同事",
        "roles": ["coordinator"],
        "language": "zh",
        "unit_id": "",
    }
    assert admin.post("/admin/users/new", **form).status_code == 303
    [user] = see(sa.select(User).where(User.email == "new@example.com"))
    assert user.password_hash is None
    assert roles_of(see, user.id) == {"coordinator"}
    assert see(sa.select(OutboxMessage.payload))[-1] == {"message": "invited", "user_id": user.id}
    for wrong in ({"email": "no address"}, {"email": "new@example.com"}, {"name": ""}, {"roles": ["root"]}):
        assert (
            admin.post("/admin/users/new", **(form | {"email": "other@example.com"} | wrong)).status_code
            == 400
        )


def test_roles_are_given_and_taken_but_not_ones_own(admin, clerk, unit_of_work, see):
    person = make_person(unit_of_work, "somebody@example.com", roles=[RoleName.FARMER])
    admin.post(f"/admin/users/{person.id}/roles", roles=["coordinator", "finance"])
    assert roles_of(see, person.id) == {"farmer"}, "finance works in the team or not at all"
    admin.post(f"/admin/users/{person.id}/roles", roles=["admin", "coordinator", "finance"])
    assert roles_of(see, person.id) == {"admin", "coordinator", "finance"}
    clerk.post(f"/admin/users/{person.id}/roles", roles=["admin", "farmer"])
    left = {"admin", "farmer", "finance"}
    assert roles_of(see, person.id) == left, "who has no finance neither gives nor takes it"
    for wrong in ("root", "buyer"):
        admin.post(f"/admin/users/{person.id}/roles", roles=["coordinator", wrong])
        assert "Please choose one from the list." in admin.said()
    assert roles_of(see, person.id) == left, "a role that there is not takes none away"
    clerk.post(f"/admin/users/{clerk.user_id}/roles", roles=["admin", "finance"])
    assert "Please choose one from the list." in clerk.said()
    clerk.post(f"/admin/users/{clerk.user_id}/roles", roles=["admin", "coordinator"])
    assert "Nobody changes their own roles" in clerk.said()
    assert roles_of(see, clerk.user_id) == {"admin"}
    assert "Changing roles signs" not in clerk.get(f"/admin/users/{clerk.user_id}").text


def test_the_last_admin_stays_and_a_shut_account_is_out_at_once(admin, desk_of, see):
    other = desk_of("other", RoleName.ADMIN)
    admin.post(f"/admin/users/{other.user_id}/disable")
    assert other.get("/admin").status_code == 302
    admin.post(f"/admin/users/{other.user_id}/enable")
    assert other.get("/admin").status_code == 302, "its sessions stay ended"
    admin.post(f"/admin/users/{admin.user_id}/disable")
    assert see(sa.select(User.active).where(User.id == admin.user_id)) == [True]
    assert {"user.disabled", "user.enabled"} <= set(actions(see))


def test_sessions_are_ended_from_the_desk(admin, desk_of):
    other = desk_of("lost-phone")
    assert other.get("/account").status_code == 200
    admin.post(f"/admin/users/{other.user_id}/sign-out")
    assert other.get("/account").status_code == 302


@pytest.fixture
def has_factor(unit_of_work, see):
    """Give somebody a second factor, whose telephone is then lost; says whether it is still asked for."""

    def give(user_id):
        def write(session):
            user = session.get_one(User, user_id)
            user.totp_secret, user.totp_confirmed_at, user.recovery_codes = "sealed", utc_now(), ["digest"]

        unit_of_work.run(write)
        return lambda: see(sa.select(User.totp_confirmed_at).where(User.id == user_id)) != [None]

    return give


def test_a_lost_second_factor_is_reset_by_somebody_else_and_its_owner_is_told(
    admin, desk_of, has_factor, see
):
    other = desk_of("lost-phone", RoleName.COORDINATOR)
    asked_for = has_factor(other.user_id)
    page = f"/admin/users/{other.user_id}"
    assert f"{page}/second-factor" in admin.get(page).text
    admin.post(f"{page}/second-factor", reason="")
    assert asked_for(), "the trail wants to know why"
    admin.post(f"{page}/second-factor", reason="rang her at the number we know")
    assert not asked_for()
    assert see(sa.select(User.recovery_codes).where(User.id == other.user_id)) == [[]]
    assert other.get("/account").status_code == 302, "its sessions ended"
    assert see(sa.select(OutboxMessage.payload)) == [
        {"message": "second_factor_reset", "user_id": other.user_id}
    ]
    assert f"{page}/second-factor" not in admin.get(page).text
    admin.post(f"{page}/second-factor")
    assert actions(see).count("second_factor.reset") == 1


def test_nobody_resets_their_own_second_factor_nor_without_the_password_of_just_now(
    admin, clerk, desk_of, has_factor
):
    own, of_finance = has_factor(clerk.user_id), has_factor(admin.user_id)
    clerk.post(f"/admin/users/{clerk.user_id}/second-factor")
    clerk.post(f"/admin/users/{admin.user_id}/second-factor")
    assert own()
    assert of_finance(), "who handles money is helped by somebody who does as well"
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        answer = admin.post(f"/admin/users/{clerk.user_id}/second-factor")
        assert asks_for_the_password(answer)
    assert own()


def test_the_last_admin_is_let_in_from_the_command_line(app, admin, has_factor):
    asked_for, run = has_factor(admin.user_id), app.test_cli_runner().invoke
    command = ["users", "reset-second-factor", "--email"]
    assert run(args=[*command, "nobody@example.com"]).exit_code == 2
    assert asked_for()
    assert run(args=[*command, "Admin@Example.com"]).exit_code == 0
    assert not asked_for()
    assert "has no second factor" in run(args=[*command, "admin@example.com"]).output


def test_somebody_is_set_to_work_and_moved(admin, shop, see):
    path = f"/admin/users/{admin.user_id}"
    both = list(shop.villages.values())
    admin.post(f"{path}/work", villages=both, packing_places=[shop.hub_id], points=[shop.point_id])
    assert set(see(sa.select(VillageCoordinator.village_id))) == set(both)
    assert see(sa.select(PackingPlaceStaff.packing_place_id)) == [shop.hub_id]
    assert see(sa.select(PointKeeper.pickup_point_id)) == [shop.point_id]
    admin.post(f"{path}/work", villages=[shop.villages["ruhe"]])
    assert see(sa.select(VillageCoordinator.village_id)) == [shop.villages["ruhe"]]
    assert see(sa.select(PackingPlaceStaff.packing_place_id)) == []
    admin.post(f"{path}/work", villages=[10**9])
    assert see(sa.select(VillageCoordinator.village_id)) == [shop.villages["ruhe"]]


def test_a_producer_is_found_and_gets_somebody_to_work_for_it(admin, shop, see):
    path = f"/admin/users/{admin.user_id}"
    found = admin.get(path, producer="wang").text
    assert f"{path}/producers/{shop.producers['wang']}" in found
    assert f'{path}/producers/{shop.producers["li"]}"' not in found
    for _ in range(2):
        assert admin.post(f"{path}/producers/{shop.producers['wang']}").status_code == 303
    assert see(sa.select(ProducerMember.producer_id)) == [shop.producers["wang"]]
    admin.post(f"{path}/producers/{shop.producers['wang']}/remove")
    producer = f"/admin/producers/{shop.producers['li']}/workers"
    admin.post(producer, email="nobody@example.com")
    admin.post(producer, email="ADMIN@example.com", back="https://evil.example")
    assert see(sa.select(ProducerMember.producer_id)) == [shop.producers["li"]]
    assert admin.post(producer, email="x", back="//evil.example").location == "/admin/households"


def test_a_household_is_opened_with_a_reason_that_stays(admin, shop, see):
    household_id = shop.households["li"]
    path = f"/admin/households/{household_id}"
    closed = admin.get(path).text
    assert "Why do you open its record?" in closed
    assert 'name="people"' not in closed
    assert admin.post(f"{path}/open", reason="curiosity").status_code == 400
    assert 'name="people"' in admin.post(f"{path}/open", reason="call").text
    form = {
        "village_id": shop.villages["ruhe"],
        "alias_zh": "李家",
        "alias_en": "Li",
        "people": 6,
        "phone": "13800000138",
    }
    assert admin.post(path, **form, consents="").status_code == 303
    [household] = see(sa.select(Household).where(Household.id == household_id))
    assert (household.people, household.village_id, household.slug) == (6, shop.villages["ruhe"], "li")
    [producer] = see(sa.select(Producer).where(Producer.household_id == household_id))
    assert (producer.name_zh, producer.village_id) == ("李家", shop.villages["ruhe"])
    assert {"household.read", "household.changed"} <= set(actions(see))
    assert "13800000138" not in str(see(sa.select(AuditEntry.facts)))
    assert "13800000138" in str(see(sa.select(AuditPersonal.facts)))


@pytest.mark.parametrize("people", ["0", "-1", "51", "four", "1.5"])
def test_a_household_of_nobody_is_refused(admin, shop, people):
    form = {
        "slug": "new",
        "village_id": shop.villages["mogou"],
        "alias_zh": "新",
        "alias_en": "New",
        "people": people,
    }
    answer = admin.post("/admin/households/new", **form)
    assert answer.status_code == 400
    assert "people-error" in answer.text
    assert 'value="新"' in answer.text, "what was typed is kept"


def test_a_village_is_added_once_under_its_short_name(admin, shop, see):
    form = {"slug": "longtou", "name_zh": "龙头村", "name_en": "Longtou", "packing_place_id": shop.hub_id}
    assert admin.post("/admin/villages/new", **form, product_count=99).status_code == 303
    [village] = see(sa.select(Village).where(Village.slug == "longtou"))
    assert village.product_count == 0
    for wrong in (
        {},
        {"slug": "Not A Slug"},
        {"slug": "../x"},
        {"packing_place_id": 10**9},
        {"name_zh": "长" * 41},
    ):
        assert admin.post("/admin/villages/new", **(form | wrong)).status_code == 400


def test_an_organisation_has_a_right_tax_number_and_members(admin, clerk, see):
    form = {
        "slug": "union",
        "name": "工会",
        "kind": "union",
        "invoice_title": "工会委员会",
        "tax_number": TAX_NUMBER,
    }
    assert admin.post("/admin/organisations/new", **(form | {"tax_number": "123"})).status_code == 400
    answer = admin.post("/admin/organisations/new", **form)
    if answer.status_code == 400:
        pytest.fail(answer.text)
    path = "/admin/organisations/1"
    admin.post(f"{path}/members", email="clerk@example.com", role="buyer")
    admin.post(f"{path}/members", email="clerk@example.com", role="owner")
    admin.post(f"{path}/members", email="clerk@example.com", role="king")
    assert see(sa.select(OrganisationMember.role)) == ["owner"]
    assert admin.post(f"{path}/members/{clerk.user_id}/remove").status_code == 303
    assert see(sa.select(OrganisationMember.role)) == ["owner"], "the last owner stays"
    admin.post(f"{path}/members", email="admin@example.com", role="owner")
    admin.post(f"{path}/members/{clerk.user_id}/remove")
    assert see(sa.select(OrganisationMember.user_id)) == [admin.user_id]


def test_a_clerk_without_finance_is_not_led_to_money(admin, clerk):
    assert 'href="/admin/transfers' in admin.get("/admin").text
    assert 'href="/admin/transfers' not in clerk.get("/admin").text


def test_a_form_is_kept_while_the_password_is_asked_for_and_carried_out_after_it(admin, clerk, session, see):
    _let_time_pass(session)
    path = f"/admin/users/{clerk.user_id}/disable"
    asked = admin.post(path, reason="left\n<the> team")
    assert asks_for_the_password(asked)
    assert f'action="{path}"' in asked.text
    assert "left\n&lt;the&gt; team" in asked.text
    wrong = admin.post(path, reason="left", password_again="not it")
    assert asks_for_the_password(wrong)
    assert "This is not your password." in wrong.text
    assert 'value="left"' in wrong.text
    assert "not it" not in wrong.text
    assert see(sa.select(User.active).where(User.id == clerk.user_id)) == [True]
    assert admin.post(path, reason="left", password_again=PASSWORD).status_code == 303
    assert see(sa.select(User.active).where(User.id == clerk.user_id)) == [False]


def test_typed_settings_are_saved_after_the_password(admin, session):
    _let_time_pass(session)
    asked = admin.post("/admin/settings", phone="029-8266 1234")
    assert asks_for_the_password(asked)
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    kept.pop("csrf_token", None)
    admin.post("/admin/settings", **kept, password_again=PASSWORD)
    assert "029-8266 1234" in admin.get("/admin/settings").text


def test_a_form_that_no_page_may_hold_is_not_done_and_says_so(admin, clerk, session):
    _let_time_pass(session)
    asked = admin.post(f"/admin/users/{clerk.user_id}/disable", reason="x" * 300_000)
    assert "/verify" in asked.location
    assert "undone=1" in asked.location
    admin.post(asked.location.split("?")[0], password=PASSWORD, next="/admin", undone="1")
    assert "Nothing was done yet" in admin.said()


def _let_time_pass(session):
    session.execute(sa.update(SignInSession).values(authenticated_at=utc_now() - timedelta(hours=1)))
    session.commit()


def test_the_account_that_buyers_transfer_to_is_typed_twice_when_it_changes(admin, unit_of_work):
    required = dict.fromkeys(("name_zh", "name_en", "short_name_zh", "short_name_en"), "x")
    account = {"bank_payee": "大学", "bank_name": "工行", "bank_number": "6222 0000 1111 2222"}
    once = admin.post("/admin/settings", **required, **account)
    assert once.status_code == 400
    assert 'id="bank_number_again-error"' in once.text
    wrong = admin.post("/admin/settings", **required, **(account | {"bank_number": "不是账号"}))
    assert "Please enter the account number" in wrong.text
    twice = account | {"bank_number_again": "6222000011112222"}
    assert admin.post("/admin/settings", **required, **twice).status_code == 303
    assert unit_of_work.run(read_shop_settings).bank_number == "6222000011112222"
