"""What people said to the shop, to households and to other buyers: it goes with them, and nobody else's goes or shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop import jobs
from shop.accounts.privacy_models import AboutWhat, AskedFor, DoomedFile, PrivacyRequest
from shop.conversations.answering import write_note
from shop.conversations.desk_models import VillageQuestion
from shop.conversations.forgetting import GONE, KEPT, forget_old_talks
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationPhoto,
    ConversationStatus,
    Topic,
)
from shop.conversations.thanks import give_thanks
from shop.conversations.thanks_models import LetterState, SignedAs, Thanks, ThanksLetter
from shop.conversations.writing import About, open_conversation
from shop.conversations.writing import Said as Asked
from shop.ordering.models import Order, OrderLine
from shop.privacy.copies import read_copy
from shop.privacy.erasing import erase
from shop.privacy.mapping import Person
from shop.privacy.people import person_of
from shop.reviews.models import Review, ReviewStatus, ShownAs
from shop.reviews.writing import Said, write_review
from tests.factories.people import make_person, post, sign_in
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def come(trade):
    """Two guests' orders, received, about each of which its buyer has said everything that can be said."""
    ids = []
    for name in ("mine", "other"):
        order_id = trade.sell({"tea": 2}, courier=True)
        trade.deliver(order_id)
        speak(trade, order_id, name)
        ids.append(order_id)
    return ids


def speak(trade, order_id, word):
    def work(session):
        product_id = session.scalar(sa.select(OrderLine.product_id).where(OrderLine.order_id == order_id))
        said = Said(4, f"{word}评", ShownAs.NOBODY)
        write_review(session, order_id, product_id, said, received_at=trade.now, now=trade.now)
        give_thanks(session, order_id, f"{word}谢谢", SignedAs.TEACHER, now=trade.now)
        asked, about = Asked(f"{word}问", f"{word} form", [word.ljust(32, "0")]), About(Topic.ORDER, order_id)
        code = open_conversation(session, about, asked, user_id=None, language="zh", now=trade.now)
        talk = session.scalars(sa.select(Conversation).where(Conversation.code == code)).one()
        write_note(session, talk.id, Asked(f"{word}内部", "n"), actor_id=trade.admin_id, now=trade.now)

    trade.run(work)


def person(trade, order_id) -> Person:
    number = trade.order_row(order_id).number
    return trade.run(lambda session: person_of(session, AboutWhat.ORDER, number))


def everything_said(trade) -> str:
    columns = (ConversationMessage.text, Review.text, Thanks.text, ConversationPhoto.key)
    return "\n".join(
        one for column in columns for one in trade.run(lambda s, of=column: s.scalars(sa.select(of)).all())
    )


def test_a_guests_words_go_by_their_order_and_another_guests_stay(trade, come):
    mine, other = come
    whose, before = person(trade, mine), everything_said(trade)
    assert trade.run(lambda s: erase(s, whose, now=trade.now)).obstacles == (), "talking holds nobody up"
    after = everything_said(trade)
    assert before.count("mine") == 5
    assert "mine" not in after
    assert after.count("other") == before.count("other") == 5
    talks = dict(trade.run(lambda s: s.execute(sa.select(Conversation.order_id, Conversation.status)).all()))
    assert talks[mine] is ConversationStatus.CLOSED, "nobody is left to be answered"
    assert talks[other] is ConversationStatus.OPEN
    doomed = trade.run(lambda s: s.scalars(sa.select(DoomedFile.name)).all())
    assert [name for name in doomed if name.startswith("conversations/mine")]
    assert not [name for name in doomed if "other" in name]


def test_a_guests_copy_has_what_they_said_and_not_what_the_team_writes_to_itself(trade, come):
    mine, _other = come
    whose = person(trade, mine)
    copy = trade.run(lambda session: read_copy(session, whose))
    text = json.dumps(
        {name: [dict(row) for row in rows] for name, rows in copy.items()}, default=str, ensure_ascii=False
    )
    assert all(word in text for word in ("mine问", "mine评", "mine谢谢"))
    assert "内部" not in text
    assert "other" not in text


def test_neither_side_of_a_letter_learns_from_a_copy_who_the_other_is_or_what_was_not_sent(trade, come):
    mine, _other = come
    letters = sa.select(ThanksLetter).join(Thanks).where(Thanks.order_id == mine)
    household_id = trade.run(lambda session: session.scalars(letters).first().household_id)

    def say(state, sent_at):
        def work(session):
            for one in session.scalars(letters):
                one.state, one.reply, one.sent_at = state, "常来", sent_at

        trade.run(work)

    def seen(whose):
        return trade.run(lambda session: read_copy(session, whose)).get("thanks_letters", [])

    household = Person(household_id=household_id)
    assert seen(household) == [], "its coordinator has not read it"
    say(LetterState.REPLIED, None)
    assert [row["reply"] for row in seen(household)] == ["常来"]
    assert seen(person(trade, mine)) == []
    say(LetterState.SENT, trade.now)
    rows = [*seen(household), *seen(person(trade, mine))]
    assert {row["reply"] for row in rows} == {"常来"}
    assert not [row for row in rows if {"household_id", "reason", "order_id"} & set(row)]


@pytest.mark.parametrize("keeps", [True, False])
def test_an_account_says_on_its_page_whether_the_words_of_its_reviews_stay(
    app, client, trade, come, unit_of_work, keeps
):
    mine, other = come
    buyer = make_person(unit_of_work, "lin@example.com")
    for entity, own in ((Order, Order.id), (Review, Review.order_id)):
        trade.run(
            lambda s, of=entity, by=own: s.execute(sa.update(of).where(by == mine).values(user_id=buyer.id))
        )
    sign_in(client, buyer.email)
    chosen = {"keeps_reviews": "y"} if keeps else {}
    here = "/account/privacy/erase"
    assert 'name="keeps_reviews"' in client.get(here).text
    assert post(client, here, here, understood="y", **chosen).status_code == 303
    asked = sa.select(PrivacyRequest.erase_at).where(PrivacyRequest.kind == AskedFor.ERASURE)
    due = trade.run(lambda session: session.scalars(asked).one())
    with app.app_context(), time_machine.travel(due + timedelta(minutes=1)):
        assert jobs.run_job("erase_people") == 1
    rows = {one.order_id: one for one in trade.run(lambda s: s.scalars(sa.select(Review)).all())}
    assert rows[mine].text == ("mine评" if keeps else "")
    assert rows[mine].status is (ReviewStatus.PUBLISHED if keeps else ReviewStatus.WITHDRAWN)
    assert (rows[mine].user_id, rows[mine].stars) == (None, 4)
    assert rows[other].text == "other评"


def test_closed_conversations_are_emptied_after_three_years_and_open_ones_never(trade, come, unit_of_work):
    mine, _other = come
    question = {"text": "还有吗？", "request_token": "q", "asked_at": trade.now}

    def end_mine(session):
        talk = session.scalars(sa.select(Conversation).where(Conversation.order_id == mine)).one()
        talk.status, talk.closed_at, talk.answer_minutes = ConversationStatus.CLOSED, trade.now, 7
        village = session.scalar(sa.text("SELECT min(id) FROM villages"))
        session.add(VillageQuestion(**question | {"conversation_id": talk.id, "village_id": village}))

    trade.run(end_mine)
    last = trade.run(lambda s: s.scalar(sa.select(Conversation.last_at).where(Conversation.order_id == mine)))
    assert forget_old_talks(unit_of_work, now=last + KEPT) == 0
    late = last + KEPT + timedelta(days=30)
    assert [forget_old_talks(unit_of_work, now=late) for _ in range(2)] == [1, 0]
    texts = trade.run(lambda s: s.scalars(sa.select(ConversationMessage.text)).all())
    assert sorted(texts) == sorted([GONE, GONE, "other问", "other内部"])
    left = trade.run(lambda s: s.scalars(sa.select(ConversationPhoto.key)).all())
    assert [key[:5] for key in left] == ["other"]
    assert trade.run(lambda s: s.scalars(sa.select(VillageQuestion)).all()) == []
    minutes = trade.run(lambda s: s.scalars(sa.select(Conversation.answer_minutes)).all())
    assert 7 in minutes, "how fast the shop answered is nobody's"
