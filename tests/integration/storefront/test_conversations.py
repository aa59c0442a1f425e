"""A buyer writes to the shop, the team answers, the buyer reads it, and says how content they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from io import BytesIO
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.catalogue.models import PictureState, Product
from shop.conversations.answering import answer, write_note
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationPhoto,
    ConversationRating,
)
from shop.conversations.photos import make_conversation_photos_ready
from shop.conversations.quiet import close_quiet_conversations
from shop.conversations.steps import close
from shop.conversations.writing import About, Said, Topic, open_conversation, write_message
from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.ordering.claim_models import ClaimStatus
from shop.ordering.models import Order
from shop.storage.media import media_store
from shop.storage.outbox import ClaimedMessage, OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.trade import open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks
from tests.integration.storefront.test_claims import photo, sent
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def number(trade):
    """A guest's paid order."""
    return trade.order_row(trade.sell({"tea": 2, "honey": 1}, courier=True)).number


@pytest.fixture
def buyer(app, unit_of_work):
    """A signed-in browser, and who it is."""
    person = make_person(unit_of_work)
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    assert sign_in(client, person.email).status_code == 303
    return client, person


def press(client, path, form_at=None, **fields):
    data = {"csrf_token": csrf_token(client, form_at or path), **fields}
    return client.post(path, data=data, headers=ENGLISH)


def test_an_empty_photo_is_said_and_not_dropped(trade, buyer):
    client, _ = buyer
    files = {"photo": (BytesIO(b""), "empty.jpg")}
    answer = press(client, "/contact", topic="other", text="Which tea?", token="once", **files)
    assert answer.status_code == 400
    assert "Which tea?" in answer.text
    summary = answer.text.split('id="wrong"')[1].split("</ul>")[0]
    assert '<a href="#photo-error">' in summary
    assert conversations(trade) == []


def test_a_refused_form_says_that_its_photos_are_to_be_chosen_once_more(trade, buyer):
    client, _ = buyer
    refused = press(client, "/contact", topic="", text="Look", photo=sent(photo()))
    assert refused.status_code == 400
    assert "Please choose the photos once more" in refused.text
    assert "photos once more" not in press(client, "/contact", topic="", text="Look").text


def conversations(trade):
    return trade.run(lambda s: s.scalars(sa.select(Conversation).order_by(Conversation.id)).all())


def told(trade, message="conversation_answered"):
    payloads = trade.run(lambda s: s.scalars(sa.select(OutboxMessage.payload)).all())
    return [one for one in payloads if one.get("message") == message]


def reply(trade, conversation_id, text, token="answer", **how):
    said = Said(text, token)
    return trade.run(
        lambda s: answer(s, conversation_id, said, actor_id=trade.admin_id, now=trade.now, **how)
    )


def letters(trade, app, unit_of_work):
    """What the answer's messages say, written as the worker does."""
    written = []

    class Channel:
        def send(self, envelope):
            written.append(envelope)

    rows = trade.run(
        lambda s: [
            ClaimedMessage(row.id, row.kind, row.payload, row.dedupe_key, 1, row.created_at)
            for row in s.scalars(sa.select(OutboxMessage))
            if row.payload.get("message") == "conversation_answered"
        ]
    )
    with app.app_context():
        for row in rows:
            settings = app.extensions["shop.settings"]
            deliver_message(
                row, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=Channel()
            )
    return written


def test_a_buyer_writes_once_is_told_once_and_reads_the_answer(trade, buyer, app, unit_of_work):
    client, _ = buyer
    for _ in range(2):
        wrote = press(client, "/contact", topic="other", text="<b>Which</b> tea?", token="once")
        assert wrote.status_code == 303
    [one] = conversations(trade)
    assert wrote.location == f"/conversations/{one.code}"
    page = client.get(wrote.location, headers=ENGLISH).text
    assert "&lt;b&gt;Which&lt;/b&gt; tea?" in page
    assert "We will answer" in page
    reply(trade, one.id, "The green one.")
    reply(trade, one.id, "And the jiaogulan.", token="twice")
    assert len(told(trade)) == 1, "what is not read yet is told once"
    [letter] = letters(trade, app, unit_of_work)
    assert f"/login?next=/conversations/{one.code}" in letter.text
    assert "The green one" not in letter.text + letter.html + letter.short
    assert "2<span" in client.get("/account/conversations").text
    answered = client.get(wrote.location, headers=ENGLISH).text
    assert "The green one." in answered
    assert conversations(trade)[0].buyer_unread == 2, (
        "looking changes nothing; the page says that it was looked at"
    )
    assert press(client, f"{wrote.location}/seen", wrote.location).status_code == 303
    assert conversations(trade)[0].buyer_unread == 0
    assert "/seen" not in client.get(wrote.location).text
    assert letters(trade, app, unit_of_work) == [], "who has read it is told nothing"
    reply(trade, one.id, "Anything else?", token="third")
    assert len(told(trade)) == 2


def test_somebody_elses_conversation_is_as_good_as_absent(trade, buyer, app, unit_of_work):
    client, _ = buyer
    press(client, "/contact", topic="other", text="mine", token="t")
    [one] = conversations(trade)
    stranger = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(stranger, make_person(unit_of_work, "other@example.com").email)
    for path in ("", "/rating", "/photos/1"):
        address = f"/conversations/{one.code}{path}"
        if path != "/rating":
            assert stranger.get(address).status_code == 404
            assert app.test_client().get(address).status_code == 404
        assert press(stranger, address, form_at="/account").status_code in {404, 405}
    assert one.code not in stranger.get("/account/conversations").text


def test_a_guest_writes_about_the_order_that_the_link_opens(trade, number, app, client, unit_of_work):
    nobody = app.test_client().get(f"/contact?order={number}", headers=ENGLISH).text
    assert number not in nobody
    assert "Sign in" in nobody
    open_as_guest(app, client, number)
    assert f'value="{number}" selected' in client.get(f"/contact?order={number}").text
    wrote = press(client, "/contact", topic="delivery", order=number, text="When?", token="g")
    assert wrote.status_code == 303
    [one] = conversations(trade)
    assert one.user_id is None
    reply(trade, one.id, "On Friday.")
    [letter] = letters(trade, app, unit_of_work)
    link = letter.text[letter.text.index("/conversations/") :].split()[0]
    other_browser = OwnOriginClient(app, app.response_class, use_cookies=True)
    assert other_browser.get(f"/conversations/{one.code}").status_code == 404
    opened = other_browser.get(link, follow_redirects=True)
    assert "On Friday." in opened.text
    assert "key=" not in opened.request.full_path
    assert one.code in other_browser.get(f"/orders/{number}").text


def test_what_is_wrong_is_said_beside_its_field_and_the_words_stay(trade, number, buyer):
    client, _ = buyer
    refused = press(client, "/contact", topic="delivery", order=number, text="Where is it?")
    assert refused.status_code == 400
    assert 'id="order-error"' in refused.text, "somebody else's order is none"
    assert "Where is it?" in refused.text
    assert 'id="order-error"' in press(client, "/contact", topic="other", order=number, text="x").text
    refused = press(client, "/contact", topic="claim", text="x" * 2001)
    assert 'id="topic-error"' in refused.text
    assert "At most 2000 characters" in refused.text
    refused = press(client, "/contact", topic="other", text="Look", photo=sent(*[photo()] * 5))
    assert "At most 4 photos" in refused.text
    refused = press(client, "/contact", topic="other", text="Look", photo=sent(b"no picture"))
    assert 'id="photo-error"' in refused.text
    assert conversations(trade) == []


def test_a_product_page_leads_to_a_question_about_it(trade, buyer):
    client, _ = buyer
    slug = trade.run(lambda s: s.scalars(sa.select(Product.slug)).first())
    public = client.get(f"/products/{slug}")
    assert f'href="/contact?product={slug}"' in public.text
    assert "Set-Cookie" not in public.headers
    press(client, "/contact", form_at=f"/contact?product={slug}", topic="goods", product=slug, text="New?")
    assert conversations(trade)[0].product_id is not None


def test_nobody_opens_conversations_without_end(trade, buyer):
    client, _ = buyer
    for turn in range(5):
        assert press(client, "/contact", topic="other", text="again", token=str(turn)).status_code == 303
    refused = press(client, "/contact", topic="other", text="my words", token="6")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "my words" in refused.text
    assert len(conversations(trade)) == 5


def test_forms_that_are_refused_or_sent_again_are_no_conversations(trade, buyer):
    client, _ = buyer
    for _turn in range(6):
        refused = press(client, "/contact", topic="other", text="Look", photo=sent(b"no picture"))
        assert refused.status_code == 400
    for token in ("a", "b", "c", "d", "e", "a", "a"):
        assert press(client, "/contact", topic="other", text="hello", token=token).status_code == 303
    assert len(conversations(trade)) == 5


def messages_of(trade):
    rows = sa.select(ConversationMessage.text).order_by(ConversationMessage.id)
    return trade.run(lambda session: session.scalars(rows).all())


def test_a_form_that_is_sent_again_with_other_words_loses_none_of_them(trade, buyer):
    """Who goes back, writes it better and presses again, is heard with both; the same twice is once."""
    client, _ = buyer
    form = {"topic": "other", "token": "once"}
    for text in ("Which tea?", "Which tea? The green one.", "Which tea?", "Which tea? The green one."):
        assert press(client, "/contact", text=text, **form).status_code == 303
    [thread] = conversations(trade)
    assert messages_of(trade) == ["Which tea?", "Which tea? The green one."]
    assert thread.desk_unread == 2
    shown = client.get(f"/conversations/{thread.code}", headers=ENGLISH).text
    assert "The green one." in shown
    for text in ("And honey?", "And honey, too?", "And honey, too?"):
        press(client, f"/conversations/{thread.code}", text=text, token="then")
    assert messages_of(trade)[2:] == ["And honey?", "And honey, too?"]


def test_the_same_form_about_something_else_is_another_conversation(trade, buyer):
    client, _ = buyer
    for topic in ("other", "money", "money"):
        press(client, "/contact", topic=topic, text="Look", token="once")
    assert [one.topic for one in conversations(trade)] == ["other", "money"]


def test_another_photo_with_the_same_words_is_not_dropped(trade, buyer):
    client, _ = buyer
    for width in (640, 620, 620):
        form = {"topic": "other", "text": "Look", "token": "once", "photo": sent(photo((width, 480)))}
        assert press(client, "/contact", **form).status_code == 303
    kept = trade.run(lambda session: session.scalars(sa.select(ConversationPhoto.id)).all())
    assert len(kept) == 2


def test_photos_are_made_anew_and_are_only_their_buyers(trade, buyer, app, unit_of_work):
    client, _ = buyer
    press(client, "/contact", topic="other", text="Look", photo=sent(photo()))
    store = media_store(app.extensions["shop.settings"].media_url)
    assert make_conversation_photos_ready(unit_of_work, store) == 1
    shown = trade.run(lambda s: s.scalars(sa.select(ConversationPhoto)).one())
    assert shown.state is PictureState.READY
    here = f"/conversations/{conversations(trade)[0].code}"
    taken = client.get(f"{here}/photos/{shown.id}")
    assert (taken.status_code, taken.content_type) == (200, "image/webp")
    assert b"taken at home" not in taken.data
    press(client, "/contact", topic="other", text="another", token="b")
    other = conversations(trade)[1].code
    assert client.get(f"/conversations/{other}/photos/{shown.id}").status_code == 404


def test_notes_of_the_team_are_never_the_buyers(trade, buyer):
    client, _ = buyer
    press(client, "/contact", topic="other", text="hello", token="t")
    [one] = conversations(trade)
    note = Said("a difficult buyer", "note")
    trade.run(lambda s: write_note(s, one.id, note, actor_id=trade.admin_id, now=trade.now))
    assert "difficult" not in client.get(f"/conversations/{one.code}").text
    assert "difficult" not in client.get("/account/conversations").text
    assert told(trade) == []


def test_a_buyer_says_once_after_each_closing_how_content_they_are(trade, buyer):
    client, _ = buyer
    press(client, "/contact", topic="other", text="hello", token="t")
    [one] = conversations(trade)
    here = f"/conversations/{one.code}"
    early = press(client, f"{here}/rating", form_at=here, score="5")
    assert "open again" in client.get(early.location, headers=ENGLISH).text
    reply(trade, one.id, "Done.", close=True)
    assert press(client, f"{here}/rating", form_at=here, score="6").status_code == 400
    press(client, f"{here}/rating", form_at=here, score="2", rating_text="=slow")
    press(client, f"{here}/rating", form_at=here, score="5")
    press(client, here, text="It broke again.", token="u")
    assert conversations(trade)[0].closed_at is None
    trade.run(lambda s: close(s, one.id, actor_id=trade.admin_id, now=trade.now))
    press(client, f"{here}/rating", form_at=here, score="4")
    rated = sa.select(ConversationRating.score).order_by(ConversationRating.closing)
    assert trade.run(lambda s: s.scalars(rated).all()) == [2, 4]


def test_a_claim_and_its_conversation_show_each_other(trade, number, app, client):
    order_id = trade.run(lambda s: s.scalar(sa.select(Order.id).where(Order.number == number)))
    trade.deliver(order_id)
    claim_id = trade.claim(order_id, "tea")
    [one] = conversations(trade)
    assert (one.claim_id, one.topic) == (claim_id, Topic.CLAIM)
    open_as_guest(app, client, number)
    here = f"/conversations/{one.code}"
    assert f'href="{here}"' in client.get(f"/orders/{number}").text
    page = client.get(here, headers=ENGLISH).text
    assert "cracked" in page, "what the claim says"
    assert f"/orders/{number}#claim-{claim_id}" in page
    press(client, here, text="It was the lid.", token="u")
    trade.grant(claim_id, ClaimStatus.PARTLY)
    decided = client.get(here, headers=ENGLISH).text
    assert "Granted in part" in decided
    assert "Sorry." in decided
    assert len(told(trade, "claim_decided")) == 1
    assert told(trade) == [], "the decision's own letter tells it"
    [one] = conversations(trade)
    assert one.first_answered_at is not None
    assert trade.violations() == []


def test_who_does_not_go_on_is_closed_after_the_shops_days(trade, buyer):
    client, _ = buyer
    press(client, "/contact", topic="other", text="answered", token="a")
    press(client, "/contact", topic="other", text="waiting", token="b")
    answered, _waiting = conversations(trade)
    trade.now = utc_now()
    reply(trade, answered.id, "Done.")
    assert close_quiet_conversations(trade.unit_of_work, now=trade.now + timedelta(days=6)) == 0
    later = trade.now + timedelta(days=8)
    assert close_quiet_conversations(trade.unit_of_work, now=later) == 1
    assert close_quiet_conversations(trade.unit_of_work, now=later) == 0
    assert [one.closed_at is not None for one in conversations(trade)] == [True, False]


@pytest.mark.race(fence="the unique token of a form: who comes second runs again, and finds what it wrote")
def test_a_form_that_is_sent_twice_at_once_opens_one_conversation(trade, buyer):
    _, person = buyer
    said = Said("hello", "the same form")
    work = partial(
        open_conversation,
        about=About(Topic.OTHER),
        said=said,
        user_id=person.id,
        language="zh",
        now=trade.now,
    )
    with ThreadPoolExecutor(4) as hands:
        codes = set(hands.map(lambda _: trade.unit_of_work.run(work), range(4)))
    assert len(codes) == 1
    assert len(conversations(trade)) == 1


def four_write_at_once(trade, person):
    """Each message is kept, and counted for the team."""
    said = Said("first", f"begun {trade.now}")
    about = About(Topic.OTHER)
    trade.run(lambda s: open_conversation(s, about, said, user_id=person.id, language="zh", now=trade.now))
    one = conversations(trade)[-1]
    start = Barrier(4)

    def write(turn):
        said = Said(f"word {turn}", f"t{turn}")
        start.wait()
        trade.unit_of_work.run(lambda s: write_message(s, one.id, said, user_id=person.id, now=trade.now))

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(write, range(4)))
    assert conversations(trade)[-1].desk_unread == 5


@pytest.mark.race(twin="test_without_the_lock_a_message_is_not_counted")
def test_messages_at_once_are_each_kept_and_counted(trade, buyer):
    four_write_at_once(trade, buyer[1])


def test_without_the_lock_a_message_is_not_counted(trade, buyer, unit_of_work):
    trade.unit_of_work = without_locks(unit_of_work)
    assert goes_wrong(lambda: four_write_at_once(trade, buyer[1]))


def test_a_long_conversation_takes_no_more_statements_than_a_short_one(trade, buyer, engine):
    client, person = buyer
    press(client, "/contact", topic="other", text="hello", token="t")
    [one] = conversations(trade)
    here, counts = f"/conversations/{one.code}", []
    for turn in range(2):
        client.get(here)
        for path in (here, "/account/conversations"):
            with counted_statements(engine) as statements:
                assert client.get(path).status_code == 200
            counts.append(len(statements))
        for word in range(12):
            said = Said("more", f"{turn} {word}")
            trade.run(lambda s, said=said: write_message(s, one.id, said, user_id=person.id, now=trade.now))
            trade.run(
                lambda s, said=said, word=word: open_conversation(
                    s,
                    About(Topic.OTHER),
                    Said(f"{word}", said.token),
                    user_id=person.id,
                    language="zh",
                    now=trade.now,
                )
            )
    assert counts[:2] == counts[2:]
    assert max(counts) <= 14
