"""A buyer who writes while somebody of the team answers or closes is not lost: what the page did not show waits on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.conversations.models import Conversation, ConversationMessage, ConversationStatus, Side, Topic
from shop.conversations.reading import conversations_of_order
from shop.conversations.writing import Said, write_message
from shop.kit.clock import utc_now
from tests.integration.admin.test_conversations import buyer, row, wrote  # noqa: F401  fixtures

LATER = "The buyer has written meanwhile"


@pytest.fixture
def adds(unit_of_work, buyer):  # noqa: F811
    """The buyer writes once more."""

    def write(conversation_id, text="And bring two.", at=None):
        said = Said(text, text)
        unit_of_work.run(
            lambda s: write_message(s, conversation_id, said, user_id=buyer.id, now=at or utc_now())
        )

    return write


def seen_on(admin, conversation_id):
    """What the page knows of the buyer's words."""
    found = re.findall(
        r'name="seen" value="(\d+)"', admin.get(f"/admin/conversations/{conversation_id}").text
    )
    return found[0] if found else ""


def test_an_answer_from_an_old_page_goes_out_and_the_conversation_stays_open_and_unread(
    admin,
    wrote,  # noqa: F811
    adds,
    see,
):
    one = wrote()
    seen = seen_on(admin, one)
    adds(one)
    admin.post(f"/admin/conversations/{one}/answer", text="On Friday.", close="1", seen=seen)
    assert "had written meanwhile: it stays open" in admin.said()
    found = row(see, one)
    assert (found.status, found.closed_at, found.closings) == (ConversationStatus.OPEN, None, 0)
    assert found.desk_unread > 0
    assert found.buyer_unread == 1, "the buyer is told of the answer"
    shop = sa.select(ConversationMessage.text).where(ConversationMessage.side == Side.SHOP)
    assert see(shop) == ["On Friday."]
    again = seen_on(admin, one)
    admin.post(f"/admin/conversations/{one}/answer", text="Two, yes.", close="1", seen=again)
    assert row(see, one).status is ConversationStatus.CLOSED


def test_what_the_answer_did_not_know_of_is_due_by_a_time_of_its_own(admin, wrote, adds, see):  # noqa: F811
    begun = utc_now() - timedelta(days=9)
    one = wrote(at=begun)
    seen, due = seen_on(admin, one), row(see, one).answer_due_at
    adds(one)
    admin.post(f"/admin/conversations/{one}/answer", text="On Friday.", seen=seen)
    assert row(see, one).answer_due_at > due


def test_nothing_is_closed_from_an_old_page(admin, wrote, adds, see):  # noqa: F811
    one = wrote()
    seen = seen_on(admin, one)
    adds(one)
    admin.post(f"/admin/conversations/{one}/close", seen=seen)
    assert LATER in admin.said()
    assert row(see, one).status is ConversationStatus.OPEN
    admin.post(f"/admin/conversations/{one}/close", seen=seen_on(admin, one))
    assert row(see, one).status is ConversationStatus.CLOSED


def test_of_several_those_whose_buyers_wrote_meanwhile_stay_open_and_that_is_said(
    admin,
    wrote,  # noqa: F811
    adds,
    see,
):
    quiet, loud = wrote("quiet"), wrote("loud")
    page = admin.get("/admin/conversations").text
    seen = dict(re.findall(r'name="(seen-\d+)" value="(\d+)"', page))
    adds(loud)
    admin.post("/admin/conversations/several", id=[quiet, loud], deed="close", **seen)
    assert [row(see, one).status for one in (quiet, loud)] == ["closed", "open"]
    assert "1 stays open: its buyer has written meanwhile." in admin.said()


def test_having_read_an_old_page_does_not_count_what_came_after_it_as_read(admin, wrote, adds, see):  # noqa: F811
    one = wrote()
    seen = seen_on(admin, one)
    adds(one)
    admin.post(f"/admin/conversations/{one}/seen", seen=seen)
    assert row(see, one).desk_unread == 2
    admin.post(f"/admin/conversations/{one}/seen", seen=seen_on(admin, one))
    assert row(see, one).desk_unread == 0


def test_of_an_orders_conversations_the_newest_words_come_first(wrote, adds, place, unit_of_work):  # noqa: F811
    order, begun = place({"tea": 1}), utc_now() - timedelta(days=2)
    old = wrote("old", topic=Topic.ORDER, order=order, at=begun)
    wrote("new", topic=Topic.ORDER, order=order, at=begun + timedelta(hours=1))
    adds(old, "once more", at=begun + timedelta(hours=2))
    found = unit_of_work.run(lambda s: conversations_of_order(s, order.order_id, whole=True))
    code = unit_of_work.run(lambda s: s.get_one(Conversation, old).code)
    assert found[0].code == code
