"""Who no longer belongs to an organisation: every address of an order that they placed for it answers as if it were
another's, and it is in none of their lists and in no copy of their data.
"""

from __future__ import annotations

import io
import zipfile

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.models import Order
from tests.integration.authorisation import targets
from tests.integration.authorisation.matrix import MATRIX
from tests.integration.authorisation.rows import Row
from tests.integration.authorisation.test_every_route import seen, send, text
from tests.whole_shop import WholeShop

BUYER = "buyer"
FACTS = {
    "name": "离开的工会",
    "slug": "left",
    "kind": "union",
    "invoice_title": "离开的工会",
    "tax_number": "",
}
TALKS = (targets.CONVERSATION, targets.CONVERSATION_PHOTO)
ROWS = [
    row
    for row in MATRIX
    if row.endpoint.startswith("storefront.")
    and row.target
    and ("number" in row.target.absent or row.target in TALKS)
]
ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def everything_is_of_an_organisation(any_shop: WholeShop) -> int:
    """All that the buyer ever ordered was for one organisation; its number."""

    def give(session) -> int:
        organisation = Organisation(**FACTS)
        session.add(organisation)
        session.flush()
        theirs = Order.user_id == any_shop.world.users[BUYER]
        session.execute(sa.update(Order).where(theirs).values(organisation_id=organisation.id))
        return organisation.id

    return any_shop.read(give)


@pytest.fixture
def removed(any_shop: WholeShop, everything_is_of_an_organisation: int) -> WholeShop:
    _belongs(any_shop, everything_is_of_an_organisation, role=None)
    return any_shop


@pytest.fixture
def member(any_shop: WholeShop, everything_is_of_an_organisation: int) -> WholeShop:
    _belongs(any_shop, everything_is_of_an_organisation, role="viewer")
    return any_shop


def _belongs(any_shop: WholeShop, organisation_id: int, *, role: str | None) -> None:
    user_id = any_shop.world.users[BUYER]
    mine = OrganisationMember.organisation_id == organisation_id, OrganisationMember.user_id == user_id

    def put(session) -> None:
        session.execute(sa.delete(OrganisationMember).where(*mine))
        if role:
            session.add(OrganisationMember(organisation_id=organisation_id, user_id=user_id, role=role))

    any_shop.read(put)


def numbers(any_shop: WholeShop) -> list[str]:
    theirs = sa.select(Order.number).where(Order.user_id == any_shop.world.users[BUYER])
    return any_shop.read(lambda session: list(session.scalars(theirs)))


def test_most_of_what_can_be_done_with_an_order_is_asked_here():
    assert len(ROWS) > 30


@ROW
def test_who_was_removed_cannot_tell_the_order_from_an_absent_one_and_changes_nothing(
    removed: WholeShop, row: Row
):
    own = row.target.own(removed.world, BUYER)
    with removed.written_tables() as written:
        answer, nothing = send(removed, row, BUYER, own), send(removed, row, BUYER, row.target.absent)
    assert (answer.status_code, nothing.status_code) == (404, 404), answer.location
    assert seen(answer) == seen(nothing)
    assert written <= {"sessions"}


@pytest.mark.parametrize(
    "path", ["/orders", "/cart", "/contact", "/account/conversations", "/account/bought"]
)
def test_no_list_of_theirs_names_it(removed: WholeShop, path):
    answer = removed.browser(BUYER).get(path)
    assert answer.status_code in {200, 404}
    assert not [number for number in numbers(removed) if number in text(answer)]


def test_the_list_of_orders_says_with_whom_they_stand(removed: WholeShop):
    page = text(removed.browser(BUYER).get("/orders", headers={"Accept-Language": "en"}))
    assert "What you ordered for 离开的工会 stands with the organisation" in page


def test_their_copy_is_without_it(removed: WholeShop):
    answer = removed.send(BUYER, "POST", "/account/privacy/copy")
    assert answer.status_code == 200, answer.location
    copied = zipfile.ZipFile(io.BytesIO(answer.data)).read("copy.json").decode()
    assert not [number for number in numbers(removed) if number in copied]
    assert '"order_lines"' not in copied


@ROW
def test_a_member_is_let_in_as_before(member: WholeShop, row: Row):
    """Whatever their role there is: they placed it."""
    answer = send(member, row, BUYER, row.target.own(member.world, BUYER))
    assert answer.status_code in row.expect, (answer.status_code, text(answer)[:2000])


def test_a_member_reads_no_word_of_having_left(member: WholeShop):
    page = member.browser(BUYER).get("/orders")
    assert [number for number in numbers(member) if number in text(page)]
    assert "离开的工会" not in text(page)


OWNER = "buyer2"


@pytest.fixture
def owned(removed: WholeShop, everything_is_of_an_organisation: int):
    """Somebody else owns the organisation, as long as the test runs."""
    facts = {"organisation_id": everything_is_of_an_organisation, "user_id": removed.world.users[OWNER]}
    removed.read(lambda session: session.add(OrganisationMember(**facts, role="owner")))
    yield removed
    removed.read(lambda session: session.execute(sa.delete(OrganisationMember).filter_by(**facts)))


def test_its_owners_look_after_what_who_left_has_ordered(owned: WholeShop):
    browser = owned.browser(OWNER)
    listed = text(browser.get("/orders"))
    for number in numbers(owned)[:6]:
        assert browser.get(f"/orders/{number}").status_code == 200
    assert any(number in listed for number in numbers(owned))


def test_what_a_member_orders_is_opened_by_nobody_else_of_it(
    owned: WholeShop, everything_is_of_an_organisation: int
):
    _belongs(owned, everything_is_of_an_organisation, role="buyer")
    browser = owned.browser(OWNER)
    assert {browser.get(f"/orders/{number}").status_code for number in numbers(owned)[:6]} == {404}


def letters(any_shop: WholeShop) -> list:
    """Whom a letter about a paid order would reach, by address and telephone; None for nobody."""

    def written(session) -> list:
        theirs = sa.select(Order.id).where(
            Order.user_id == any_shop.world.users[BUYER], Order.confirmed_at.is_not(None)
        )
        payloads = [{"message": "order_confirmed", "order_id": one} for one in session.scalars(theirs)]
        found = [compose(session, payload, now=utc_now()) for payload in payloads]
        return [(one.email, one.phone) if one else None for one in found]

    return any_shop.read(written)


def test_what_is_told_of_it_goes_to_an_owner_and_not_to_who_left(
    owned: WholeShop, everything_is_of_an_organisation: int
):
    email = owned.read(lambda session: session.get_one(User, owned.world.users[OWNER]).email)
    assert set(letters(owned)) == {(email, None)}
    _belongs(owned, everything_is_of_an_organisation, role="buyer")
    assert (email, None) not in letters(owned)


def test_where_nobody_is_left_nobody_is_told(removed: WholeShop):
    assert set(letters(removed)) == {None}
