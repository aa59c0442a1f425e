"""Thanks of buyers and questions of the team in the village: who reads them, who answers, and what nobody learns."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Household
from shop.conversations.desk_models import VillageQuestion
from shop.conversations.errors import AlreadyAnswered
from shop.conversations.letters import LetterReach, send_reply
from shop.conversations.models import Conversation
from shop.conversations.reading import find_conversation
from shop.conversations.thanks_models import LetterState, Thanks, ThanksLetter
from shop.conversations.writing import About, Said, Topic, open_conversation
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import utc_now
from shop.ordering.models import Order, OrderStatus
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token
from tests.factories.villages import NOW
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}
WORDS = "蜂蜜很好，谢谢！"


@pytest.fixture
def order(county, place, unit_of_work):
    """A guest's order of honey from the first household of the first village, completed."""
    order_id = place({county.honey: 1})

    def finish(session):
        session.execute(sa.update(Allocation).values(status=AllocationStatus.SHIPPED))
        row = session.get_one(Order, order_id)
        row.status, row.completed_at, row.user_id = OrderStatus.COMPLETED, NOW, None
        return row.number

    return unit_of_work.run(finish)


@pytest.fixture
def guest(app, order):
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    open_as_guest(app, client, order)
    return client


@pytest.fixture
def thank(guest, order):
    def send(text=WORDS, signed_as="teacher"):
        here = f"/orders/{order}"
        token = csrf_token(guest, here)
        data = {"csrf_token": token, "text": text, "signed_as": signed_as}
        return guest.post(f"{here}/thanks", data=data, headers=ENGLISH)

    return send


@pytest.fixture
def letter(thank, rows):
    assert thank().status_code == 303
    [only] = rows(sa.select(ThanksLetter))
    return only


def state(rows, letter):
    return rows(sa.select(ThanksLetter.state).where(ThanksLetter.id == letter.id))[0]


def test_thanks_go_through_the_coordinator_to_the_household_and_its_answer_comes_back(
    county, coordinator, farmer, guest, order, letter, press, rows, unit_of_work
):
    assert letter.household_id == county.households[0][0]
    assert WORDS not in farmer.get("/farm/letters").text, "its coordinator reads it first"
    desk = coordinator.get("/village/letters").text
    assert WORDS in desk
    assert "一位老师" in desk
    assert press(coordinator, f"/village/letters/{letter.id}/show").status_code == 303
    assert "新来 1 封" in farmer.get("/farm/tasks").text
    assert WORDS in farmer.get("/farm/letters").text
    assert "新来 1 封" in farmer.get("/farm/tasks").text, (
        "a page that a phone only keeps for later is not read"
    )
    press(farmer, "/farm/letters/seen")
    assert "新来" not in farmer.get("/farm/tasks").text
    press(farmer, f"/farm/letters/{letter.id}/reply", reply="come_again")
    assert state(rows, letter) is LetterState.REPLIED
    before = guest.get(f"/orders/{order}", headers=ENGLISH).text
    assert "rule mb-2" not in before, "a coordinator sends it"
    assert "谢谢您，明年新货下来再来！" in coordinator.get("/village/letters").text
    press(coordinator, f"/village/letters/{letter.id}/reply", reply="谢谢老师，明年再来")
    page = guest.get(f"/orders/{order}", headers=ENGLISH).text
    assert "谢谢老师，明年再来" in page
    told = [one for one in rows(sa.select(OutboxMessage.payload)) if one.get("message") == "thanks_answered"]
    assert len(told) == 1
    press(farmer, f"/farm/letters/{letter.id}/reply", reply="thanks")
    press(coordinator, f"/village/letters/{letter.id}/reply", reply="noch einmal")
    assert state(rows, letter) is LetterState.SENT
    assert "noch einmal" not in guest.get(f"/orders/{order}").text
    actions = rows(sa.select(AuditEntry.action).where(AuditEntry.subject_type == "thanks"))
    assert actions == ["thanks.shown", "thanks.reply_sent"]


def test_a_completed_order_leads_to_where_thanks_are_written(guest, order):
    [way] = re.findall(r'href="([^"]*/thanks)"', guest.get(f"/orders/{order}", headers=ENGLISH).text)
    assert guest.get(way).status_code == 200


def test_neither_side_learns_who_the_other_is(
    county, coordinator, farmer, guest, order, letter, press, unit_of_work
):
    row = unit_of_work.run(lambda s: s.scalars(sa.select(Order).where(Order.number == order)).one())
    press(coordinator, f"/village/letters/{letter.id}/show")
    for client, path in ((coordinator, "/village/letters"), (farmer, "/farm/letters")):
        text = client.get(path).text
        assert not any(secret in text for secret in (row.recipient, row.phone, row.phone[3:], order))
    press(coordinator, f"/village/letters/{letter.id}/reply", reply="欢迎再来")
    household = unit_of_work.run(lambda s: s.get_one(Household, county.households[0][0]))

    def shown():
        return guest.get(f"/orders/{order}").text.split('id="thanks"')[1].split("</section>")[0]

    assert "欢迎再来" in shown()
    assert household.alias_zh not in shown(), "nobody is named without consent"
    consent = sa.update(Household).values(consented_at=NOW)
    unit_of_work.run(lambda s: s.execute(consent))
    assert household.alias_zh in shown()


@pytest.mark.parametrize(
    ("text", "signed_as", "field"),
    [
        ("", "teacher", "text"),
        ("x" * 301, "teacher", "text"),
        ("加我 １３８ ００００ ００００", "teacher", "text"),
        ("看 https://example.com", "teacher", "text"),
        ("me@example.com", "teacher", "text"),
        ("好吃", "王小明", "signed_as"),
    ],
)
def test_what_would_say_who_writes_is_refused_and_the_words_stay(thank, rows, text, signed_as, field):
    refused = thank(text, signed_as)
    assert refused.status_code == 400
    assert f'id="{field}-error"' in refused.text
    assert text in refused.text
    assert rows(sa.select(Thanks.id)) == []


def test_thanks_are_given_once_and_only_for_what_came(guest, thank, order, rows, unit_of_work):
    def reopen(session):
        session.execute(sa.update(Order).values(status=OrderStatus.SHIPPED))

    unit_of_work.run(reopen)
    assert guest.get(f"/orders/{order}/thanks").status_code == 302
    thank()
    assert rows(sa.select(Thanks.id)) == []
    unit_of_work.run(lambda s: s.execute(sa.update(Order).values(status=OrderStatus.COMPLETED)))
    thank()
    thank("again")
    assert rows(sa.select(Thanks.text)) == [WORDS]


def test_another_villages_letters_are_as_good_as_absent(
    county, stranger, coordinator, farmer, letter, press, rows
):
    assert WORDS not in stranger.get("/village/letters").text
    for step in ("show", "keep-back", "reply"):
        path = f"/village/letters/{letter.id}/{step}"
        assert press(stranger, path, reason="no", reply="no").status_code == 404
    assert press(farmer, f"/farm/letters/{letter.id + 1}/reply", reply="thanks").status_code == 404
    assert state(rows, letter) is LetterState.WAITING


def test_what_is_kept_back_needs_a_reason_and_is_not_read(coordinator, farmer, letter, press, rows):
    path = f"/village/letters/{letter.id}/keep-back"
    assert press(coordinator, path, reason=" ").status_code == 400
    assert press(coordinator, path, reason="有骂人的话").status_code == 303
    assert state(rows, letter) is LetterState.KEPT_BACK
    assert WORDS not in farmer.get("/farm/letters").text
    press(coordinator, f"/village/letters/{letter.id}/show")
    assert state(rows, letter) is LetterState.KEPT_BACK
    facts = rows(sa.select(AuditEntry.facts).where(AuditEntry.action == "thanks.kept_back"))
    assert facts == [{"reason": "有骂人的话"}]


@pytest.mark.race(fence="the conditional update of the letter")
def test_two_who_send_an_answer_at_once_send_one(county, coordinator, letter, press, unit_of_work, rows):
    press(coordinator, f"/village/letters/{letter.id}/show")
    reach, actor = LetterReach(village_ids=[county.villages[0]]), county.user

    def send(turn):
        try:
            unit_of_work.run(
                lambda s: send_reply(s, letter.id, f"谢谢 {turn}", reach, actor_id=actor, now=utc_now())
            )
        except AlreadyAnswered:
            return "too late"
        return "sent"

    with ThreadPoolExecutor(4) as hands:
        outcomes = sorted(hands.map(send, range(4)))
    assert outcomes == ["sent", "too late", "too late", "too late"]
    told = [one for one in rows(sa.select(OutboxMessage.payload)) if one.get("message") == "thanks_answered"]
    assert len(told) == 1


@pytest.fixture
def question(county, unit_of_work):
    """The team asks the first village."""

    def ask(session):
        said = Said("张三问：颜色深？", "t")
        code = open_conversation(
            session, About(Topic.OTHER), said, user_id=county.user, language="zh", now=NOW
        )
        conversation = find_conversation(session, code)[0]
        conversation.desk_unread = 0
        asked = VillageQuestion(
            conversation_id=conversation.id,
            village_id=county.villages[0],
            text="这批颜色深吗？",
            request_token="q",
            asked_at=NOW,
        )
        session.add(asked)
        session.flush()
        return asked.id

    return unit_of_work.run(ask)


def test_the_team_asks_and_the_coordinator_answers_the_team(coordinator, stranger, question, press, rows):
    shown = coordinator.get("/village/letters").text
    assert "这批颜色深吗？" in shown
    assert "张三" not in shown, "what the buyer wrote stays with the team"
    assert 'href="/village/letters"' in shown
    assert '<span class="dot ms-auto" data-stale>1</span>' in shown
    assert "这批颜色深吗？" not in stranger.get("/village/letters").text
    path = f"/village/letters/questions/{question}"
    assert press(stranger, path, answer="no").status_code == 404
    assert press(coordinator, path, answer=" ").status_code == 400
    assert press(coordinator, path, answer="烘得久").status_code == 303
    press(coordinator, path, answer="second thoughts")
    assert rows(sa.select(VillageQuestion.answer)) == ["烘得久"]
    assert rows(sa.select(Conversation.desk_unread)) == [1]
    assert '<span class="dot ms-auto" data-stale>1</span>' not in coordinator.get("/village/letters").text


def test_letters_take_as_many_statements_for_many_as_for_one(
    county, coordinator, farmer, letter, place, engine, unit_of_work
):
    counts = []
    for _ in range(2):
        coordinator.get("/village/letters")
        farmer.get("/farm/letters")
        counts.append([])
        for client, path in (
            (coordinator, "/village/letters"),
            (farmer, "/farm/letters"),
            (farmer, "/farm/tasks"),
        ):
            with counted_statements(engine) as statements:
                assert client.get(path).status_code == 200
            counts[-1].append(len(statements))
        if len(counts) == 1:
            orders = [place({county.tea: 1}) for _ in range(6)]

            def add(session, orders=orders):
                for order_id in orders:
                    thanks = Thanks(order_id=order_id, signed_as="buyer", text="好", at=NOW)
                    session.add(thanks)
                    session.flush()
                    letter = ThanksLetter(
                        thanks_id=thanks.id, household_id=county.households[0][0], state=LetterState.SHOWN
                    )
                    session.add(letter)

            unit_of_work.run(add)
    assert counts[0][:2] == counts[1][:2]
    assert max(counts[0]) <= 14
