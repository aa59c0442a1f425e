"""Who bought and received goods reviews them; the shop answers, and hides only with a reason that everybody sees."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import unescape

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User
from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.models import PictureState, Product
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.models import Order, OrderLine
from shop.reviews.errors import NotYetReceived, OwnReview, ReviewSettled, TooLateToReview
from shop.reviews.forgetting import forget_author
from shop.reviews.models import HiddenReason, Review, ReviewEvent, ReviewPhoto, ReviewStatus, ShownAs
from shop.reviews.moderating import answer_review, hide_review, publish_review
from shop.reviews.photos import make_review_photos_ready
from shop.reviews.writing import Said, withdraw_review, write_review
from shop.storage.media import media_store
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.trade import open_for_trade
from tests.integration.storefront.test_claims import photo, sent
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}
GOOD = Said(5, "炒得很香", ShownAs.NOBODY)


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    at_work.now = max(at_work.now, utc_now() - timedelta(hours=2))
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def come(trade):
    """Tea and honey that a courier has delivered."""
    order_id = trade.sell({"tea": 2, "honey": 1}, courier=True)
    trade.deliver(order_id)
    return order_id


@pytest.fixture
def admin(unit_of_work):
    return make_person(unit_of_work, "desk@example.com", roles=[RoleName.ADMIN])


def goods_of(trade, order_id, sku="tea"):
    """The product's id and slug."""
    found = (
        sa.select(Product.id, Product.slug)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .where(OrderLine.order_id == order_id, OrderLine.sku == sku)
    )
    return trade.run(lambda session: session.execute(found).one())


def write(trade, order_id, said=GOOD, *, sku="tea", now=None, received="now", actor_id=None):
    now = now or trade.now
    product_id = goods_of(trade, order_id, sku).id
    return trade.run(
        lambda session: write_review(
            session, order_id, product_id, said, received_at=now if received == "now" else received, now=now,
            actor_id=actor_id,
        )
    )  # fmt: skip


def counted(trade, order_id):
    product_id = goods_of(trade, order_id).id
    row = trade.run(lambda session: session.get_one(Product, product_id))
    return (row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5), row.hidden_reviews


def page(client, path):
    return client.get(path, headers=ENGLISH)


def messages(trade):
    kinds = sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)
    return [one.get("message") for one in trade.run(lambda session: session.scalars(kinds).all())]


def test_a_guest_with_the_orders_link_reviews_once_and_everybody_reads_it(app, client, trade, come):
    number = trade.order_row(come).number
    open_as_guest(app, client, number)
    tea = goods_of(trade, come)
    here = f"/orders/{number}/reviews"
    assert f'href="{here}"' in page(client, f"/orders/{number}").text, "the order leads to it"
    for _ in range(2):
        form = {"csrf_token": csrf_token(client, f"{here}/{tea.id}"), "stars": "4", "shown_as": "surname"}
        told = client.post(f"{here}/{tea.id}", data={**form, "text": "<b>fine</b>"}, headers=ENGLISH)
        assert told.status_code == 303, told.text
    assert counted(trade, come) == ((0, 0, 0, 1, 0), 0)
    assert "Save the review" in page(client, f"{here}/{tea.id}").text
    shown = page(app.test_client(), f"/products/{tea.slug}").text
    assert "&lt;b&gt;fine&lt;/b&gt;" in shown
    assert "<b>fine</b>" not in shown
    surname = trade.order_row(come).recipient[0]
    assert f"{surname}**" in shown
    assert '★</span> <b class="num">4.0</b> · 1 review' in shown
    assert "4.0 (1)" in page(client, "/products").text, "the card says so too"
    events = trade.run(lambda session: session.scalars(sa.select(ReviewEvent.kind)).all())
    assert events == ["written"], "the same twice is once"


def test_nobody_else_reviews_and_nothing_that_was_not_bought(app, client, trade, come):
    number, tea = trade.order_row(come).number, goods_of(trade, come)
    assert page(client, f"/orders/{number}/reviews").status_code == 404
    assert page(client, f"/orders/{number}/reviews/{tea.id}").status_code == 404
    open_as_guest(app, client, number)
    assert page(client, f"/orders/{number}/reviews/999999").status_code == 404
    with pytest.raises(NotFound):
        trade.run(lambda s: write_review(s, come, 999_999, GOOD, received_at=trade.now, now=trade.now))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(None, "", ShownAs.NOBODY), "stars"),
        (Said(6, "", ShownAs.NOBODY), "stars"),
        (Said(3, "", None), "shown_as"),
        (Said(3, "字" * 1001, ShownAs.NOBODY), "text"),
        (Said(3, "", ShownAs.NOBODY, ["a", "b", "c", "d", "e"]), "photo"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(trade, come, said, field):
    with pytest.raises(InvalidInput) as refused:
        write(trade, come, said)
    assert set(refused.value.errors) == {field}


def test_it_waits_for_the_goods_and_not_for_ever(trade, come):
    with pytest.raises(NotYetReceived):
        write(trade, come, received=None)
    with pytest.raises(TooLateToReview):
        write(trade, come, received=trade.now - timedelta(days=181))


@pytest.mark.parametrize(
    ("text", "stars", "waits"),
    [("一般，偏淡", 1, False), ("能治高血压，包治百病", 5, True), ("加微信 abc12345 更便宜", 5, True),
     ("打 138 0013 8000 找我", 4, True), ("2026 年 4 月采的，500 克一袋", 5, False)],
)  # fmt: skip
def test_a_bad_review_is_shown_at_once_and_a_flagged_one_waits(trade, come, text, stars, waits):
    status = write(trade, come, Said(stars, text, ShownAs.NOBODY)).status
    assert status is (ReviewStatus.WAITING if waits else ReviewStatus.PUBLISHED)


def test_the_shop_may_look_at_every_review_first(trade, come, admin):
    with_finance = {"review_all_first": "1"}
    trade.run(lambda s: set_shop_settings(s, with_finance, actor_id=admin.id, now=trade.now))
    assert write(trade, come).status is ReviewStatus.WAITING
    assert counted(trade, come) == ((0, 0, 0, 0, 0), 0)


def test_a_photo_is_everybodys_only_while_its_review_is_shown(
    app, client, trade, come, unit_of_work, settings, admin
):
    number, tea = trade.order_row(come).number, goods_of(trade, come)
    open_as_guest(app, client, number)
    here = f"/orders/{number}/reviews"
    form = {"csrf_token": csrf_token(client, f"{here}/{tea.id}"), "stars": "5", "shown_as": "nobody"}
    assert client.post(f"{here}/{tea.id}", data={**form, "photo": sent(photo())}).status_code == 303
    assert make_review_photos_ready(unit_of_work, media_store(settings.media_url)) == 1
    row = trade.run(lambda session: session.scalars(sa.select(ReviewPhoto)).one())
    review = trade.run(lambda session: session.scalars(sa.select(Review)).one())
    public, own = f"/media/reviews/{row.key}.webp", f"{here}/photos/{row.id}"
    assert (row.state, review.status) == (PictureState.READY, ReviewStatus.WAITING)
    assert (client.get(public).status_code, client.get(own).status_code) == (404, 200)
    trade.run(lambda s: publish_review(s, review.id, actor_id=admin.id, now=trade.now))
    answer = client.get(public)
    assert (answer.status_code, answer.content_type) == (200, "image/webp")
    assert b"EXIF" not in answer.data
    assert public in page(client, f"/products/{tea.slug}").text
    trade.run(lambda s: hide_review(s, review.id, HiddenReason.PRIVATE, "", actor_id=admin.id, now=trade.now))
    assert client.get(public).status_code == 404
    assert app.test_client().get(own).status_code == 404
    refused = client.post(f"{here}/{tea.id}", data={**form, "photo": sent(b"GIF89a" + b"0" * 500)})
    assert refused.status_code == 400


def test_a_refused_review_says_that_its_photos_are_to_be_chosen_once_more(app, client, trade, come):
    number, tea = trade.order_row(come).number, goods_of(trade, come)
    open_as_guest(app, client, number)
    here = f"/orders/{number}/reviews/{tea.id}"

    def refused(**files) -> str:
        form = {"csrf_token": csrf_token(client, here), "text": "很香", "shown_as": "nobody"}
        answer = client.post(here, data={**form, **files}, headers=ENGLISH)
        assert answer.status_code == 400
        return answer.text

    assert "photos once more" in refused(photo=sent(photo()))
    assert "photos once more" not in refused()


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_the_shop_hid_is_not_shown_again_by_its_author_alone(trade, come, admin, withdrawn):
    rude = Said(1, "卖家是个骗子", ShownAs.NOBODY)
    written = write(trade, come, rude)
    product_id = goods_of(trade, come).id
    hide = partial(
        hide_review,
        review_id=written.review_id,
        reason=HiddenReason.ABUSE,
        words="",
        actor_id=admin.id,
        now=trade.now,
    )
    trade.run(hide)
    if withdrawn:
        trade.run(lambda s: withdraw_review(s, come, product_id, now=trade.now))
    for stars in (1, 5):
        with pytest.raises(InvalidInput) as refused:
            write(trade, come, replace(rude, stars=stars))
        assert "text" in refused.value.errors
    again = write(trade, come, replace(rude, text="茶很淡"))
    assert (again.status, counted(trade, come)) == (ReviewStatus.WAITING, ((0, 0, 0, 0, 0), 0))
    assert write(trade, come, replace(rude, text="茶很淡。")).status is ReviewStatus.WAITING
    trade.run(lambda s: publish_review(s, written.review_id, actor_id=admin.id, now=trade.now))
    assert write(trade, come, replace(rude, text="茶很香")).status is ReviewStatus.PUBLISHED


def test_what_is_hidden_is_counted_with_its_reason_and_its_author_is_told(client, trade, come, admin):
    tea = goods_of(trade, come)
    review_id = write(trade, come).review_id
    hide = {
        "reason": HiddenReason.ADVERTISING,
        "words": "请不要留号码",
        "actor_id": admin.id,
        "now": trade.now,
    }
    for _ in range(2):
        trade.run(lambda s: hide_review(s, review_id, **hide))
    assert counted(trade, come) == ((0, 0, 0, 0, 0), 1)
    assert messages(trade).count("review_hidden") == 1
    shown = page(client, f"/products/{tea.slug}/reviews").text
    assert "1 review is hidden by the shop." in shown
    assert "It advertises something else" in shown
    assert "炒得很香" not in shown
    assert "请不要留号码" not in shown, "the words are its author's"
    product = page(client, f"/products/{tea.slug}").text
    assert "1 review is hidden by the shop." in product
    assert "Nobody has said anything" not in product
    trade.run(lambda s: publish_review(s, review_id, actor_id=admin.id, now=trade.now))
    assert counted(trade, come) == ((0, 0, 0, 0, 1), 0)
    with pytest.raises(InvalidInput):
        trade.run(lambda s: hide_review(s, review_id, None, "", actor_id=admin.id, now=trade.now))


def test_a_change_keeps_what_was_said_and_an_answer_ends_changes(trade, come, admin):
    review_id = write(trade, come, Said(2, "偏湿", ShownAs.NOBODY)).review_id
    write(trade, come, Said(4, "补发的好", ShownAs.NOBODY), now=trade.now + timedelta(days=1))
    history = sa.select(ReviewEvent.facts).where(ReviewEvent.kind == "changed")
    [before] = trade.run(lambda session: session.scalars(history).all())
    assert (before["stars"], before["text"]) == (2, "偏湿")
    assert counted(trade, come) == ((0, 0, 0, 1, 0), 0)
    for words in ("谢谢", "谢谢您"):
        trade.run(lambda s, said=words: answer_review(s, review_id, said, actor_id=admin.id, now=trade.now))
    assert messages(trade).count("review_answered") == 1
    with pytest.raises(ReviewSettled):
        write(trade, come, Said(1, "又变了", ShownAs.NOBODY))
    product_id = goods_of(trade, come).id
    for _ in range(2):
        trade.run(lambda s: withdraw_review(s, come, product_id, now=trade.now))
    assert counted(trade, come) == ((0, 0, 0, 0, 0), 0)


def test_too_old_a_review_stays_as_it_is(trade, come):
    write(trade, come)
    with pytest.raises(ReviewSettled):
        write(trade, come, Said(1, "", ShownAs.NOBODY), now=trade.now + timedelta(days=31))


def test_nobody_of_the_team_decides_about_the_own_review(trade, come, admin):
    trade.run(lambda s: s.execute(sa.update(Order).where(Order.id == come).values(user_id=admin.id)))
    review_id = write(trade, come, Said(5, "能治病", ShownAs.NOBODY), actor_id=admin.id).review_id
    for step in (
        lambda s: publish_review(s, review_id, actor_id=admin.id, now=trade.now),
        lambda s: hide_review(s, review_id, HiddenReason.ABUSE, "", actor_id=admin.id, now=trade.now),
    ):
        with pytest.raises(OwnReview):
            trade.run(step)


def test_the_desk_finds_answers_and_hides(app, trade, come, admin):
    desk = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(desk, admin.email)
    review_id = write(trade, come, Said(5, "能治病", ShownAs.NOBODY)).review_id
    assert f'href="/admin/reviews/{review_id}"' in page(desk, "/admin/reviews").text
    assert "Reviews to look at" in page(desk, "/admin").text
    here = f"/admin/reviews/{review_id}"
    assert "能治病" in page(desk, here).text

    def press(button, **form):
        seen = re.search(r'name="seen" value="([^"]*)"', page(desk, here).text)[1]
        data = {"csrf_token": csrf_token(desk, here), "seen": seen, **form}
        return desk.post(f"{here}/{button}", data=data, headers=ENGLISH)

    kept = press("hide", words="typed once")
    assert kept.status_code == 400
    assert "typed once" in kept.text
    assert press("hide", reason="effect").status_code == 303
    assert press("answer", answer="no").status_code == 409
    assert press("publish").status_code == 303
    assert press("answer", answer="谢谢").status_code == 303
    row = trade.run(lambda session: session.get_one(Review, review_id))
    assert (row.status, row.answer) == (ReviewStatus.PUBLISHED, "谢谢")
    history = page(desk, here).text
    assert all(word in history for word in ("Hidden", "Shown again", "Answered"))


@pytest.mark.parametrize("keeps", [True, False])
def test_an_erased_authors_words_stay_or_go_as_they_choose(trade, come, admin, keeps):
    """The stars of what stays are still counted; nothing names its author any more."""
    trade.run(lambda s: s.execute(sa.update(Order).where(Order.id == come).values(user_id=admin.id)))
    trade.run(lambda s: s.execute(sa.update(User).where(User.id == admin.id).values(name="王小明")))
    write(trade, come, Said(4, "第一句", ShownAs.SURNAME))
    write(trade, come, Said(5, "第二句", ShownAs.SURNAME))
    trade.run(lambda s: forget_author(s, admin.id, keep_texts=keeps, now=trade.now))
    row = trade.run(lambda session: session.scalars(sa.select(Review)).one())
    facts = trade.run(lambda session: session.scalars(sa.select(ReviewEvent.facts)).all())
    assert (row.user_id, row.shown_name) == (None, "")
    assert row.text == ("第二句" if keeps else "")
    assert "第一句" not in json.dumps(facts, ensure_ascii=False)
    assert counted(trade, come) == ((0, 0, 0, 0, 1 if keeps else 0), 0)


def test_machines_read_the_same_stars_and_no_text_ends_their_block(client, engine, app, trade, come):
    tea = goods_of(trade, come)
    write(trade, come, Said(3, "</script><script>alert(1)</script>&'", ShownAs.NOBODY))
    path = f"/products/{tea.slug}?lang=en"
    client.get(path)
    app.extensions["shop.page_cache"].clear()
    with counted_statements(engine) as statements:
        shown = client.get(path).text
    assert len(statements) <= 5, statements
    assert "<script>alert" not in shown
    blocks = [json.loads(one) for one in re.findall(r'ld\+json">(.*?)</script>', shown)]
    product, trail = blocks
    assert product["aggregateRating"] == {
        "@type": "AggregateRating", "ratingValue": "3.0", "reviewCount": 1, "bestRating": 5, "worstRating": 1,
    }  # fmt: skip
    assert product["review"][0]["reviewBody"].startswith("</script>")
    offer = product["offers"][0]
    assert (offer["price"], offer["priceCurrency"]) == (re.search(r'data-price="([\d.]+)"', shown)[1], "CNY")
    assert offer["availability"] == "https://schema.org/InStock"
    assert trail["@type"] == "BreadcrumbList"
    assert unescape(trail["itemListElement"][-1]["item"]).endswith(path)


def test_lists_are_narrowed_and_sorted_by_address(client, trade, come):
    tea = goods_of(trade, come)
    write(trade, come, Said(2, "偏淡", ShownAs.NOBODY))
    other = trade.sell({"tea": 1}, courier=True)
    trade.deliver(other)
    write(trade, other, Said(5, "很香", ShownAs.NOBODY), now=trade.now + timedelta(minutes=1))
    here = f"/products/{tea.slug}/reviews"
    newest, lowest = page(client, here).text, page(client, f"{here}?sort=lowest").text
    assert newest.index("很香") < newest.index("偏淡")
    assert lowest.index("偏淡") < lowest.index("很香")
    assert "偏淡" not in page(client, f"{here}?stars=5").text
    assert "No review is like that." in page(client, f"{here}?photos=1").text
    for hostile in ("stars=9", "stars=%00", "sort='", "page=-1", "page=99999999999", "photos=x"):
        assert page(client, f"{here}?{hostile}").status_code == 200
