"""A buyer reviews goods on the order that brought them: writes, changes, takes back; a guest by the order's link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from flask import Response, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from shop.accounts.attempts import begin_attempt
from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.accounts.shop_settings import read_shop_settings
from shop.fulfilment.received import received_at
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.kit.text import form_numbers, tidy
from shop.ordering.models import Order, OrderLine
from shop.ordering.own_orders import may_act
from shop.reviews.desk import reviews_of_order
from shop.reviews.models import Review, ReviewStatus, ShownAs
from shop.reviews.photos import judge_photos, own_photo_key, photo_file, review_with_photos
from shop.reviews.words import NAMES, REASONS
from shop.reviews.writing import (
    MOST_PHOTOS,
    Said,
    Written,
    demand_author,
    demand_reviewable,
    find_review,
    is_authors,
    judge_said,
    may_change,
    withdraw_review,
    write_review,
)
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.fields import LONGEST_TOKEN
from shop.web.form_errors import Problems
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.origin import request_origin
from shop.web.outside_world import with_files
from shop.web.private_photos import private_photo
from shop.web.protection import accepts_uploads
from shop.web.sent_photos import photos_again, sent_photos
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.viewer import current_viewer


@storefront.get("/orders/<number>/reviews")
def order_reviews(number: str) -> str:
    order = require_order(number, selectinload(Order.lines))
    user_id, said = current_viewer().user_id, reviews_of_order(read_session(), order.id)
    own = {product_id: one for product_id, one in said.items() if is_authors(order, one, user_id)}
    return render_template(
        "storefront/order_reviews.html",
        order=order,
        lines=_goods(order),
        reviews=own,
        of_others=said.keys() - own.keys(),
        is_received=received_at(read_session(), order.id) is not None,
        acts=may_act(read_session(), order, user_id),
        reasons=REASONS,
    )


@storefront.get("/orders/<number>/reviews/<int:product_id>")
def review_page(number: str, product_id: int) -> BaseResponse | str:
    order, line = _reviewable(number, product_id)
    session, now = read_session(), utc_now()
    review = find_review(session, order.id, product_id)
    demand_author(order, review, current_viewer().user_id)
    try:
        demand_reviewable(
            session,
            order,
            product_id,
            review,
            read_shop_settings(session),
            received_at=received_at(session, order.id),
            now=now,
        )
    except Conflict as error:
        flash(error_message(error), "info")
        return redirect(order_path(number, "reviews"), 302)
    typed = {"stars": str(review.stars), "text": review.text, "shown_as": review.shown_as} if review else {}
    return _page(order, line, review, typed, {})


@storefront.post("/orders/<number>/reviews/<int:product_id>")
@limiter.limit(UPLOADS)
@accepts_uploads
def review(number: str, product_id: int) -> BaseResponse:
    order, _line = _reviewable(number, product_id)
    order_id, actor_id, now = order.id, current_viewer().user_id, utc_now()
    typed = {name: str(value) for name, value in request.form.items()}
    without = form_numbers(request.form.getlist("without"))[:50]
    contents = sent_photos()

    def write(session: Session, keys: Sequence[str]) -> Written:
        return write_review(
            session,
            order_id,
            product_id,
            _said(typed, keys, without),
            received_at=received_at(session, order_id),
            now=now,
            actor_id=actor_id,
        )

    try:
        problems = Problems()
        problems.read(lambda: judge_said(_said(typed, (), without), None), None)
        problems.check()
        who = f"user {actor_id}" if actor_id else f"order {number}"
        transact(
            partial(begin_attempt, kind=AttemptKind.REVIEW, subject=who, origin=request_origin(), now=now)
        )
        judge_photos(contents)
        written = with_files(partial(review_with_photos, contents=contents, write=write))
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return _again(number, product_id, typed, photos_again(errors, contents), error.status)
    except TooManyAttempts as error:
        errors = photos_again({"form": error_message(error)}, contents)
        answer = _again(number, product_id, typed, errors, error.status)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    except Conflict as error:
        flash(error_message(error), "warn")
    else:
        flash(_thanks(written), "ok")
    return redirect(order_path(number, "reviews"), 303)


@storefront.post("/orders/<number>/reviews/<int:product_id>/withdraw")
@limiter.limit(FORMS)
def withdraw(number: str, product_id: int) -> BaseResponse:
    order_id, actor_id, now = require_order(number, to_act=False).id, current_viewer().user_id, utc_now()
    transact(
        lambda session: withdraw_review(session, order_id, product_id, now=now, actor_id=actor_id),
    )
    flash(_("Your review is withdrawn. Nobody reads it any more, and its stars are not counted."), "ok")
    return redirect(order_path(number, "reviews"), 303)


@storefront.get("/orders/<number>/reviews/photos/<int:photo_id>")
def own_review_photo(number: str, photo_id: int) -> Response:
    order_id, reader_id = require_order(number).id, current_viewer().user_id
    key = own_photo_key(read_session(), photo_id, order_id=order_id, reader_id=reader_id)
    return private_photo(with_files(lambda _unit_of_work, store: store.read(photo_file(key))))


def _thanks(written: Written) -> str:
    if written.status is ReviewStatus.PUBLISHED:
        return str(_("Thank you. Your review stands on the product's page."))
    return str(_("Thank you. Somebody of the shop looks at it before it is shown, mostly within a day."))


def _said(typed: Mapping[str, str], keys: Sequence[str], without: Sequence[int]) -> Said:
    stars, name = typed.get("stars", ""), typed.get("shown_as", "")
    return Said(
        stars=int(stars) if stars in {"1", "2", "3", "4", "5"} else None,
        text=typed.get("text", ""),
        shown_as=ShownAs(name) if name in set(ShownAs) else None,
        photos=keys,
        without_photos=frozenset(without),
        token=tidy(typed.get("token", ""))[:LONGEST_TOKEN],
    )


def _reviewable(number: str, product_id: int) -> tuple[Order, OrderLine]:
    """The order, and its first line of this product. Raises NotFound."""
    order = require_order(number, selectinload(Order.lines), to_act=True)
    line = next((line for line in order.lines if line.product_id == product_id), None)
    if line is None:
        raise NotFound()
    return order, line


def _goods(order: Order) -> list[OrderLine]:
    """Each product once."""
    return list({line.product_id: line for line in reversed(order.lines)}.values())[::-1]


def _again(
    number: str, product_id: int, typed: Mapping[str, str], errors: Mapping[str, str], status: int
) -> BaseResponse:
    """The page with what was typed; the order is read anew, for what was written meanwhile."""
    order, line = _reviewable(number, product_id)
    known = find_review(read_session(), order.id, product_id)
    return make_response(_page(order, line, known, typed, errors), status)


def _page(
    order: Order, line: OrderLine, known: Review | None, typed: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    viewer = current_viewer()
    names = [one for one in ShownAs if one is not ShownAs.UNIT or viewer.proved_unit_id is not None]
    days = read_shop_settings(read_session()).review_change_days
    return render_template(
        "storefront/review.html",
        order=order,
        line=line,
        review=known,
        typed=typed,
        token=typed.get("token") or secret_token(),
        errors=errors,
        names=[(one, _(NAMES[one])) for one in names],
        most_photos=MOST_PHOTOS,
        days=days,
        can_change=known is None or may_change(known, days, utc_now()),
    )
