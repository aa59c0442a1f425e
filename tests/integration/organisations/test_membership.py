"""Who belongs to an organisation: invited, of its unit, promoted, removed, and never without an owner."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from shop.accounts.campus.models import CampusIdentity, CampusKind, CampusUnit, Provider
from shop.accounts.invitations import (
    AlreadyMember,
    InvitationOver,
    NotTheInvited,
    accept,
    invite,
    issue_link,
    take_back,
    waiting_invitations,
)
from shop.accounts.membership import (
    LastOwner,
    join_by_unit,
    members_of,
    organisations_to_join,
    put_member,
    remove_member,
)
from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember, Unit, User
from shop.accounts.organisation_desk import save_organisation
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound

TAX = "81610000MC12345A9A"


@pytest.fixture
def here(unit_of_work):
    """An organisation, its owner, and two people outside."""
    now = utc_now()

    def work(session):
        unit = Unit(slug="trade-union", name_zh="工会", name_en="Union")
        people = [
            User(email=f"{name}@shop.example", name=name, created_at=now)
            for name in ("owner", "guest", "other")
        ]
        session.add_all([unit, *people])
        session.flush()
        own = Organisation(
            slug="union",
            name="校工会",
            invoice_title="校工会",
            tax_number=TAX,
            kind=OrganisationKind.UNION,
            unit_id=unit.id,
            unit_role="viewer",
        )
        session.add(own)
        session.flush()
        session.add(OrganisationMember(organisation_id=own.id, user_id=people[0].id, role="owner"))
        return own.id, unit.id, *(one.id for one in people)

    own, unit, owner, guest, other = unit_of_work.run(work)
    return SimpleNamespace(
        id=own, unit=unit, owner=owner, guest=guest, other=other, now=now, run=unit_of_work.run
    )


def roles(here) -> dict[int, str]:
    return {one.user_id: one.role for one in here.run(lambda session: members_of(session, here.id))}


def sent(here, contact="guest@shop.example", role="buyer") -> str:
    """The token of the link that somebody was sent."""
    who = {"actor_id": here.owner, "now": here.now}
    one = here.run(lambda session: invite(session, here.id, contact, role, **who))
    return here.run(lambda session: issue_link(session, one, now=here.now))[1]


def take(here, token, by, *, later=timedelta()):
    return here.run(lambda session: accept(session, token, by, now=here.now + later))


def test_an_invitation_lets_in_the_invited_once(here):
    token = sent(here)
    assert take(here, token, here.guest) == "union"
    assert take(here, token, here.guest) == "union", "pressed twice"
    assert roles(here) == {here.owner: "owner", here.guest: "buyer"}
    here.run(lambda session: remove_member(session, here.id, here.guest, actor_id=here.owner, now=here.now))
    take(here, token, here.guest)
    assert here.guest not in roles(here), "a link that was used opens nothing again"


def test_whoever_else_has_the_link_stays_outside(here):
    token = sent(here)
    with pytest.raises(NotTheInvited):
        take(here, token, here.other)
    with pytest.raises(NotFound):
        take(here, "guessed", here.other)
    assert set(roles(here)) == {here.owner}


def test_an_invitation_ends_with_time_when_taken_back_and_when_another_follows(here):
    token = sent(here)
    with pytest.raises(InvitationOver):
        take(here, token, here.guest, later=timedelta(days=7))
    here.now += timedelta(minutes=5)
    second = sent(here, role="approver")
    with pytest.raises(InvitationOver):
        take(here, token, here.guest)
    [waiting] = here.run(lambda session: waiting_invitations(session, here.id, now=here.now))
    here.run(lambda session: take_back(session, here.id, waiting.id, actor_id=here.owner, now=here.now))
    with pytest.raises(InvitationOver):
        take(here, second, here.guest)
    assert set(roles(here)) == {here.owner}


def test_a_member_is_not_invited_and_nonsense_is_no_contact(here):
    for typed, wrong in (
        ("owner@shop.example", AlreadyMember),
        ("12345", InvalidInput),
        ("a@", InvalidInput),
    ):
        with pytest.raises(wrong):
            sent(here, typed)
    with pytest.raises(InvalidInput):
        sent(here, role="king")


def test_a_second_press_sends_no_second_message(here):
    who = {"actor_id": here.owner, "now": here.now}
    ids = {
        here.run(lambda session: invite(session, here.id, "138 0013 8000", "viewer", **who)) for _ in range(2)
    }
    assert len(ids) == 1


def test_an_organisation_keeps_an_owner(here):
    who = {"actor_id": here.owner, "now": here.now}
    with pytest.raises(LastOwner):
        here.run(lambda session: remove_member(session, here.id, here.owner, **who))
    with pytest.raises(LastOwner):
        here.run(lambda session: put_member(session, here.id, here.owner, "viewer", **who))
    here.run(lambda session: put_member(session, here.id, here.guest, "owner", **who))
    here.run(lambda session: remove_member(session, here.id, here.owner, **who))
    assert roles(here) == {here.guest: "owner"}


def of_unit(here, user_id):
    """The campus itself says that they belong there."""

    def work(session):
        if session.scalar(sa.select(CampusUnit.id)) is None:
            session.add(
                CampusUnit(provider=Provider.CAS, code="0412", unit_id=here.unit, first_seen_at=here.now)
            )
        session.add(
            CampusIdentity(
                provider=Provider.CAS,
                issuer="cas",
                subject=str(user_id),
                user_id=user_id,
                kind=CampusKind.STAFF,
                unit_code="0412",
                linked_at=here.now,
                last_seen_at=here.now,
            )
        )

    here.run(work)


def test_people_of_the_unit_join_with_its_role_and_who_only_says_so_does_not(here):
    of_unit(here, here.guest)
    here.run(lambda session: setattr(session.get_one(User, here.other), "unit_id", here.unit))
    for _ in range(2):
        here.run(lambda session: join_by_unit(session, "union", here.guest, now=here.now))
    with pytest.raises(NotFound):
        here.run(lambda session: join_by_unit(session, "union", here.other, now=here.now))
    assert roles(here) == {here.owner: "owner", here.guest: "viewer"}
    offered = here.run(lambda session: organisations_to_join(session, here.guest))
    assert list(offered) == [], "who belongs to it is not asked again"


def test_no_circle_of_unions_and_nothing_but_unions_below(here):
    def save(record_id, **values):
        return here.run(
            lambda session: save_organisation(session, record_id, values, actor_id=here.owner, now=here.now)
        )

    new = {"invoice_title": "x", "tax_number": TAX, "unit_id": None}
    sub = save(None, slug="sub", name="机械学院分工会", kind="union", parent_id=here.id, **new)
    below = save(None, slug="below", name="铸造教研室", kind="union", parent_id=sub, **new)
    for record_id, values in ((here.id, {"parent_id": below}), (here.id, {"parent_id": here.id})):
        with pytest.raises(InvalidInput):
            save(record_id, **values)
    with pytest.raises(InvalidInput):
        save(None, slug="canteen", name="一食堂", kind="canteen", parent_id=here.id, **new)
    with pytest.raises(InvalidInput):
        save(here.id, kind="company")
