"""Who no longer belongs to an organisation: every address of an order that they placed for it answers as if it were
another's, and it is in none of their lists and in no copy of their data.
"""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.models import Order
from shop.reviews.models import Review, ReviewStatus
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
    _belongs(any_shop, everything_is_of_an_organisation, role="approver")
    return any_shop


@pytest.fixture
def viewer(any_shop: WholeShop, everything_is_of_an_organisation: int) -> WholeShop:
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
    """Whatever their role there is, unless they only look on: they placed it."""
    answer = send(member, row, BUYER, row.target.own(member.world, BUYER))
    assert answer.status_code in row.expect, (answer.status_code, text(answer)[:2000])


READ = {
    "storefront.order",
    "storefront.paid_page",
    "storefront.paid_state",
    "storefront.order_reviews",
    "storefront.own_review_photo",
    "storefront.claim_photo",
    "storefront.order_invoice_file",
    "storefront.missing",
    "storefront.receipt",
}
# Nothing of the order changes by them: their own words and data, questions, their own basket.
THEIR_OWN = {
    *("storefront.withdraw", "storefront.reorder", "storefront.order_data"),
    *("storefront.copy_order_data", "storefront.ask_about_order_data"),
    *("storefront.conversation", "storefront.write_on", "storefront.rate_conversation"),
    *("storefront.note_conversation_seen", "storefront.conversation_photo"),
}


@ROW
def test_a_viewer_reads_what_they_ordered_and_acts_on_nothing(viewer: WholeShop, row: Row):
    own = row.target.own(viewer.world, BUYER)
    if row.endpoint in READ | THEIR_OWN:
        assert send(viewer, row, BUYER, own).status_code in row.expect
        return
    with viewer.written_tables() as written:
        answer, nothing = send(viewer, row, BUYER, own), send(viewer, row, BUYER, row.target.absent)
    assert (answer.status_code, nothing.status_code) == (404, 404), answer.location
    assert seen(answer) == seen(nothing)
    assert written <= {"sessions"}


def test_a_viewers_page_offers_nothing_to_do(viewer: WholeShop):
    browser = viewer.browser(BUYER)
    for number in numbers(viewer):
        page = text(browser.get(f"/orders/{number}", headers={"Accept-Language": "en"}))
        assert "its owners act on it" in page
        forms = set(re.findall(r'action="(/orders/[^"]*)"', page))
        assert forms == {f"/orders/{number}/reorder"}
        links = set(re.findall(rf'href="(/orders/{number}/[^"?#]*)"', page))
        shown = [link for link in links if "/photos/" not in link]  # whose files are not planted
        assert {browser.get(link).status_code for link in shown} <= {200}, links


def test_who_was_removed_still_takes_back_their_own_words(
    owned: WholeShop, everything_is_of_an_organisation: int
):
    """Not those of others, and without a word of the order; who looks after it writes nothing in their place."""
    review_id, number = owned.world.records["review_a"], owned.world.orders["a"]["completed"].number

    def as_they_wrote_it(session) -> None:
        review = session.get_one(Review, review_id)
        review.status, review.text = ReviewStatus.WAITING, "炒得很香"

    owned.read(as_they_wrote_it)
    browser, product_id = owned.browser(BUYER), owned.world.records["reviewed_a"]
    page = text(browser.get("/account/reviews"))
    assert "炒得很香" in page
    assert number not in page
    of_order = f"/orders/{number}/reviews"
    assert f"{of_order}/{product_id}" not in text(owned.browser(OWNER).get(of_order))
    for path in (
        f"/account/reviews/{review_id}/withdraw",
        f"{of_order}/{product_id}/withdraw",
        f"{of_order}/{product_id}",
    ):
        answer = owned.send(OWNER, "POST", path, {"stars": "1", "text": "别人的话", "shown_as": "nobody"})
        assert answer.status_code == 404, path

    def status(session) -> str:
        return session.get_one(Review, review_id).status

    assert owned.read(status) == "waiting"
    for _ in range(2):
        assert owned.send(BUYER, "POST", f"/account/reviews/{review_id}/withdraw").status_code == 303
    assert owned.read(status) == "withdrawn"


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


def test_an_owner_acts_on_what_a_viewer_ordered(owned: WholeShop, everything_is_of_an_organisation: int):
    _belongs(owned, everything_is_of_an_organisation, role="viewer")
    browser = owned.browser(OWNER)
    for number in numbers(owned):
        page = text(browser.get(f"/orders/{number}", headers={"Accept-Language": "en"}))
        assert "its owners act on it" not in page
        assert browser.get(f"/orders/{number}/pay").status_code in {200, 302}


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
    _belongs(owned, everything_is_of_an_organisation, role="viewer")
    assert set(letters(owned)) == {(email, None)}, "who can act on nothing is asked for nothing"
    _belongs(owned, everything_is_of_an_organisation, role="buyer")
    assert (email, None) not in letters(owned)


def test_a_viewer_is_told_where_there_is_no_owner(viewer: WholeShop):
    assert None not in letters(viewer)


def test_where_nobody_is_left_nobody_is_told(removed: WholeShop):
    assert set(letters(removed)) == {None}
