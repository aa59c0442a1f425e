"""联系客服: somebody with an account, or who may open an order, writes to the shop's team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response

from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.conversations.models import Topic
from shop.conversations.photos import write_with_photos
from shop.conversations.reading import product_to_ask_about
from shop.conversations.words import CHOSEN_TOPICS, TOPICS
from shop.conversations.writing import (
    NO_ORDER,
    About,
    Said,
    judge_opening,
    known_message,
    open_conversation,
    opened_with,
)
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.ordering.claim_photos import MOST_PHOTOS, judge_photos
from shop.ordering.models import Order
from shop.ordering.queries import orders_of
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import Problems
from shop.web.language import current_language
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.sent_photos import digest_of, photos_again, sent_photos
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import opened_orders, require_order
from shop.web.storefront.talk_access import count_attempt, form_token, who_writes
from shop.web.viewer import current_viewer

MOST_ORDERS: Final = 20


@storefront.get("/contact")
def contact() -> str:
    """Filled from the address: `order`, `product` and `topic`, where they are the reader's to name."""
    typed = {name: request.args.get(name, "")[:64] for name in ("order", "product", "topic")}
    if not typed["topic"]:
        typed["topic"] = Topic.GOODS if typed["product"] else Topic.ORDER if typed["order"] else ""
    return _page(typed, {})


@storefront.post("/contact")
@limiter.limit(UPLOADS)
@accepts_uploads
def write_to_shop() -> Response:
    typed = {name: str(value) for name, value in request.form.items()}
    user_id, now, contents = current_viewer().user_id, utc_now(), sent_photos()
    order = _own_order(typed.get("order", ""))
    product = product_to_ask_about(read_session(), typed.get("product", ""))
    topic = Topic(typed["topic"]) if typed.get("topic") in CHOSEN_TOPICS else None
    about = About(topic, order.id if order else None, product.id if product else None)
    said = partial(
        Said, typed.get("text", ""), form_token(typed.get("token", "")), photos_digest=digest_of(contents)
    )
    number, language = order.number if order else None, current_language()

    def write(session: Session, keys: Sequence[str]) -> str:
        opened = opened_with(session, about, said(keys), user_id=user_id)
        if opened is None:
            count_attempt(session, AttemptKind.CONTACT, who_writes(number), now)
        elif known_message(session, opened, said(keys)) is None:
            count_attempt(session, AttemptKind.MESSAGE, who_writes(number), now)
        return open_conversation(session, about, said(keys), user_id=user_id, language=language, now=now)

    try:
        if user_id is None and order is None:
            raise InvalidInput(NO_ORDER, field="order")
        problems = Problems()
        problems.read(lambda: judge_opening(about, said()), None)
        if typed.get("order") and order is None:
            problems.errors["order"] = NO_ORDER
        if contents or not problems.errors:
            who = who_writes(number)
            transact(partial(count_attempt, kind=AttemptKind.CONTACT_FORM, who=who, now=now))
            problems.read(lambda: judge_photos(contents), None)
        problems.check()
        code = with_files(partial(write_with_photos, contents=contents, write=write))
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return make_response(_page(typed, photos_again(errors, contents)), error.status)
    except TooManyAttempts as error:
        answer = make_response(
            _page(typed, photos_again({"form": error_message(error)}, contents)), error.status
        )
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    flash(_("We have what you wrote. The answer comes here, and we send you a message."), "ok")
    return redirect(url_for("storefront.conversation", code=code), 303)


def _own_order(number: str) -> Order | None:
    """None for another's as for none."""
    if not number:
        return None
    try:
        return require_order(number, to_act=False)  # a question changes nothing of it
    except NotFound:
        return None


@dataclass(frozen=True)
class Choice:
    number: str
    placed_at: datetime
    first_zh: str
    first_en: str
    lines: int


def _orders_to_choose(wanted: str) -> list[Choice]:
    """The reader's newest, and the one that the address names; a guest's are those opened in this browser."""
    user_id = current_viewer().user_id
    found, others = [], [wanted, *(one for one in reversed(opened_orders()) if one != wanted)]
    if user_id is not None:
        newest = orders_of(read_session(), user_id, page=1).items[:MOST_ORDERS]
        found = [Choice(one.number, one.placed_at, one.first_zh, one.first_en, one.lines) for one in newest]
        others = [] if wanted in {one.number for one in found} else [wanted]
    for number in filter(None, others[:MOST_ORDERS]):
        with suppress(NotFound):
            order = require_order(number, selectinload(Order.lines))
            first = order.lines[0]
            found.append(
                Choice(
                    number, order.placed_at, first.product_name_zh, first.product_name_en, len(order.lines)
                )
            )
    return found


def _page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    orders = _orders_to_choose(typed.get("order", ""))
    return render_template(
        "storefront/contact.html",
        signed_in=current_viewer().is_authenticated,
        orders=orders,
        product=product_to_ask_about(read_session(), typed.get("product", "")),
        topics=[(topic, TOPICS[topic]) for topic in CHOSEN_TOPICS],
        typed=typed,
        errors=errors,
        token=typed.get("token") or secret_token(),
        most_photos=MOST_PHOTOS,
    )
