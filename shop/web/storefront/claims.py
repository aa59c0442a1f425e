"""A buyer says what is wrong: first with what, then what, with photos. What no rule allows says so beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from shop.accounts.attempts import begin_attempt
from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.fulfilment.received import received_at
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.kit.text import tidy, typed_number
from shop.ordering.claim_desk import claims_of_order, photo_key
from shop.ordering.claim_models import ClaimKind, ClaimStatus
from shop.ordering.claim_photos import MOST_PHOTOS, claim_with_photos, judge_photos, photo_file
from shop.ordering.claim_rules import why_not
from shop.ordering.claim_words import KINDS
from shop.ordering.claims import Told, fresh_hours, judge_claim, open_claim
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import Problems
from shop.web.limits import UPLOADS, limiter
from shop.web.origin import request_origin
from shop.web.outside_world import with_files
from shop.web.private_photos import private_photo
from shop.web.protection import accepts_uploads
from shop.web.sent_photos import photos_again, sent_photos
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.viewer import current_viewer

LONGEST_TOKEN: Final = 64
WHOLE: Final = "order"


@dataclass(frozen=True)
class Choice:
    """One kind of claim about a line, and why it is not to be had."""

    kind: ClaimKind
    word: str
    refused: str = ""


@storefront.get("/orders/<number>/claim")
def claim_page(number: str) -> BaseResponse | str:
    """Without a line in the address: the lines to choose from."""
    order = _claimable(number)
    if order is None:
        return redirect(order_path(number), 302)
    typed = {"line": request.args.get("line", "")}
    told = _told_already(order).get(typed["line"])
    if told is not None:
        return redirect(told, 302)
    return _page(order, typed, {}) if _line(order, typed) or typed["line"] == WHOLE else _lines_page(order)


@storefront.post("/orders/<number>/claim")
@limiter.limit(UPLOADS)
@accepts_uploads
def claim(number: str) -> BaseResponse:
    order = _claimable(number)
    if order is None:
        return redirect(order_path(number), 303)
    typed = {name: str(value) for name, value in request.form.items()}
    order_id, actor_id, now = order.id, current_viewer().user_id, utc_now()
    line = _line(order, typed)
    contents = sent_photos()

    def write(session: Session, keys: Sequence[str]) -> int:
        told = _told(typed, line.id if line else None, keys)
        received = received_at(session, order_id)
        return open_claim(session, order_id, told, received_at=received, now=now, actor_id=actor_id)

    line_id = line.id if line else None
    try:
        problems = Problems()
        problems.read(lambda: _judge(order, _told(typed, line_id, ()), now), None)
        if contents or not problems.errors:
            transact(partial(_count, who=f"user {actor_id}" if actor_id else f"order {number}", now=now))
        if problems.errors:
            problems.read(lambda: judge_photos(contents), None)
        problems.check()
        with_files(partial(claim_with_photos, contents=contents, write=write))
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return _again(number, typed, photos_again(errors, contents), error.status)
    except TooManyAttempts as error:
        errors = photos_again({"form": error_message(error)}, contents)
        answer = _again(number, typed, errors, error.status)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    except Conflict as error:
        flash(error_message(error), "warn")
    else:
        flash(_("We have your message and will answer here."), "ok")
    return redirect(order_path(number), 303)


@storefront.get("/orders/<number>/claims/photos/<int:photo_id>")
def claim_photo(number: str, photo_id: int) -> Response:
    key = photo_key(read_session(), photo_id, order_id=require_order(number).id)
    return private_photo(with_files(lambda _unit_of_work, store: store.read(photo_file(key))))


def _again(number: str, typed: Mapping[str, str], errors: Mapping[str, str], status: int) -> BaseResponse:
    """The page with what was typed; the order is read anew, for what was written meanwhile."""
    order = _claimable(number)
    if order is None:
        return redirect(order_path(number), 303)
    return make_response(_page(order, typed, errors), status)


def _count(session: Session, who: str, now: datetime) -> None:
    """Before any photo is looked at, which is what costs."""
    begin_attempt(session, AttemptKind.CLAIM, who, origin=request_origin(), now=now)


def _claimable(number: str) -> Order | None:
    order = require_order(number, selectinload(Order.lines))
    is_over = order.confirmed_at is None or order.status is OrderStatus.CANCELLED
    return None if is_over else order


def _line(order: Order, typed: Mapping[str, str]) -> OrderLine | None:
    return next((line for line in order.lines if str(line.id) == typed.get("line")), None)


def _told(typed: Mapping[str, str], line_id: int | None, photos: Sequence[str]) -> Told:
    """What was typed; where that is nothing usable, the claim says so by None and is refused."""
    kind = typed.get("kind", "") if line_id is not None else ClaimKind.OTHER
    try:
        units = typed_number(typed.get("units", "1")) if line_id is not None else None
    except ValueError:
        units = None
    token = tidy(typed.get("token", ""))[:LONGEST_TOKEN] or secret_token()
    known = ClaimKind(kind) if kind in set(ClaimKind) else None
    return Told(known, typed.get("text", ""), token, line_id, units, photos)


def _judge(order: Order, told: Told, now: datetime) -> None:
    """Raises InvalidInput with all that is wrong, before anything costs."""
    session = read_session()
    judge_claim(session, order, told, received_at=received_at(session, order.id), now=now)


def _told_already(order: Order) -> dict[str, str]:
    """Where the open claims of an order stand on its page, by the line as the address names it."""
    return {
        str(one.order_line_id or WHOLE): f"{order_path(order.number)}#claim-{one.id}"
        for one in claims_of_order(read_session(), order.id)
        if one.status is ClaimStatus.OPEN
    }


def _lines_page(order: Order) -> str:
    return render_template("storefront/claim_lines.html", order=order, told=_told_already(order), whole=WHOLE)


def _page(order: Order, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    line = _line(order, typed)
    if line is None and typed.get("line") != WHOLE:
        raise NotFound()
    return render_template(
        "storefront/claim.html",
        order=order,
        line=line,
        choices=_choices(line, received_at(read_session(), order.id), utc_now()) if line else [],
        typed=typed,
        errors=errors,
        token=typed.get("token") or secret_token(),
        most_photos=MOST_PHOTOS,
        whole=WHOLE,
    )


def _choices(line: OrderLine, received: datetime | None, now: datetime) -> list[Choice]:
    hours = fresh_hours(read_session(), line.order_id)
    choices = []
    for kind in ClaimKind:
        if kind is ClaimKind.OTHER:
            continue
        refusal = why_not(kind, exempt=line.return_exempt, received_at=received, now=now, fresh_hours=hours)
        said = translated(refusal.sentence, {"hours": refusal.hours}) if refusal else ""
        choices.append(Choice(kind, _(KINDS[kind]), said))
    return choices
