"""One truth of what opens an account: the last of it stays, and each of it answers "is it you?"."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.campus.ending import end_identity
from shop.accounts.campus.identities import link_identity, unlink_identity
from shop.accounts.campus.models import CampusIdentity, CampusKind, EndedBecause, RosterRow
from shop.accounts.campus.roster import roster_person
from shop.accounts.errors import LastWayIn
from shop.accounts.models import RoleName, User
from shop.accounts.passkey_models import Passkey
from shop.accounts.passkeys import remove_passkey
from shop.accounts.ways_in import ways_of
from shop.kit.clock import utc_now
from shop.privacy.mapping import Person
from shop.privacy.own_ways import forget_roster
from tests.factories.people import PASSWORD, make_person, post, sign_in

PHONE = "+8613912345678"


@pytest.fixture
def linked(unit_of_work):
    """Links a row of the roster to an account; returns the link's number."""

    def link(user_id, number="20230017"):
        def plant(session):
            row = RosterRow(campus_number=number, name="王小梅", phone=PHONE, kind=CampusKind.STAFF,
                            unit_code="", written_at=utc_now())  # fmt: skip
            session.add(row)
            session.flush()
            return link_identity(session, user_id, roster_person(row), now=utc_now()).id

        return unit_of_work.run(plant)

    return link


@pytest.fixture
def changed(unit_of_work):
    def change(user_id, **values):
        unit_of_work.run(
            lambda session: (
                session.execute(sa.update(User).where(User.id == user_id).values(**values)).rowcount
            )
        )

    return change


def add_passkey(unit_of_work, user_id):
    def plant(session):
        key = Passkey(user_id=user_id, credential_id="key", public_key="k", user_handle="h", label="手机",
                      sign_count=0, backed_up=False, created_at=utc_now())  # fmt: skip
        session.add(key)
        session.flush()
        return key.id

    return unit_of_work.run(plant)


@pytest.mark.parametrize(
    ("values", "opens"),
    [
        ({"name": "王小梅"}, True),
        ({"password_hash": None}, False),
        ({"email": None}, False),  # a password without an address opens nothing
        ({"password_hash": None, "phone": PHONE}, False),  # and a number that was not proved as little
        ({"password_hash": None, "phone": PHONE, "phone_confirmed_at": utc_now()}, True),
        ({"password_hash": None, "totp_confirmed_at": utc_now()}, False),
    ],
)
def test_the_last_way_in_stays_whichever_it_is(unit_of_work, linked, changed, values, opens):
    person = make_person(unit_of_work)
    link, key = linked(person.id), add_passkey(unit_of_work, person.id)
    changed(person.id, **values)
    now = utc_now()
    unit_of_work.run(lambda session: remove_passkey(session, person.id, key, demanded=False, now=now))
    unlink = lambda: unit_of_work.run(lambda session: unlink_identity(session, person.id, link, now=now))  # noqa: E731
    if opens:
        unlink()
    else:
        with pytest.raises(LastWayIn):
            unlink()
    left = unit_of_work.run(lambda session: session.scalar(sa.select(CampusIdentity.id)))
    assert left == (None if opens else link)


def test_a_campus_account_that_has_ended_and_the_teams_telephone_alone_keep_nothing_open(
    unit_of_work, linked, changed
):
    person = make_person(unit_of_work, "admin@example.com", roles=[RoleName.ADMIN])
    link, key, now = linked(person.id), add_passkey(unit_of_work, person.id), utc_now()
    changed(person.id, password_hash=None, phone=PHONE, phone_confirmed_at=now)
    unit_of_work.run(lambda session: end_identity(session, link, EndedBecause.LEFT, now=now))
    with pytest.raises(LastWayIn):
        unit_of_work.run(lambda session: remove_passkey(session, person.id, key, demanded=False, now=now))
    assert unit_of_work.run(lambda session: ways_of(session, person.id)).campus == {}


def test_is_it_you_offers_the_campus_beside_the_password_and_alone_where_there_is_nothing_else(
    client, unit_of_work, linked, changed
):
    person = make_person(unit_of_work)
    link = linked(person.id)
    sign_in(client, person.email)
    page = client.get("/verify").text
    assert 'type="password"' in page
    assert "/login/campus/staff" in page
    changed(person.id, password_hash=None)
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        answer = post(client, f"/account/campus/links/{link}/remove", "/account")
        assert answer.status_code == 302
        assert "undone=1" in answer.headers["Location"], "no page can keep the form on the way to the campus"
        page = client.get(answer.headers["Location"]).text
        assert 'type="password"' not in page
        assert "/login/campus/staff" in page
        assert post(client, "/verify", "/account", password=PASSWORD).status_code != 303


def test_an_erasure_takes_the_row_of_the_roster_and_nobody_elses(unit_of_work, linked):
    person, other = make_person(unit_of_work), make_person(unit_of_work, "other@example.com")
    linked(person.id)
    linked(other.id, "20230018")
    unit_of_work.run(lambda session: forget_roster(session, Person(user_id=person.id), utc_now()))
    numbers = unit_of_work.run(lambda session: list(session.scalars(sa.select(RosterRow.campus_number))))
    assert numbers == ["20230018"]
