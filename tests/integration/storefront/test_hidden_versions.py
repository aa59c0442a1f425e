"""What the shop hid of a review does not come back, in whichever version it said it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.errors import InvalidInput
from shop.reviews.models import HiddenReason, ReviewPhoto, ReviewStatus, ShownAs
from shop.reviews.moderating import hide_review, publish_review
from shop.reviews.writing import Said, withdraw_review
from tests.integration.storefront.test_reviews import (  # noqa: F401  fixtures
    admin,
    come,
    goods_of,
    trade,
    write,
)

FIRST = Said(1, "卖家是个骗子", ShownAs.NOBODY)
SECOND = replace(FIRST, text="村里都是骗子")
MILD = replace(FIRST, text="茶很淡")


@pytest.fixture
def moderated(trade, come, admin):  # noqa: F811
    """`review_id`, and `hide()` and `show()` as it stands."""
    review_id = write(trade, come, FIRST).review_id
    by = {"review_id": review_id, "actor_id": admin.id, "now": trade.now}

    class Desk:
        id = review_id

        def hide(self):
            trade.run(partial(hide_review, reason=HiddenReason.ABUSE, words="", **by))

        def show(self):
            trade.run(partial(publish_review, **by))

    return Desk()


def refused(trade, order_id, said):  # noqa: F811
    with pytest.raises(InvalidInput) as error:
        write(trade, order_id, said)
    return "text" in error.value.errors


def test_the_words_that_were_hidden_first_do_not_come_back_after_others_were_hidden(trade, come, moderated):  # noqa: F811
    moderated.hide()
    write(trade, come, SECOND)
    moderated.hide()
    for said in (FIRST, SECOND, replace(FIRST, stars=5)):
        assert refused(trade, come, said)
    assert write(trade, come, MILD).status is ReviewStatus.WAITING


def test_nor_after_milder_words_were_shown(trade, come, moderated):  # noqa: F811
    """What follows a shown version is shown at once: the hidden one would be, too."""
    moderated.hide()
    write(trade, come, MILD)
    moderated.show()
    for text in (FIRST.text, f"  {FIRST.text} ", f"{FIRST.text}!", "卖家,是个骗子。"):
        assert refused(trade, come, replace(FIRST, text=text))
    assert write(trade, come, replace(MILD, text="茶很香")).status is ReviewStatus.PUBLISHED


def test_nor_where_its_author_withdrew_it_between(trade, come, moderated):  # noqa: F811
    moderated.hide()
    product_id = goods_of(trade, come).id
    write(trade, come, MILD)
    trade.run(lambda session: withdraw_review(session, come, product_id, now=trade.now))
    assert refused(trade, come, FIRST)
    assert write(trade, come, MILD).status is ReviewStatus.WAITING, "those were never hidden"


def test_what_was_hidden_by_mistake_and_shown_again_may_be_said_again(trade, come, moderated):  # noqa: F811
    moderated.hide()
    moderated.show()
    write(trade, come, MILD)
    assert write(trade, come, FIRST).status is ReviewStatus.PUBLISHED


def test_words_whose_photo_was_the_matter_may_be_said_without_it(trade, come, moderated):  # noqa: F811
    shown = replace(MILD, photos=["picture"])
    write(trade, come, shown)
    moderated.hide()
    later = trade.now + timedelta(minutes=1)
    write(trade, come, SECOND, now=later)
    assert refused(trade, come, MILD), "the photo is still there"
    photo_id = trade.run(lambda session: session.scalars(sa.select(ReviewPhoto.id)).one())
    assert (
        write(trade, come, replace(MILD, without_photos=[photo_id]), now=later).status is ReviewStatus.WAITING
    )
