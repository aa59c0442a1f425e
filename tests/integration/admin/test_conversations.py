"""Conversations at the desk: found, taken, handed over, answered with what is ready, asked about, closed, counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, RoleName
from shop.conversations.answering import answer
from shop.conversations.desk import Wanted, find_conversations
from shop.conversations.desk_models import CannedAnswer, VillageQuestion
from shop.conversations.models import Conversation, ConversationMessage, ConversationStatus, Side, Topic
from shop.conversations.rating import rate
from shop.conversations.reading import find_conversation
from shop.conversations.writing import About, Said, open_conversation, write_message
from shop.delivery.models import CalendarKind, CalendarSpan
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import OrderLine
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.inbox import read_inbox
from shop.reports.piles import Pile
from shop.reports.running import stream_rows
from tests.factories.counting import counted_statements
from tests.factories.people import make_person

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten o'clock in Shanghai


@pytest.fixture
def buyer(unit_of_work):
    return make_person(unit_of_work, "teacher@example.com")


@pytest.fixture
def wrote(unit_of_work, buyer):
    """The buyer writes: `wrote("text", order=…, at=…)`; the conversation's id."""

    def write(text="When?", *, topic=Topic.OTHER, order=None, at=None, language="zh"):
        about, said = About(topic, order.order_id if order else None), Said(text, f"{text}{at}")

        def work(session):
            code = open_conversation(
                session, about, said, user_id=buyer.id, language=language, now=at or utc_now()
            )
            return find_conversation(session, code)[0].id

        return unit_of_work.run(work)

    return write


@pytest.fixture
def reply(unit_of_work, admin):
    """Somebody of the team answers at that moment, and all is settled."""

    def answered(conversation_id, at):
        said = Said("Yes.", f"answer {at}")
        unit_of_work.run(
            lambda s: answer(s, conversation_id, said, close=True, actor_id=admin.user_id, now=at)
        )

    return answered


def row(see, conversation_id):
    return see(sa.select(Conversation).where(Conversation.id == conversation_id))[0]


def test_whoever_answers_what_is_nobodys_takes_it(admin, wrote, see):
    one = wrote("<i>When</i>?")
    assert "&lt;i&gt;When&lt;/i&gt;?" in admin.get("/admin/conversations").text
    assert admin.post(f"/admin/conversations/{one}/answer", text="On Friday.").status_code == 303
    found = row(see, one)
    assert (found.status, found.assignee_id) == (ConversationStatus.ANSWERED, admin.user_id)
    assert "On Friday." not in admin.get("/admin/conversations").text, "it does not wait any more"
    assert "On Friday." in admin.get("/admin/conversations", state="all").text
    actions = see(sa.select(AuditEntry.action).where(AuditEntry.subject_type == "conversation"))
    assert actions == ["conversation.taken"]


def test_lists_are_narrowed_and_searched(admin, desk_of, wrote, place):
    order = place({"tea": 1})
    mine, free = wrote("mine", topic=Topic.DELIVERY, order=order), wrote("free 100%")
    desk_of("second", RoleName.ADMIN)
    admin.post(f"/admin/conversations/{mine}/hand-over", assignee=admin.user_id)

    def found(**query):
        text = admin.get("/admin/conversations", **query).text
        return [one for one in (mine, free) if f'/admin/conversations/{one}"' in text]

    assert found(whose="mine") == [mine]
    assert found(whose="unassigned") == [free]
    assert found(topic="delivery") == [mine]
    assert found(q=order.number) == [mine]
    assert found(q="100%") == [], "a sign of patterns is a sign"
    assert found(q="teacher@") == [mine, free]
    assert found(state="overdue") == []
    assert found(state="nonsense", topic="nonsense", whose="nonsense") == [mine, free]


def test_what_waits_too_long_is_found_and_what_is_due_first_comes_first(wrote, unit_of_work, admin):
    late, soon = wrote("late", at=MONDAY), wrote("soon", at=MONDAY + timedelta(hours=3))
    now = MONDAY + timedelta(hours=5)

    def found(wanted):
        page = unit_of_work.run(lambda s: find_conversations(s, wanted, viewer_id=admin.user_id, now=now))
        return [one.id for one in page.items]

    assert found(Wanted(overdue=True)) == [late]
    assert found(Wanted(status=ConversationStatus.OPEN)) == [late, soon]
    piles = {one.pile: one for one in unit_of_work.run(lambda s: read_inbox(s, now=now))}
    assert [item.ref for item in piles[Pile.CONVERSATIONS].items] == [str(late), str(soon)]


def test_several_are_handed_over_and_closed_at_once(admin, desk_of, wrote, see):
    ids = [wrote(str(number)) for number in range(3)]
    other = desk_of("second", RoleName.ADMIN)
    admin.post("/admin/conversations/several", id=ids[:2], deed="hand", assignee=other.user_id)
    assert [row(see, one).assignee_id for one in ids] == [other.user_id, other.user_id, None]
    admin.post("/admin/conversations/several", id=[ids[0], ids[2], "x", 10**9], deed="close")
    assert [row(see, one).status for one in ids] == ["closed", "open", "closed"]
    admin.post("/admin/conversations/several", id=ids, deed="close")
    closed = sa.select(AuditEntry.id).where(AuditEntry.action == "conversation.closed")
    assert len(see(closed)) == 3, "what is closed already is closed once"
    gone = admin.post("/admin/conversations/several?x=1", id=ids, deed="hand", back="//evil.example")
    assert gone.location == "/admin/conversations"


def test_nobody_but_the_team_is_handed_a_conversation(admin, wrote, see, buyer):
    one = wrote()
    for person in (buyer.id, 10**9, "-1", "me"):
        admin.post(f"/admin/conversations/{one}/hand-over", assignee=person)
        assert row(see, one).assignee_id is None


def test_a_ready_answer_is_filled_in_the_buyers_language(admin, wrote, see, place):
    texts = {
        "title_zh": "车",
        "title_en": "Truck",
        "text_zh": "{name}，订单 {order}。",
        "text_en": "Hello {name}, order {order}: call {phone}.",
        "position": "0",
        "active": "y",
        "topic": "",
    }
    wrong = admin.post("/admin/canned-answers/new", **{**texts, "text_en": "{0.__class__} {who}"})
    assert wrong.status_code == 400
    assert "Only {order}" in wrong.text
    assert "{0.__class__} {who}" in wrong.text
    for broken in ("Order {order", "Order order}", "Order {{order}}", "Order {na{me}}"):
        refused = admin.post("/admin/canned-answers/new", **{**texts, "text_en": broken})
        assert refused.status_code == 400, broken
        assert "braces" in refused.text
    assert admin.post("/admin/canned-answers/new", **texts).status_code == 303
    [canned] = see(sa.select(CannedAnswer.id))
    order = place({"tea": 1})
    one = wrote("When?", topic=Topic.DELIVERY, order=order, language="en")
    page = admin.get(f"/admin/conversations/{one}", canned=canned).text
    assert f"order {order.number}: call" in page
    assert admin.get(f"/admin/conversations/{one}", canned=10**6).status_code == 200


def test_a_ready_answer_names_the_goods_of_an_order_and_is_never_sent_with_a_hole(admin, wrote, see, place):
    texts = {"title_zh": "货", "title_en": "Goods", "position": "0", "active": "y", "topic": ""}
    texts |= {"text_zh": "您的{goods}明天到。", "text_en": "Your {goods} come tomorrow."}
    admin.post("/admin/canned-answers/new", **texts)
    [canned] = see(sa.select(CannedAnswer.id))
    order = place({"tea": 1})
    [goods] = see(sa.select(OrderLine.product_name_zh).where(OrderLine.order_id == order.order_id))
    of_order, of_nothing = wrote("几时到？", topic=Topic.ORDER, order=order), wrote("你好", topic=Topic.OTHER)
    assert f"您的{goods}明天到。" in admin.get(f"/admin/conversations/{of_order}", canned=canned).text
    page = admin.get(f"/admin/conversations/{of_nothing}", canned=canned).text
    assert "您的{goods}明天到。" in page
    assert 'id="text-error"' in page, "it is said before anybody presses"
    refused = admin.post(f"/admin/conversations/{of_nothing}/answer", text="您的{goods}明天到。", token="x")
    assert refused.status_code == 400
    assert row(see, of_nothing).status is ConversationStatus.OPEN


def test_a_question_with_a_number_or_a_name_elsewhere_is_refused(admin, wrote, see, place):
    one = wrote("Darker?", topic=Topic.ORDER, order=place({"tea": 1}))
    village = admin.get(f"/admin/conversations/{one}").text.split('name="village"')[1].split('value="')[1]
    village = village.split('"')[0]
    for told in ("打１３９ ００００ １１１１", "加v tea12345", "去学府路12号送"):
        asked = admin.post(f"/admin/conversations/{one}/ask", question=told, village=village, token=told)
        assert asked.status_code == 400, told
        assert told in asked.text
    assert see(sa.select(VillageQuestion.id)) == []


def test_the_village_is_asked_without_saying_who_the_buyer_is(admin, wrote, see, place, shop):
    order = place({"tea": 1})
    one = wrote("Darker?", topic=Topic.ORDER, order=order)
    village = admin.get(f"/admin/conversations/{one}").text.split('name="village"')[1].split('value="')[1]
    village_id = village.split('"')[0]
    ask = f"/admin/conversations/{one}/ask"
    [recipient] = see(sa.select(sa.text("recipient")).select_from(sa.text("orders")))
    for words in (f"问 {recipient} 的货", f"订单 {order.number}", "", "打 1 3 8-0000-0000 问"):
        refused = admin.post(ask, village=village_id, question=words, token="q")
        assert refused.status_code == 400, words
        assert words in refused.text
    assert admin.post(ask, village="9" * 9, question="深吗？", token="q").status_code == 400
    for _ in range(2):
        assert admin.post(ask, village=village_id, question="这批颜色深吗？", token="q").status_code == 303
    assert see(sa.select(VillageQuestion.text)) == ["这批颜色深吗？"]


def test_answers_of_buyers_are_measured_in_working_time(reply, wrote, see, session):
    day = shanghai_date(MONDAY) + timedelta(days=1)
    holiday = {"first_day": day, "last_day": day, "name_zh": "歇", "name_en": "Off"}
    session.add(CalendarSpan(kind=CalendarKind.HOLIDAY, **holiday))
    session.commit()
    quick, slow = wrote("quick", at=MONDAY), wrote("slow", at=MONDAY)
    reply(quick, MONDAY + timedelta(minutes=30))
    reply(slow, MONDAY + timedelta(days=2))
    assert [row(see, one).answer_minutes for one in (quick, slow)] == [30, 9 * 60], (
        "the holiday counts nothing"
    )
    assert [row(see, one).answered_in_time for one in (quick, slow)] == [True, False]


def test_the_figures_are_those_of_plain_counting(admin, wrote, reply, unit_of_work):
    minutes = [3, 7, 20, 31, 45, 50, 60, 90, 120, 200, 230]
    for number, spent in enumerate(minutes):
        one = wrote(str(number), at=MONDAY)
        reply(one, MONDAY + timedelta(minutes=spent))
        if number < 3:
            score, words = (5, 4, 1)[number], ("", "", "=cmd|' /C calc'!A0")[number]
            unit_of_work.run(
                lambda s, one=one, score=score, words=words: rate(s, one, score, words, now=MONDAY)
            )
    wrote("not answered", at=MONDAY + timedelta(days=1))
    wrote("next week", at=MONDAY + timedelta(days=7))
    span = Span(shanghai_date(MONDAY), shanghai_date(MONDAY) + timedelta(days=13))
    first, second = unit_of_work.run(
        lambda s: [tuple(one) for one in stream_rows(s, find_report("service-by-week"), span, "en")]
    )
    assert tuple(map(int, first[1:])) == (12, 11, 11, 50, 200, 50, 3, 6666)
    assert second[1:] == (1, 0, 0, None, None, None, 0, None)
    week = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    page = admin.get("/admin/reports/service-by-week", **week)
    assert "3.333" in page.text
    table = admin.get("/admin/reports/conversations", format="csv", **week).data.decode("utf-8-sig")
    assert "'=cmd|" in table
    assert ",=cmd" not in table


def test_a_long_conversation_costs_no_more_statements(admin, wrote, place, engine, unit_of_work, buyer):
    one = wrote("When?", topic=Topic.ORDER, order=place({"tea": 1, "eggs": 1}))
    counts = []
    for turn in range(2):
        admin.get(f"/admin/conversations/{one}")
        with counted_statements(engine) as statements:
            assert admin.client.get(f"/admin/conversations/{one}").status_code == 200
        counts.append(len(statements))
        for word in range(10):
            said = Said("more", f"{turn} {word}")
            unit_of_work.run(
                lambda s, said=said: write_message(s, one, said, user_id=buyer.id, now=utc_now())
            )
            admin.post(f"/admin/conversations/{one}/note", note=f"note {word}")
    assert counts[0] == counts[1] <= 25


def test_a_note_stays_in_the_team_and_moves_nothing(admin, wrote, see):
    one = wrote()
    before = row(see, one)
    assert admin.post(f"/admin/conversations/{one}/note", note="  ").status_code == 400
    admin.post(f"/admin/conversations/{one}/note", note="asked the village")
    after = row(see, one)
    assert (after.status, after.last_at, after.buyer_unread) == (before.status, before.last_at, 0)
    sides = see(sa.select(ConversationMessage.side).order_by(ConversationMessage.id))
    assert sides == [Side.BUYER, Side.NOTE]
