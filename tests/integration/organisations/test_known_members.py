"""An organisation gives no rights to whoever registered with an address, or typed a number, that nobody has confirmed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.errors import EmailNotProved, OwnerUnknown
from shop.accounts.invitations import NumberNotProved, accept, invite, issue_link
from shop.accounts.membership import put_member
from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import OrganisationInvitation
from shop.check.all_rules import find_violations
from shop.kit.clock import utc_now
from shop.mailroom import seal
from shop.notifications.letters import compose
from shop.notifications.messages import Message
from tests.conftest import OwnOriginClient
from tests.factories.people import make_person, make_stranger, post, prove_address, sign_in
from tests.integration.accounts.conftest import letters  # noqa: F401
from tests.integration.accounts.telephones import code_in
from tests.integration.admin.conftest import see, shop  # noqa: F401
from tests.integration.organisations.test_organisation_pages import Member, here  # noqa: F401

ADDRESS, PHONE = "prof.li@uni.example", "+8613912345678"
MARK = "Address not confirmed"
HOLDS = "account: whoever holds power has shown whose address it is"


@pytest.fixture
def stranger(app, unit_of_work):
    """Whoever registered with the professor's address, in a browser."""
    person = make_stranger(unit_of_work, ADDRESS, name="李教授")
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(client, person.email)
    return Member(client, person)


@pytest.fixture
def invited(here, unit_of_work, letters):  # noqa: F811
    """The path of the link that an address or number was sent; its letter has gone out, and writes no other."""

    def send(contact, role="approver"):
        here.owner.post(f"{here.path}/members/invite", contact=contact, role=role)
        letters()
        newest = sa.select(OrganisationInvitation.id).order_by(OrganisationInvitation.id.desc()).limit(1)
        one = unit_of_work.run(lambda session: session.scalars(newest).one())
        token = unit_of_work.run(lambda session: issue_link(session, one, now=utc_now()))[1]
        return f"/org/invitations/{token}"

    return send


def role_of(unit_of_work, person):
    role = sa.select(OrganisationMember.role).where(OrganisationMember.user_id == person.id)
    return unit_of_work.run(lambda session: session.scalar(role))


def test_the_link_asks_for_the_proof_of_the_address_and_goes_on_after_the_code(
    here,  # noqa: F811
    invited,
    stranger,
    unit_of_work,
    letters,  # noqa: F811
):
    path = invited(ADDRESS)
    page = stranger.get(path).text
    way = f"/account/contact/email?next={path}"
    assert f'href="{way}"' in page
    assert "Accept</button>" not in page
    stranger.post(path)
    assert role_of(unit_of_work, stranger) is None
    assert f'name="next" value="{path}"' in stranger.get(way).text
    sent = stranger.post("/account/contact/email", contact=ADDRESS, next=path)
    done = stranger.post(
        "/account/contact/email/code", code=code_in(letters(), ADDRESS), next=sent.location.split("next=")[1]
    )
    assert done.location == path
    assert stranger.post(path).location == here.path
    assert role_of(unit_of_work, stranger) == "approver"


def test_a_number_that_was_only_typed_is_confirmed_before_its_invitation_is_taken(
    here,  # noqa: F811
    invited,
    app,
    unit_of_work,
    letters,  # noqa: F811
):
    person = make_person(unit_of_work, "own@example.com")
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(client, person.email)
    typist = Member(client, person)
    typist.post("/account", name="", phone=PHONE, unit_id="", language="en")
    path = invited(PHONE, "owner")
    assert f'href="/account/contact/phone?next={path}"' in typist.get(path).text
    typist.post(path)
    assert role_of(unit_of_work, person) is None
    post(client, "/account/contact/phone", contact=PHONE, next=path)
    code = code_in(letters(), PHONE)
    done = post(client, "/account/contact/phone/code", "/account/contact/phone/code", code=code, next=path)
    assert done.location == path
    assert typist.post(path).location == here.path
    assert role_of(unit_of_work, person) == "owner"


def test_the_rule_stands_where_the_invitation_is_taken(here, unit_of_work, stranger):  # noqa: F811
    owner, now = here.owner.id, utc_now()

    def sent(contact):
        def work(session):
            one = invite(session, here.id, contact, "buyer", actor_id=owner, now=now)
            return issue_link(session, one, now=now)[1]

        return unit_of_work.run(work)

    by_mail, by_phone = sent(ADDRESS), sent(PHONE)
    person = make_person(unit_of_work, "own@example.com")
    unit_of_work.run(lambda session: setattr(session.get_one(User, person.id), "phone", PHONE))
    for token, who, refusal in ((by_mail, stranger, EmailNotProved), (by_phone, person, NumberNotProved)):
        with pytest.raises(refusal):
            unit_of_work.run(lambda session, token=token, who=who: accept(session, token, who.id, now=now))


def test_who_came_in_before_is_marked_found_by_the_check_and_gets_no_more(
    here,  # noqa: F811
    stranger,
    unit_of_work,
):
    row = OrganisationMember(organisation_id=here.id, user_id=stranger.id, role="buyer")
    unit_of_work.run(lambda session: session.add(row))
    page = f"{here.path}/members/{stranger.id}"
    assert MARK in here.owner.get(f"{here.path}/members").text
    assert "Nobody has confirmed that the address" in here.owner.get(page).text
    found = unit_of_work.run(lambda session: [(one.rule, one.subject) for one in find_violations(session)])
    assert found == [(HOLDS, f"user {stranger.id}")]
    refused = here.owner.post(page, role="owner")
    assert refused.status_code == 400
    assert "Nobody has confirmed yet" in refused.text
    assert here.owner.post(page, role="viewer").status_code == 303, "less is always possible"
    prove_address(unit_of_work, stranger)
    assert here.owner.post(page, role="approver").status_code == 303
    assert MARK not in here.owner.get(f"{here.path}/members").text


def test_nobody_new_is_put_in_either(here, stranger, unit_of_work):  # noqa: F811
    with pytest.raises(OwnerUnknown):
        unit_of_work.run(
            lambda session: put_member(session, here.id, stranger.id, "viewer", actor_id=None, now=utc_now())
        )


def test_an_invitation_by_text_message_says_what_to_do_and_gets_the_person_in(
    here,  # noqa: F811
    app,
    unit_of_work,
    settings,
):
    here.owner.post(f"{here.path}/members/invite", contact=PHONE, role="buyer")
    one = unit_of_work.run(lambda session: session.scalars(sa.select(OrganisationInvitation.id)).one())
    payload = {"message": Message.ORGANISATION_INVITED.value, "invitation_id": one}
    letter = unit_of_work.run(lambda session: compose(session, payload, now=utc_now()))
    with app.test_request_context():
        text = seal(letter, settings, now=utc_now())
    assert text.email is None
    assert text.phone == PHONE
    assert "用本手机号登录" in text.short
    path = text.short.split(settings.public_url)[1].strip()
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    assert client.get(path).location == f"/login?next={path}"


@pytest.mark.parametrize(("own", "said"), [("zh", "邀请"), ("en", "invites"), (None, "invites")])
def test_an_invitation_is_in_the_language_of_the_invited_or_else_of_the_page_of_who_invites(
    here,  # noqa: F811
    unit_of_work,
    letters,  # noqa: F811
    own,
    said,
):
    """The owner's page is English."""
    if own is not None:
        person = make_person(unit_of_work, ADDRESS)
        chosen = sa.update(User).where(User.id == person.id).values(language=own)
        unit_of_work.run(lambda session: session.execute(chosen).rowcount)
    here.owner.post(f"{here.path}/members/invite", contact=ADDRESS, role="buyer")
    [letter] = [one for one in letters() if one.email == ADDRESS]
    assert said in letter.text
