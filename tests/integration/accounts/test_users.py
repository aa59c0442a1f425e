"""Accounts and roles."""

from __future__ import annotations

import pytest

from shop.accounts.errors import (
    EmailTaken,
    FinanceNeedsAdmin,
    LastAdmin,
    LastFinance,
    OwnAccount,
    WeakPassword,
)
from shop.accounts.models import AuditEntry, RoleName, User
from shop.accounts.user_queries import UserFilter, list_users
from shop.accounts.users import (
    add_user,
    create_user,
    disable_user,
    enable_user,
    grant_role,
    revoke_role,
    roles_of,
    set_roles,
)
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from tests.factories.people import is_signed_in, make_person, sign_in


def test_an_address_has_one_account_however_it_is_spelled(unit_of_work):
    make_person(unit_of_work, "Lin@Example.com")
    with pytest.raises(EmailTaken):
        make_person(unit_of_work, "lin@EXAMPLE.com ")


def test_the_demo_password_is_for_the_demo_only(session):
    facts = {"email": "x@example.com", "password": "demo-password", "now": utc_now()}
    with pytest.raises(WeakPassword):
        create_user(session, **facts)
    assert create_user(session, **facts, demo=True, roles=[RoleName.ADMIN]).id


def test_a_wrong_telephone_number_is_named(session):
    with pytest.raises(InvalidInput) as refused:
        create_user(session, email="x@example.com", password="a long sentence", phone="12", now=utc_now())
    assert "phone" in refused.value.errors


@pytest.mark.parametrize("change", ["grant", "revoke", "disable"])
def test_a_change_of_role_or_disabling_ends_sessions_at_once(client, unit_of_work, change):
    boss = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    person = make_person(unit_of_work, roles=[RoleName.POINT_KEEPER])
    sign_in(client, person.email)
    facts = {"actor_id": boss.id, "now": utc_now()}
    changes = {
        "grant": lambda session: grant_role(session, person.id, RoleName.COORDINATOR, **facts),
        "revoke": lambda session: revoke_role(session, person.id, RoleName.POINT_KEEPER, **facts),
        "disable": lambda session: disable_user(session, person.id, **facts),
    }
    assert is_signed_in(client)
    unit_of_work.run(changes[change])
    assert not is_signed_in(client)
    assert client.get("/point/room").location.startswith("/login")


def test_a_disabled_account_cannot_sign_in_until_it_is_enabled(client, unit_of_work):
    person, now = make_person(unit_of_work), utc_now()
    unit_of_work.run(lambda session: disable_user(session, person.id, actor_id=None, now=now))
    assert sign_in(client, person.email).status_code == 400
    unit_of_work.run(lambda session: enable_user(session, person.id, actor_id=None, now=now))
    assert sign_in(client, person.email).status_code == 303


def test_the_last_admin_stays(unit_of_work):
    boss = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    other = make_person(unit_of_work, "other@example.com", roles=[RoleName.ADMIN])
    now = utc_now()
    unit_of_work.run(
        lambda session: revoke_role(session, other.id, RoleName.ADMIN, actor_id=boss.id, now=now)
    )
    for remove in (
        lambda session: revoke_role(session, boss.id, RoleName.ADMIN, actor_id=None, now=now),
        lambda session: disable_user(session, boss.id, actor_id=other.id, now=now),
        lambda session: set_roles(session, boss.id, [RoleName.FARMER], actor_id=None, now=now),
    ):
        with pytest.raises(LastAdmin):
            unit_of_work.run(remove)


def test_the_last_person_of_finance_stays(unit_of_work):
    """Finance is given by finance only: without anybody, nobody could ever give it back."""
    boss = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    purse = make_person(unit_of_work, "purse@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
    now = utc_now()
    for remove in (
        lambda session: revoke_role(session, purse.id, RoleName.FINANCE, actor_id=None, now=now),
        lambda session: disable_user(session, purse.id, actor_id=boss.id, now=now),
        lambda session: set_roles(session, purse.id, [RoleName.ADMIN], actor_id=None, now=now),
    ):
        with pytest.raises(LastFinance):
            unit_of_work.run(remove)


def test_finance_goes_with_the_shops_team_or_not_at_all(unit_of_work, session):
    """Alone it would sign in to a page that it may not open."""
    person = make_person(unit_of_work)
    both, alone, now = [RoleName.ADMIN, RoleName.FINANCE], [RoleName.FINANCE], utc_now()
    unit_of_work.run(lambda session: set_roles(session, person.id, both, actor_id=None, now=now))
    for work in (
        lambda session: set_roles(session, person.id, alone, actor_id=None, now=now),
        lambda session: add_user(session, User(email="new@example.com"), alone, actor_id=None, now=now),
    ):
        with pytest.raises(FinanceNeedsAdmin):
            unit_of_work.run(work)
    assert roles_of(session, person.id) == {RoleName.ADMIN, RoleName.FINANCE}


def test_a_disabled_admin_does_not_count_as_one(unit_of_work):
    boss = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    other = make_person(unit_of_work, "other@example.com", roles=[RoleName.ADMIN])
    now = utc_now()
    unit_of_work.run(lambda session: disable_user(session, other.id, actor_id=boss.id, now=now))
    with pytest.raises(LastAdmin):
        unit_of_work.run(lambda session: disable_user(session, boss.id, actor_id=None, now=now))


def test_nobody_changes_their_own_roles(unit_of_work):
    boss = make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    with pytest.raises(OwnAccount):
        unit_of_work.run(
            lambda session: grant_role(session, boss.id, RoleName.FINANCE, actor_id=boss.id, now=utc_now())
        )


def test_changes_stand_in_the_audit_trail(unit_of_work, session):
    person, now = make_person(unit_of_work), utc_now()
    roles = [RoleName.FARMER, RoleName.POINT_KEEPER]
    unit_of_work.run(lambda session: set_roles(session, person.id, roles, actor_id=None, now=now))
    unit_of_work.run(lambda session: set_roles(session, person.id, [RoleName.FARMER], actor_id=None, now=now))
    actions = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["user.created", "role.granted", "role.granted", "role.revoked"]
    assert roles_of(session, person.id) == {RoleName.FARMER}


def test_people_are_found_by_part_of_name_or_address_and_by_role(unit_of_work, session):
    make_person(unit_of_work, "li_hua@example.com", roles=[RoleName.FARMER])
    make_person(unit_of_work, "lixhua@example.com")
    rows, total = list_users(session, UserFilter(text="li_h"))
    assert (total, [row.email for row in rows]) == (1, ["li_hua@example.com"])
    assert rows[0].roles == (RoleName.FARMER,)
    assert list_users(session, UserFilter(role=RoleName.FARMER))[1] == 1
    assert list_users(session, UserFilter(active=False))[1] == 0
