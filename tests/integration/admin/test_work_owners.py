"""Who of the team looks after what waits, and several things at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, RoleName
from shop.accounts.privacy_models import AboutWhat, AskedFor, PrivacyRequest
from shop.accounts.users import disable_user, revoke_role, set_roles
from shop.accounts.work_owner_models import WorkOwner
from shop.accounts.work_owners import HasAnOwner, take
from shop.conversations.models import Conversation, Topic
from shop.conversations.reading import find_conversation
from shop.conversations.writing import About, Said, open_conversation
from shop.kit.clock import utc_now
from shop.ledger.models import PayoutRun
from shop.privacy.asking import ask
from shop.reports.inbox import read_inbox
from shop.reports.piles import MOST_LISTED
from shop.rounds import forget_owners_of_done_work
from shop.storage.outbox import OutboxMessage
from tests.factories.people import make_person
from tests.integration.admin.test_lists import fill

MESSAGES, PAYOUTS = "/admin/inbox/messages", "/admin/inbox/payouts"
NOBODYS = "Nobody's"
OWNER = re.compile(r'<h3><a[^>]*>([^<]*)</a></h3>.*?<div class="ow"><b>([^<]*)</b>', re.DOTALL)


@pytest.fixture
def waiting(session, shop, see):
    """Five of everything; the ids of the messages that were not sent."""
    fill(session, shop, 0, 5)
    dead = sa.select(OutboxMessage.id).where(OutboxMessage.failed_at.is_not(None))
    return [str(one) for one in see(dead.order_by(OutboxMessage.id))]


def owners(desk, path: str, **query: object) -> list[str]:
    return [owner for _title, owner in OWNER.findall(desk.get(path, **query).text)]


def trail(see) -> list[tuple[str, str]]:
    works = see(sa.select(AuditEntry).where(AuditEntry.subject_type == "work").order_by(AuditEntry.id))
    return [(one.action, one.subject_id) for one in works]


def test_what_somebody_takes_is_theirs_and_its_name_is_seen_by_all(admin, clerk, waiting):
    assert clerk.post(MESSAGES, deed="take", item=waiting[:2]).status_code == 303
    assert "2 done" in clerk.said()
    assert sorted(owners(admin, MESSAGES)) == [NOBODYS] * 3 + ["clerk@example.com"] * 2
    assert "clerk@example.com" in admin.get("/admin").text
    assert len(owners(clerk, MESSAGES, owner="mine")) == 2
    assert owners(admin, MESSAGES, owner="mine") == []
    assert owners(admin, MESSAGES, owner="nobody") == [NOBODYS] * 3
    assert "2 things to do" in clerk.get("/admin", owner="mine").text


def test_what_a_colleague_has_is_not_taken_but_can_be_given(admin, clerk, waiting, see):
    clerk.post(MESSAGES, deed="take", item=waiting[:1])
    admin.post(MESSAGES, deed="take", item=waiting[:3])
    said = admin.said()
    assert "2 done, 1 refused" in said
    assert "clerk@example.com looks after it" in said
    admin.post(MESSAGES, deed="put_back", item=waiting[:1])
    assert "clerk@example.com looks after it, and puts it back" in admin.said()
    admin.post(MESSAGES, deed="give", item=waiting[:1], to=admin.user_id)
    assert owners(admin, MESSAGES).count("admin@example.com") == 3
    admin.post(MESSAGES, deed="put_back", item=waiting[:1])
    assert owners(admin, MESSAGES).count(NOBODYS) == 3
    one = f"messages/{waiting[0]}"
    assert [action for action, subject in trail(see) if subject == one] == [
        *("work.taken", "work.taken", "work.put_back"),
    ]


def test_the_same_form_twice_does_the_same_once(admin, waiting, see):
    for _ in range(2):
        admin.post(MESSAGES, deed="take", item=waiting)
    assert "5 were so already" in admin.said()
    assert len(trail(see)) == 5


def test_several_messages_are_sent_again_each_judged_by_itself(admin, session, waiting, see):
    sent = sa.update(OutboxMessage).where(OutboxMessage.id == int(waiting[0]))
    session.execute(sent.values(failed_at=None, sent_at=utc_now()))
    session.commit()
    admin.post(MESSAGES, deed="resend", item=[*waiting[:3], "999", "x" * 500])
    said = admin.said()
    assert "2 done, 3 refused" in said
    assert "It does not wait any more." in said
    dead = see(sa.select(OutboxMessage.id).where(OutboxMessage.failed_at.is_not(None)))
    assert sorted(map(str, dead)) == sorted(waiting[3:])
    resent = sa.select(sa.func.count()).where(AuditEntry.action == "message.resent")
    assert see(resent) == [2]
    admin.post(MESSAGES, deed="resend", item=waiting[:3])
    assert "0 done, 3 refused" in admin.said()
    assert see(resent) == [2]


def test_money_is_only_for_who_may_handle_it(admin, clerk, waiting, see):
    number = see(sa.select(PayoutRun.number).order_by(PayoutRun.id))[0]
    assert clerk.get(PAYOUTS).status_code == 404
    assert clerk.post(PAYOUTS, deed="take", item=number).status_code == 404
    admin.post(PAYOUTS, deed="give", item=number, to=clerk.user_id)
    assert "This person may not do this kind of work" in admin.said()
    assert f'value="{clerk.user_id}"' not in admin.get(PAYOUTS).text
    assert f'value="{clerk.user_id}"' in admin.get(MESSAGES).text
    assert see(sa.select(WorkOwner.item)) == []


@pytest.mark.parametrize(
    ("deed", "fields"),
    [
        ("give", {}),
        ("give", {"to": "0"}),
        ("give", {"to": "9" * 30}),
        ("give", {"to": "x"}),
        ("burn", {}),
        ("remind", {}),
        ("", {}),
    ],
)
def test_nonsense_is_refused_in_words_and_changes_nothing(admin, waiting, see, deed, fields):
    answer = admin.post(MESSAGES, deed=deed, item=[*waiting, "", "'"], **fields)
    assert answer.status_code == 303
    assert see(sa.select(WorkOwner.item)) == []
    assert admin.post(MESSAGES, deed="take", back="//elsewhere.example").headers["Location"] == MESSAGES
    assert admin.get("/admin/inbox/nothing").status_code == 404
    assert admin.get(MESSAGES, page="9" * 30, owner="else").status_code == 200


def test_who_loses_the_right_or_leaves_loses_the_work(admin, clerk, desk_of, unit_of_work, waiting, see):
    banker = desk_of("banker", RoleName.ADMIN, RoleName.FINANCE)
    number = see(sa.select(PayoutRun.number).order_by(PayoutRun.id))[0]
    banker.post(PAYOUTS, deed="take", item=number)
    banker.post(MESSAGES, deed="take", item=waiting[0])
    clerk.post(MESSAGES, deed="take", item=waiting[1])
    by, now = {"actor_id": admin.user_id, "now": utc_now()}, utc_now()
    unit_of_work.run(lambda s: revoke_role(s, banker.user_id, RoleName.FINANCE, **by))
    assert "banker@example.com" not in owners(admin, PAYOUTS)
    assert "banker@example.com" in owners(admin, MESSAGES)
    unit_of_work.run(lambda s: set_roles(s, banker.user_id, [RoleName.FARMER], **by))
    unit_of_work.run(lambda s: disable_user(s, clerk.user_id, actor_id=admin.user_id, now=now))
    assert set(owners(admin, MESSAGES)) == {NOBODYS}
    assert see(sa.select(WorkOwner.item)) == []  # so that who comes back has none of it


def test_a_note_of_somebody_who_may_not_do_it_counts_for_nobody(admin, clerk, unit_of_work, waiting, see):
    number = see(sa.select(PayoutRun.number).order_by(PayoutRun.id))[0]
    mark = WorkOwner(pile="payouts", item=number, user_id=clerk.user_id, money=True, taken_at=utc_now())
    unit_of_work.run(lambda s: s.add(mark))
    assert "clerk@example.com" not in owners(admin, PAYOUTS)
    admin.post(PAYOUTS, deed="take", item=number)
    assert "admin@example.com" in owners(admin, PAYOUTS)


def test_the_name_goes_when_the_work_is_done_and_stays_while_it_waits(
    admin, session, unit_of_work, waiting, see
):
    admin.post(MESSAGES, deed="take", item=waiting[:2])
    admin.post(MESSAGES, deed="resend", item=waiting[0])
    assert forget_owners_of_done_work(unit_of_work, now=utc_now()) == 1
    assert see(sa.select(WorkOwner.item)) == [waiting[1]]
    again = sa.update(OutboxMessage).where(OutboxMessage.id == int(waiting[0])).values(failed_at=utc_now())
    session.execute(again)
    session.commit()
    assert owners(admin, MESSAGES).count("admin@example.com") == 1
    assert forget_owners_of_done_work(unit_of_work, now=utc_now()) == 0


@pytest.mark.race(fence="the key of pile and item; who comes second runs again, and finds the note")
def test_two_who_take_the_same_thing_at_once_are_one_who_has_it(admin, clerk, unit_of_work):
    start = Barrier(2)

    def taking(actor_id: int) -> object:
        start.wait()
        try:
            return unit_of_work.run(
                lambda s: take(s, "tasks", "1", money=False, actor_id=actor_id, now=utc_now())
            )
        except HasAnOwner as error:
            return error.facts["name"]

    for item in range(8):
        unit_of_work.run(lambda s: s.execute(sa.delete(WorkOwner)))
        with ThreadPoolExecutor(2) as workers:
            results = list(workers.map(taking, (admin.user_id, clerk.user_id)))
        assert results.count(True) == 1, (item, results)
        [owner] = unit_of_work.run(lambda s: list(s.scalars(sa.select(WorkOwner.user_id))))
        assert results[(admin.user_id, clerk.user_id).index(owner)] is True


@pytest.fixture
def conversation_id(unit_of_work, shop) -> int:
    """A buyer has written."""
    buyer = make_person(unit_of_work, "teacher@example.com")

    def write(session):
        code = open_conversation(
            session,
            About(Topic.OTHER, None),
            Said("When?", "t"),
            user_id=buyer.id,
            language="zh",
            now=utc_now(),
        )
        return find_conversation(session, code)[0].id

    return unit_of_work.run(write)


def test_a_conversation_that_is_taken_here_is_ones_own_at_its_desk_too(admin, clerk, conversation_id, see):
    pile = "/admin/inbox/conversations"
    assignee = sa.select(Conversation.assignee_id)
    clerk.post(pile, deed="take", item=conversation_id)
    assert see(assignee) == [clerk.user_id]
    admin.post(pile, deed="take", item=conversation_id)
    assert "clerk@example.com looks after it" in admin.said()
    admin.post(pile, deed="put_back", item=conversation_id)
    assert see(assignee) == [clerk.user_id]
    admin.post(pile, deed="give", item=conversation_id, to=admin.user_id)
    assert see(assignee) == [admin.user_id]
    assert owners(clerk, pile) == ["admin@example.com"]
    admin.post(pile, deed="put_back", item=conversation_id)
    assert see(assignee) == [None]
    assert see(sa.select(WorkOwner.item)) == []


def test_a_request_about_data_is_taken_here_and_not_given(admin, clerk, unit_of_work, see):
    buyer = make_person(unit_of_work, "teacher@example.com")
    who = {"asked_by_id": buyer.id, "text": "name", "now": utc_now()}
    number = unit_of_work.run(
        lambda s: ask(s, AskedFor.CORRECTION, AboutWhat.USER, str(buyer.id), **who).number
    )
    pile, owner = "/admin/inbox/privacy", sa.select(PrivacyRequest.owner_id)
    admin.post(pile, deed="give", item=number, to=clerk.user_id)
    assert "is taken by whoever looks after it" in admin.said()
    assert see(owner) == [None]
    clerk.post(pile, deed="take", item=number)
    assert see(owner) == [clerk.user_id]
    assert owners(admin, pile) == ["clerk@example.com"]


def test_every_thing_of_a_pile_has_a_mark_of_its_own(demo_session):
    """Over the whole demo shop: two things that could not be told apart would have one owner."""
    for pile in read_inbox(demo_session, now=utc_now(), most=MOST_LISTED):
        marks = [item.mark for item in pile.items]
        assert all(marks), pile.pile
        assert len(set(marks)) == len(marks), pile.pile
        assert all(len(f"{pile.pile.value}/{mark}") <= 64 for mark in marks), pile.pile
