"""Somebody registered with another person's address: the team gives that account neither money nor power."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.attempts import Origin
from shop.accounts.models import Organisation, OrganisationMember, RoleName, Unit, User, UserRole
from shop.accounts.password_resets import issue_reset_token, reset_password
from shop.accounts.passwords import hash_password
from shop.accounts.privacy_models import AboutWhat, AskedFor
from shop.accounts.registration import register
from shop.catalogue.models import PackingPlaceStaff, ProducerMember, VillageCoordinator
from shop.delivery.models import PointKeeper
from shop.kit.clock import utc_now
from shop.privacy.asking import ask
from shop.storage.outbox import OutboxMessage
from tests.factories.people import PASSWORD

ADDRESS = "dean@example.com"
REFUSED = "Nobody has confirmed yet"
MARK = "Address not confirmed"


@pytest.fixture
def stranger(unit_of_work, see) -> int:
    """The account of whoever registered with the dean's address and never confirmed it."""
    origin = Origin(address="198.51.100.7", is_campus=False, limited=False)
    facts = {"email": ADDRESS, "password_hash": hash_password(PASSWORD), "name": "院长", "unit_id": None}
    facts |= {"language": "zh", "consents": {}, "origin": origin, "now": utc_now()}
    unit_of_work.run(lambda session: register(session, **facts))
    return see(sa.select(User.id).where(User.email == ADDRESS))[0]


@pytest.fixture
def its_owner_comes(unit_of_work):
    def come() -> None:
        def work(session):
            _user, token = issue_reset_token(session, ADDRESS, now=utc_now())
            reset_password(session, token, hash_password("another quiet ridge"), language="zh", now=utc_now())

        unit_of_work.run(work)

    return come


@pytest.fixture
def organisation(unit_of_work) -> int:
    def work(session):
        row = Organisation(slug="tea", name="茶学院", invoice_title="茶学院", tax_number="91610926MA70XQ1A9C")
        session.add(row)
        session.flush()
        return row.id

    return unit_of_work.run(work)


def test_no_organisation_is_opened_to_it_until_its_owner_came(
    admin, stranger, organisation, its_owner_comes, see
):
    path, member = f"/admin/organisations/{organisation}", {"email": ADDRESS, "role": "buyer"}
    members = sa.select(OrganisationMember.user_id).where(OrganisationMember.organisation_id == organisation)
    admin.post(f"{path}/members", **member)
    said = admin.get(path).text
    assert REFUSED in said
    assert "or send an invitation" in said
    assert see(members) == []
    its_owner_comes()
    admin.post(f"{path}/members", **member)
    assert see(members) == [stranger]
    assert MARK not in admin.get(path).text


def test_who_became_a_member_before_is_marked(admin, stranger, organisation, unit_of_work):
    member = OrganisationMember(organisation_id=organisation, user_id=stranger, role="buyer")
    unit_of_work.run(lambda session: session.add(member))
    assert MARK in admin.get(f"/admin/organisations/{organisation}").text


def test_no_role_is_given_to_it_and_the_page_says_why(admin, stranger, its_owner_comes, see):
    path, roles = f"/admin/users/{stranger}", sa.select(UserRole.role).where(UserRole.user_id == stranger)
    page = admin.get(path).text
    assert MARK in page
    assert f"{path}/invite" in page
    admin.post(f"{path}/roles", roles=["coordinator", "admin"])
    assert REFUSED in admin.get(path).text
    assert see(roles) == []
    its_owner_comes()
    assert MARK not in admin.get(path).text
    admin.post(f"{path}/roles", roles=["coordinator"])
    assert see(roles) == [RoleName.COORDINATOR]


@pytest.mark.parametrize(
    ("box", "where"),
    [
        ("villages", VillageCoordinator.village_id),
        ("packing_places", PackingPlaceStaff.packing_place_id),
        ("points", PointKeeper.pickup_point_id),
    ],
)
def test_no_place_of_work_is_given_to_it(admin, shop, stranger, see, box, where):
    ids = {
        "villages": shop.villages["ruhe"],
        "packing_places": shop.hub_id,
        "points": shop.point_id,
    }
    path = f"/admin/users/{stranger}"
    admin.post(f"{path}/work", **{box: [ids[box]]})
    assert REFUSED in admin.get(path).text
    assert see(sa.select(where).where(where.class_.user_id == stranger)) == []


def test_no_producer_gets_it_for_a_worker(admin, shop, stranger, see):
    admin.post(f"/admin/users/{stranger}/producers/{shop.producers['wang']}")
    admin.post(f"/admin/producers/{shop.producers['wang']}/workers", email=ADDRESS)
    assert see(sa.select(ProducerMember.user_id).where(ProducerMember.user_id == stranger)) == []


def test_nobody_says_of_it_that_it_belongs_to_a_unit(admin, stranger, its_owner_comes, unit_of_work, see):
    unit = Unit(slug="tea", name_zh="茶学院", name_en="Tea")

    def work(session):
        session.add(unit)
        session.flush()
        return unit.id

    unit_id = unit_of_work.run(work)
    path, proved = f"/admin/users/{stranger}", sa.select(User.proved_unit_id).where(User.id == stranger)
    form = {"name": "院长", "phone": "", "unit_id": unit_id}
    answer = admin.post(path, **form, unit_is_proved="y")
    assert answer.status_code == 400
    assert REFUSED in answer.text
    assert see(proved) == [None]
    assert admin.post(path, **form).status_code == 303, "the rest is saved as ever"
    its_owner_comes()
    admin.post(path, **form, unit_is_proved="y")
    assert see(proved) == [unit_id]


def test_an_invitation_to_the_address_sends_the_link_and_gives_nothing_until_it_is_accepted(
    admin, stranger, its_owner_comes, see
):
    form = {"email": ADDRESS, "name": "院长", "roles": ["coordinator"], "language": "zh", "unit_id": ""}
    answer = admin.post("/admin/users/new", **form)
    path = f"/admin/users/{stranger}"
    assert (answer.status_code, answer.location) == (303, path)
    assert "without confirming it" in admin.get(path).text
    assert [one["message"] for one in see(sa.select(OutboxMessage.payload))] == ["invited"]
    assert see(sa.select(UserRole.role).where(UserRole.user_id == stranger)) == []
    its_owner_comes()
    again = admin.post("/admin/users/new", **form)
    assert again.status_code == 400
    assert "already an account" in again.text


def test_an_invited_colleague_who_has_not_come_yet_may_be_given_work(admin, shop, see):
    form = {"email": "new@example.com", "name": "新同事", "roles": ["coordinator"], "language": "zh"}
    admin.post("/admin/users/new", **form, unit_id="")
    [user_id] = see(sa.select(User.id).where(User.email == "new@example.com"))
    admin.post(f"/admin/users/{user_id}/work", villages=[shop.villages["ruhe"]])
    assert see(sa.select(VillageCoordinator.user_id)) == [user_id]
    assert MARK not in admin.get(f"/admin/users/{user_id}").text


def test_the_list_of_users_marks_the_address(admin, stranger, its_owner_comes):
    assert f"{ADDRESS} (not confirmed)" in admin.get("/admin/users").text
    its_owner_comes()
    assert f"{ADDRESS} (not confirmed)" not in admin.get("/admin/users").text


def test_the_list_of_users_can_be_narrowed_to_addresses_that_nobody_confirmed(
    admin, stranger, its_owner_comes
):
    def found(answer: str) -> bool:
        return f"/admin/users/{stranger}" in admin.get("/admin/users", doubtful=answer).text

    assert (found("yes"), found("no"), found("")) == (True, False, True)
    its_owner_comes()
    assert (found("yes"), found("no")) == (False, True)


def test_an_invitation_says_that_the_typed_name_was_not_taken_over(admin, stranger, see):
    typed = {"email": ADDRESS, "name": "李院长", "phone": "", "unit_id": "", "language": "zh"}
    said = admin.get(admin.post("/admin/users/new", **typed).location).text
    assert "called themselves 院长" in said
    assert "What you typed, the name too, was not taken over" in said
    assert see(sa.select(User.name).where(User.id == stranger)) == ["院长"]


def test_the_privacy_desk_shows_the_address_and_the_doubt_where_the_copy_is_made(
    admin, stranger, its_owner_comes, unit_of_work
):
    about = {"asked_by_id": stranger, "now": utc_now()}
    number = unit_of_work.run(
        lambda session: ask(session, AskedFor.COPY, AboutWhat.USER, str(stranger), **about).number
    )
    page = admin.get(f"/admin/privacy/requests/{number}").text
    for said in (ADDRESS, MARK, "First make sure that who asks is whose data it is"):
        assert said in page
    confirmed = sa.update(User).where(User.id == stranger).values(confirmed_at=utc_now())
    unit_of_work.run(lambda session: session.execute(confirmed))
    page = admin.get(f"/admin/privacy/requests/{number}").text
    assert ADDRESS in page
    assert MARK not in page
    assert "First make sure" not in page
