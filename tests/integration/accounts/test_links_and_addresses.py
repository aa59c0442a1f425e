"""A link opens the account only as long as the account has the address to which the link was sent."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User, UserRole
from shop.accounts.password_resets import issue_reset_token
from shop.kit.clock import utc_now
from tests.factories.people import csrf_token, make_person, make_stranger, post, sign_in
from tests.integration.accounts.telephones import code_in

OLD, NEW, INVITED = "old@example.com", "new@example.com", "colleague@example.com"
ENGLISH = {"Accept-Language": "en"}
ANOTHER = "another quiet ridge"


@pytest.fixture
def link_to(unit_of_work):
    """The token of a link that goes to an address."""
    return lambda address: unit_of_work.run(
        lambda session: issue_reset_token(session, address, now=utc_now())
    )[1]


@pytest.fixture
def moves(letters):
    """Somebody who is signed in gives the account another address."""

    def move(browser, address):
        post(browser, "/account/contact/email", "/account/contact/email", contact=address)
        code = code_in(letters(), address)
        at = "/account/contact/email/code"
        answer = post(browser, at, at, code=code)
        assert answer.status_code == 303

    return move


@pytest.fixture
def stranger(client, unit_of_work):
    """The browser of somebody who registered with the colleague's address."""
    make_stranger(unit_of_work, INVITED)
    sign_in(client, INVITED)
    return client


@pytest.fixture
def boss(another_browser, unit_of_work):
    make_person(unit_of_work, "boss@example.com", roles=[RoleName.ADMIN])
    browser = another_browser()
    sign_in(browser, "boss@example.com")
    return browser


def opens(browser, token, password=ANOTHER):
    """Whether the link asks for a password, and takes one."""
    page = browser.get(f"/reset/new?token={token}", follow_redirects=True, headers=ENGLISH)
    if 'name="password"' not in page.text:
        return False
    fields = {"password": password, "csrf_token": csrf_token(browser, "/reset/new")}
    return browser.post("/reset/new", data=fields).location == "/login"


def invite(boss, address=INVITED):
    form = {"email": address, "name": "同事", "phone": "", "unit_id": "", "language": "zh"}
    post(boss, "/admin/users/new", "/admin/users/new", **form, roles=["coordinator"])


def invited_link(letters, address=INVITED):
    [letter] = [one for one in letters() if one.email == address and "/reset/new?token=" in one.text]
    return letter.text.partition("/reset/new?token=")[2].split()[0]


def test_a_link_to_the_old_address_sets_no_password_after_the_account_has_moved(
    client, another_browser, unit_of_work, link_to, moves
):
    make_person(unit_of_work, OLD)
    sign_in(client, OLD)
    token = link_to(OLD)
    moves(client, NEW)
    assert not opens(another_browser(), token), "who reads the letters of the old address stays out"
    assert sign_in(another_browser(), NEW).status_code == 303, "the password is the one that it was"
    assert opens(another_browser(), link_to(NEW))


def test_moving_away_and_back_does_not_open_the_old_link_again(
    client, another_browser, unit_of_work, link_to, moves
):
    make_person(unit_of_work, OLD)
    sign_in(client, OLD)
    token = link_to(OLD)
    moves(client, NEW)
    moves(client, OLD)
    assert not opens(another_browser(), token)


def test_another_telephone_leaves_the_link_open(client, another_browser, unit_of_work, link_to, letters):
    make_person(unit_of_work, OLD)
    sign_in(client, OLD)
    token = link_to(OLD)
    post(client, "/account/contact/phone", "/account/contact/phone", contact="13912345678")
    code = code_in(letters(), "+8613912345678")
    post(client, "/account/contact/phone/code", "/account/contact/phone/code", code=code)
    assert opens(another_browser(), token)


def test_an_invited_colleague_does_not_set_the_password_of_an_account_that_has_left_the_address(
    stranger, boss, another_browser, letters, moves
):
    invite(boss)
    token = invited_link(letters)
    moves(stranger, NEW)
    assert not opens(another_browser(), token)
    assert sign_in(another_browser(), NEW).status_code == 303


def test_an_invitation_that_is_not_written_yet_does_not_follow_the_account_to_its_new_address(
    stranger, boss, letters, rows, unit_of_work
):
    invite(boss)
    [user_id] = rows(sa.select(User.id).where(User.email == INVITED))
    moved = sa.update(User).where(User.id == user_id).values(email=NEW, confirmed_at=utc_now())
    unit_of_work.run(lambda session: session.execute(moved).rowcount)
    assert [one for one in letters() if "/reset/new" in one.text] == []


def test_the_team_reads_that_the_invited_address_has_left_and_gives_no_role_until_it_is_settled(
    stranger, boss, another_browser, letters, rows, moves
):
    invite(boss)
    [user_id] = rows(sa.select(User.id).where(User.email == INVITED))
    page, roles = f"/admin/users/{user_id}", sa.select(UserRole.role).where(UserRole.user_id == user_id)
    moves(stranger, NEW)
    said = boss.get(page, headers=ENGLISH).text
    assert f"The invitation went to {INVITED}, and this account has moved to {NEW} since" in said
    post(boss, f"{page}/roles", page, roles=["coordinator"])
    assert rows(roles) == []
    assert f"The invitation went to {INVITED}" in boss.get(page, headers=ENGLISH).text
    invite(boss)
    assert len(rows(sa.select(User.id).where(User.email == INVITED))) == 1, "the invited has an account now"
    post(boss, f"{page}/invite", page)
    assert opens(another_browser(), invited_link(letters, NEW))
    assert "has moved to" not in boss.get(page, headers=ENGLISH).text
    post(boss, f"{page}/roles", page, roles=["coordinator"])
    assert rows(roles) == [RoleName.COORDINATOR]


def test_who_proved_the_invited_address_may_move_later_and_be_given_a_role(
    stranger, boss, another_browser, letters, rows, moves
):
    invite(boss)
    [user_id] = rows(sa.select(User.id).where(User.email == INVITED))
    owner = another_browser()
    assert opens(owner, invited_link(letters))
    sign_in(owner, INVITED, ANOTHER)
    moves(owner, NEW)
    page = f"/admin/users/{user_id}"
    assert "has moved to" not in boss.get(page, headers=ENGLISH).text
    post(boss, f"{page}/roles", page, roles=["coordinator"])
    assert rows(sa.select(UserRole.role).where(UserRole.user_id == user_id)) == [RoleName.COORDINATOR]
