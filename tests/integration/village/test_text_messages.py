"""A household hears of its tasks by text message, and answers the same way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import User
from shop.accounts.text_choice import choose_texts
from shop.catalogue.household_people import add_person
from shop.fulfilment.accepting import accept
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.replies.models import ReplyOutcome, TextReply
from shop.fulfilment.replies.taking import forget_old_replies
from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.notifications.sms_provider import SmsConfig
from shop.notifications.sms_signatures import HEADER, sms_signature
from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import OrderEvent
from shop.rounds import escalate_tasks, remind_households
from shop.storage.outbox import claim_due, mark_sent
from tests import databases
from tests.factories.villages import NOW, add_lot
from tests.fakes.channel import MemoryChannel

SECRET = "a secret between the shop and its provider"
PHONE = "+8613912345678"


@pytest.fixture
def settings(database_url, tmp_path):
    sms = SmsConfig("https://sms.example/send", "key", (SECRET, "the one before, still on its way out"))
    return replace(databases.testing_settings(tmp_path, database_url), sms=sms)


@pytest.fixture
def person(unit_of_work, county) -> int:
    """王小妹 of the household that alone has honey."""
    return unit_of_work.run(
        lambda s: add_person(
            s, county.households[0][0], name="王小妹", phone=PHONE, actor_id=county.user, now=utc_now()
        )
    )


@pytest.fixture
def texts(app, unit_of_work, settings):
    """What goes out to telephones now."""

    def sent() -> list[str]:
        channel = MemoryChannel()
        with app.test_request_context():
            for message in unit_of_work.run(lambda s: claim_due(s, now=utc_now())):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
                unit_of_work.run(lambda s, sent_id=message.id: mark_sent(s, sent_id, now=utc_now()))
        return [one.short for one in channel.envelopes if one.phone == PHONE and one.email is None]

    return sent


@pytest.fixture
def writes(app):
    """The provider hands in a message: `writes("1")`."""
    count = iter(range(1000))

    def hand_in(text: str, message_id: str = "", sender: str = "139 1234 5678", **how):
        said = {"id": message_id or f"m{next(count)}", "from": sender, "text": text}
        return send(app, json.dumps(said).encode(), **how)

    return hand_in


def send(app, body: bytes, *, secret: str = SECRET, ago: int = 0, header: str | None = None):
    signed = sms_signature(body, secret, int(utc_now().timestamp()) - ago)
    headers = {HEADER: signed if header is None else header}
    return app.test_client().post("/sms/replies", data=body, headers=headers)


def outcome(answer) -> str:
    assert answer.status_code == 200, answer.text
    return answer.json["outcome"]


def test_a_task_is_told_once_with_what_to_send_back(county, person, place, task_of, texts):
    task = task_of(place({county.honey: 3}))
    (said,) = texts()
    for fact in ("3 份", "前送到", task.code[:3], "105 元", "1＝备好了", "2＝没有", "2 3＝少 3 份"):
        assert fact in said
    for private in (
        "林老师",
        "13812345678",
        "雁塔区",
        "150 元",
    ):  # the goods may have any number of three digits
        assert private not in said
    assert texts() == []


@pytest.mark.parametrize("text", ["1", "备好了。", "１"])
def test_one_says_that_the_goods_are_ready_as_the_button_does(
    county, person, place, task_of, writes, texts, rows, text
):
    order_id = place({county.honey: 1})
    texts()
    assert outcome(writes(text)) == "done"
    assert task_of(order_id).status is TaskStatus.READY
    (said,) = texts()
    assert said.startswith("记下了")
    (event,) = rows(sa.select(OrderEvent).where(OrderEvent.kind == "task_ready"))
    assert (event.actor_id, event.facts["acted_for"]) == (person, False)


def test_two_gives_the_task_to_another_household_which_is_told(
    county, person, place, task_of, writes, texts, unit_of_work, rows
):
    unit_of_work.run(lambda s: add_lot(s, county, county.honey, county.producers[0][1], 5))
    unit_of_work.run(
        lambda s: add_person(
            s, county.households[0][1], name="李大山", phone=PHONE, actor_id=county.user, now=utc_now()
        )
    )
    order_id = place({county.honey: 1})
    first = task_of(order_id)
    texts()
    assert outcome(writes("没有")) == "done"
    states = dict(unit_of_work.run(lambda s: s.execute(sa.select(Task.id, Task.status)).all()))
    assert states[first.id] is TaskStatus.DECLINED
    assert task_of(order_id).producer_id != first.producer_id
    told = texts()
    assert any("给了别家" in one for one in told)
    assert any(one.startswith("备货") for one in told)


@pytest.mark.parametrize("text", ["2 3", "２，３", "少 3 份"])
def test_two_and_a_number_says_how_many_are_missing_and_twice_takes_no_more(
    county, person, place, task_of, writes, texts, rows, text
):
    order_id = place({county.honey: 5})
    task_id = rows(sa.select(Task.id).where(Task.order_id == order_id))[0]
    assert outcome(writes(text)) == "done"
    assert outcome(writes(text)) == "done"
    assert rows(sa.select(OrderEvent.facts).where(OrderEvent.kind == "task_short"))[0]["units"] == 3
    assert len(rows(sa.select(OrderEvent.id).where(OrderEvent.kind == "task_short"))) == 1
    assert rows(sa.select(Task.status).where(Task.id == task_id)) == [TaskStatus.ACCEPTED]
    said = texts()
    assert any("您备 2 份" in one for one in said)


def test_all_missing_is_none_and_more_than_all_is_asked_again(county, person, place, task_of, writes, texts):
    order_id = place({county.honey: 2})
    assert outcome(writes("2 3")) == "unclear"
    assert task_of(order_id).status is TaskStatus.OPEN
    assert outcome(writes("2 2")) == "done"
    assert task_of(order_id).status is TaskStatus.DECLINED


def test_with_several_tasks_it_asks_which_and_takes_the_number_on_the_goods(
    county, person, place, task_of, writes, texts
):
    first, second = place({county.honey: 1}), place({county.honey: 2})
    texts()
    assert outcome(writes("1")) == "which"
    (asked,) = texts()
    number = task_of(second).code[:3]
    assert number in asked
    assert task_of(first).code[:3] in asked
    assert outcome(writes(f"{number} 1")) == "done"
    assert task_of(second).status is TaskStatus.READY
    assert task_of(first).status is TaskStatus.OPEN
    assert outcome(writes("000 1" if number != "000" else "001 1")) == "unclear"


def test_what_is_not_understood_changes_nothing_and_says_what_to_send(
    county, person, place, task_of, writes, texts
):
    order_id = place({county.honey: 1})
    texts()
    assert outcome(writes("明天一定送来")) == "unclear"
    assert task_of(order_id).status is TaskStatus.OPEN
    (said,) = texts()
    assert "备好了回 1" in said


def test_too_late_says_what_stands_instead(county, person, place, task_of, writes, texts, unit_of_work):
    order_id = place({county.honey: 1})
    unit_of_work.run(lambda s: cancel_confirmed(s, order_id, now=utc_now(), reason="buyer"))
    assert outcome(writes("1")) == "too_late"
    assert any("取消了" in one for one in texts())
    other = place({county.honey: 1})
    prepared = task_of(other).id
    unit_of_work.run(lambda s: mark_ready(s, [prepared], by=WORKER, now=utc_now()))
    assert outcome(writes("2")) == "too_late"
    assert task_of(other).status is TaskStatus.READY
    assert outcome(writes("1")) == "done"  # a harmless repeat


def test_each_message_is_carried_out_once_by_the_providers_name(
    county, person, place, task_of, writes, texts, rows
):
    order_id = place({county.honey: 4})
    texts()
    assert [outcome(writes("2 1", "same")) for _ in range(3)] == ["done"] * 3
    assert outcome(writes("2", "same")) == "done"  # the same name for other words: the first answer stands
    assert task_of(order_id).status is not TaskStatus.READY
    assert len(rows(sa.select(TextReply.id))) == 1
    assert len(texts()) == 1


@pytest.mark.parametrize(
    "how",
    [{"secret": "somebody else's secret, long enough"}, {"ago": 301}, {"ago": -301}, {"header": ""}, {"header": "t=1,v1=é"},
     {"header": "t=99999999999999999999,v1=00"}],
)  # fmt: skip
def test_what_is_forged_or_stale_is_refused(county, person, place, task_of, writes, rows, how):
    order_id = place({county.honey: 1})
    refused = writes("1", **how)
    assert (refused.status_code, refused.json["code"]) == (401, "not_signed")
    assert task_of(order_id).status is TaskStatus.OPEN
    assert rows(sa.select(TextReply.id)) == []


def test_the_secret_before_still_opens_while_it_is_changed(county, person, place, writes):
    place({county.honey: 1})
    assert outcome(writes("1", secret="the one before, still on its way out")) == "done"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"id": 1, "from": "1", "text": "1"}', b'{"id": "", "from": "13912345678", "text": "1"}',
     b'{"id": "x", "from": "nobody", "text": "1"}', b'{"id": "x", "from": "13912345678"}', b'{"id": "x", "from": "13912345678", "text": "\\u0000"}',
     b"[" * 4000, json.dumps({"id": "i" * 81, "from": "13912345678", "text": "1"}).encode(), b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_message_is_refused_and_never_an_error_of_ours(app, body):
    assert send(app, body).status_code == 400
    assert send(app, b"x" * 10_000).status_code == 413


def test_a_stranger_changes_nothing_and_is_not_answered(county, person, place, task_of, writes, texts, rows):
    order_id = place({county.honey: 1})
    texts()
    assert outcome(writes("1", sender="+8613700000000")) == "stranger"
    assert task_of(order_id).status is TaskStatus.OPEN
    assert texts() == []
    assert rows(sa.select(TextReply.text)) == [""]


def test_a_telephone_that_answers_by_itself_is_not_answered_for_ever(county, person, writes, texts):
    for _ in range(25):
        writes("我在开车，稍后回您")
    assert len(texts()) == 20


def test_who_wants_no_texts_gets_none_and_may_want_them_again(
    county, person, place, writes, texts, rows, unit_of_work
):
    place({county.honey: 1})
    assert outcome(writes("不要短信")) == "chosen"
    assert rows(sa.select(User.wants_texts).where(User.id == person)) == [False]
    assert [one for one in texts() if one.startswith("备货")] == []  # what waited was not sent any more
    place({county.honey: 1})
    assert texts() == []
    assert outcome(writes("要短信")) == "chosen"
    place({county.honey: 1})
    assert len([one for one in texts() if one.startswith("备货")]) == 1
    unit_of_work.run(lambda s: choose_texts(s, person, wants=False, actor_id=county.user, now=utc_now()))
    place({county.honey: 1})
    assert texts() == []


def test_nobody_is_woken_at_night(county, person, place, texts):
    night = NOW + timedelta(hours=12)  # ten in the evening in Shanghai
    with time_machine.travel(night):
        place({county.honey: 1}, now=night)
        assert texts() == []
    with time_machine.travel(night + timedelta(hours=10)):
        assert len(texts()) == 1


def test_before_the_deadline_it_is_reminded_once_and_not_when_ready(
    county, person, place, task_of, texts, unit_of_work
):
    waiting, prepared = task_of(place({county.honey: 1})), task_of(place({county.honey: 1}))
    unit_of_work.run(lambda s: accept(s, [waiting.id], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: mark_ready(s, [prepared.id], by=WORKER, now=utc_now()))
    texts()
    with time_machine.travel(waiting.deadline_at - timedelta(hours=7)):
        assert remind_households(unit_of_work, now=utc_now()) == 0
    with time_machine.travel(waiting.deadline_at - timedelta(hours=2)):
        assert remind_households(unit_of_work, now=utc_now()) == 1
        (said,) = texts()
        assert said.startswith("快到时间了")
        assert remind_households(unit_of_work, now=utc_now()) == 0
        assert texts() == []


def test_what_was_taken_away_is_told_to_who_had_been_told(
    county, person, place, task_of, texts, unit_of_work
):
    told = place({county.honey: 1})
    texts()
    unit_of_work.run(lambda s: cancel_confirmed(s, told, now=utc_now(), reason="buyer"))
    (said,) = texts()
    assert "不用备了" in said
    untold = place({county.honey: 1})
    unit_of_work.run(lambda s: cancel_confirmed(s, untold, now=utc_now(), reason="buyer"))
    assert texts() == []


def test_a_silent_households_task_goes_to_another_and_both_are_told(
    county, person, place, task_of, texts, unit_of_work
):
    unit_of_work.run(lambda s: add_lot(s, county, county.honey, county.producers[0][1], 5))
    task = task_of(place({county.honey: 1}))
    texts()
    for hours in (1, 14):
        with time_machine.travel(task.deadline_at + timedelta(hours=hours)):
            escalate_tasks(unit_of_work, now=utc_now())
    with time_machine.travel(task.deadline_at + timedelta(hours=30)):
        assert [one for one in texts() if "给了别家" in one] != []


@pytest.mark.parametrize("text", ["谢谢", "好的", "收到！", "好的，谢谢", "知道了。"])
def test_a_polite_word_is_not_called_unclear_and_says_nothing_of_the_goods(
    county, person, place, task_of, writes, texts, text
):
    assert outcome(writes(text)) == "polite"
    assert texts() == [], "nothing waits: nobody is bothered with an answer"
    task = task_of(place({county.honey: 1}))
    texts()
    assert outcome(writes(text)) == "polite"
    assert task_of(task.order_id).status is TaskStatus.OPEN
    (said,) = texts()
    assert "没看懂" not in said
    assert f"{task.code[:3]} 号备好了回 1" in said


def test_what_is_not_understood_while_nothing_waits_does_not_ask_about_goods(county, person, writes, texts):
    assert outcome(writes("明天下雨吗")) == "unclear"
    (said,) = texts()
    assert "没有要备的货" in said
    assert "回 1" not in said


def test_a_reply_is_forgotten_after_ninety_days(county, person, writes, unit_of_work, rows):
    from_now = utc_now() + timedelta(days=91)
    writes("1")
    assert rows(sa.select(TextReply.outcome)) == [ReplyOutcome.UNCLEAR]
    unit_of_work.run(lambda s: forget_old_replies(s, now=from_now))
    assert rows(sa.select(TextReply.id)) == []
