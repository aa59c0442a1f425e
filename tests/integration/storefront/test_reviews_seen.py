"""The shop shows a review as somebody of the team saw it, and its photos once, however often its form is sent."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.kit.references import secret_token
from shop.reviews.models import Review, ReviewEvent, ReviewPhoto, ReviewStatus, ShownAs
from shop.reviews.photos import make_review_photos_ready
from shop.reviews.writing import Said, write_review
from shop.storage.media import media_store
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.integration.storefront.test_claims import photo, sent
from tests.integration.storefront.test_orders import open_as_guest
from tests.integration.storefront.test_reviews import (  # noqa: F401  fixtures
    come,
    goods_of,
    page,
    trade,
    write,
)

ENGLISH = {"Accept-Language": "en"}
MOVED_ON = "This review has changed meanwhile"
HARMLESS = Said(5, "能治病", ShownAs.NOBODY)
WORSE = Said(5, "能治病，加我微信 abc12345", ShownAs.NOBODY)


@pytest.fixture
def desk(app, unit_of_work):
    """A browser of the team, that presses as a page stood when it was opened: `seen = desk.look(path)`."""
    person = make_person(unit_of_work, "desk@example.com", roles=[RoleName.ADMIN])
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(client, person.email)
    return client


def look(desk, review_id):
    """What stands in the forms of the page."""
    text = page(desk, f"/admin/reviews/{review_id}").text
    found = set(re.findall(r'name="seen" value="([^"]*)"', text))
    assert len(found) == 1
    return found.pop()


def press(desk, review_id, button, **form):
    here = f"/admin/reviews/{review_id}"
    data = {"csrf_token": csrf_token(desk, here), **form}
    return desk.post(f"{here}/{button}", data=data, headers=ENGLISH, follow_redirects=True)


def status_of(trade, review_id):  # noqa: F811
    return trade.run(lambda session: session.get_one(Review, review_id)).status


def test_what_its_author_changed_meanwhile_is_not_published_unseen(trade, come, desk):  # noqa: F811
    review_id = write(trade, come, HARMLESS).review_id
    seen = look(desk, review_id)
    write(trade, come, WORSE)
    assert MOVED_ON in press(desk, review_id, "publish", seen=seen).text
    assert status_of(trade, review_id) is ReviewStatus.WAITING
    press(desk, review_id, "publish", seen=look(desk, review_id))
    assert status_of(trade, review_id) is ReviewStatus.PUBLISHED


def test_neither_is_it_hidden_or_answered_and_what_was_typed_stays(trade, come, desk):  # noqa: F811
    review_id = write(trade, come).review_id
    seen = look(desk, review_id)
    write(trade, come, Said(1, "其实不好", ShownAs.NOBODY))
    answered = press(desk, review_id, "answer", seen=seen, answer="谢谢您的五颗星")
    assert MOVED_ON in answered.text
    assert "谢谢您的五颗星" in answered.text
    hidden = press(desk, review_id, "hide", seen=seen, reason="abuse", words="请文明")
    assert MOVED_ON in hidden.text
    assert "请文明" in hidden.text
    row = trade.run(lambda session: session.get_one(Review, review_id))
    assert (row.status, row.answer) == (ReviewStatus.PUBLISHED, "")
    press(desk, review_id, "answer", seen=look(desk, review_id), answer="抱歉")
    assert trade.run(lambda session: session.get_one(Review, review_id)).answer == "抱歉"


def test_a_form_that_says_nothing_of_what_was_seen_publishes_nothing(trade, come, desk):  # noqa: F811
    review_id = write(trade, come, HARMLESS).review_id
    assert MOVED_ON in press(desk, review_id, "publish").text
    assert status_of(trade, review_id) is ReviewStatus.WAITING


def test_the_same_press_twice_is_one(trade, come, desk):  # noqa: F811
    review_id = write(trade, come, HARMLESS).review_id
    seen = look(desk, review_id)
    for _ in range(2):
        assert MOVED_ON not in press(desk, review_id, "publish", seen=seen).text
    seen = look(desk, review_id)
    for _ in range(2):
        assert MOVED_ON not in press(desk, review_id, "answer", seen=seen, answer="谢谢").text


@pytest.fixture
def author(app, client, trade, come):  # noqa: F811
    """The guest's browser, and where the review of the tea is written."""
    number = trade.order_row(come).number
    open_as_guest(app, client, number)
    return client, f"/orders/{number}/reviews/{goods_of(trade, come).id}"


def typed_in(client, here, **form):
    """What the form holds when it is sent, with the token that it was shown with."""
    text = page(client, here).text
    token = re.search(r'name="token" value="([^"]*)"', text)
    shown = {"token": token[1]} if token else {}
    return {"csrf_token": csrf_token(client, here), "stars": "5", "shown_as": "nobody", **shown, **form}


def photos_of(trade):  # noqa: F811
    return trade.run(lambda session: session.scalars(sa.select(ReviewPhoto.state)).all())


def test_photos_that_nobody_could_look_at_yet_are_not_published(
    trade,  # noqa: F811
    come,  # noqa: F811
    desk,
    author,
    unit_of_work,
    settings,
):
    client, here = author
    client.post(here, data={**typed_in(client, here), "photo": sent(photo())})
    review_id = trade.run(lambda session: session.scalars(sa.select(Review.id)).one())
    seen = look(desk, review_id)
    assert "being made ready" in press(desk, review_id, "publish", seen=seen).text
    make_review_photos_ready(unit_of_work, media_store(settings.media_url))
    assert MOVED_ON in press(desk, review_id, "publish", seen=seen).text, "the page showed no photo"
    assert status_of(trade, review_id) is ReviewStatus.WAITING
    press(desk, review_id, "publish", seen=look(desk, review_id))
    assert status_of(trade, review_id) is ReviewStatus.PUBLISHED


def test_a_form_with_a_photo_that_is_sent_three_times_keeps_it_once(trade, author):  # noqa: F811
    client, here = author
    form = typed_in(client, here, text="香")
    for _ in range(3):
        assert client.post(here, data={**form, "photo": sent(photo())}).status_code == 303
    assert len(photos_of(trade)) == 1
    kinds = trade.run(lambda session: session.scalars(sa.select(ReviewEvent.kind)).all())
    assert kinds == ["written"]


def test_who_goes_back_and_changes_words_changes_them_and_keeps_the_photo_once(trade, author):  # noqa: F811
    client, here = author
    form = typed_in(client, here, text="香")
    client.post(here, data={**form, "photo": sent(photo())})
    client.post(here, data={**form, "text": "很香", "photo": sent(photo())})
    assert len(photos_of(trade)) == 1
    assert trade.run(lambda session: session.scalars(sa.select(Review.text)).one()) == "很香"
    client.post(here, data={**typed_in(client, here, text="很香"), "photo": sent(photo())})
    assert len(photos_of(trade)) == 2, "another form is another photo"


def sends_four_at_once(trade, order_id):  # noqa: F811
    """One form with a photo, four times in one moment, for a review that waits; wrong where the photo is kept twice."""
    product_id, form = goods_of(trade, order_id).id, secret_token()
    write(trade, order_id, HARMLESS)

    def send(number):
        said = Said(5, f"能治病 {form}", ShownAs.NOBODY, photos=[f"{form}{number}"], token=form)
        trade.run(lambda s: write_review(s, order_id, product_id, said, received_at=trade.now, now=trade.now))

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(send, range(4)))
    kept = sa.select(ReviewPhoto.id).where(ReviewPhoto.key.startswith(form))
    assert len(trade.run(lambda session: session.scalars(kept).all())) == 1


@pytest.mark.race(twin="test_without_lock_and_index_a_photo_is_kept_twice")
def test_one_form_at_once_keeps_its_photo_once(trade, come):  # noqa: F811
    sends_four_at_once(trade, come)


def test_without_lock_and_index_a_photo_is_kept_twice(trade, come, unit_of_work):  # noqa: F811
    trade.unit_of_work = without_locks(unit_of_work)
    drop_unique(trade.unit_of_work, "review_events", "uq_review_events_review_id_request_token")
    assert goes_wrong(lambda: sends_four_at_once(trade, come))
