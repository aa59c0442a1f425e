"""One order of a canteen: its lines in cases, what arrived by weight and by count, and the second person's word."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import User
from shop.accounts.organisations import Membership
from shop.canteens.arriving import lines_by_count, lines_by_weight, refunded_for_nothing_named
from shop.canteens.models import CanteenLine
from shop.canteens.weighing import (
    HAS_LEFT,
    RECEIVING,
    Counted,
    Weighed,
    canteen_order,
    confirm_weights,
    weighings_of,
    write_weights,
)
from shop.canteens.weight_models import WeighingState
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_number, typed_number
from shop.ordering.models import OrderLine
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.guards import signed_in
from shop.web.kilos import read_grams
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.canteen.frame import canteen_page, own_canteen
from shop.web.viewer import current_user_id

GRAMS: Final = "grams-"
COUNT: Final = "count-"
WORDS: Final = "words-"


@organisation.get("/<slug>/canteen/orders/<number>")
@signed_in
def canteen_order_page(slug: str, number: str) -> str:
    return _page(own_canteen(slug), number)


@organisation.post("/<slug>/canteen/orders/<number>/weights")
@limiter.limit(FORMS)
@signed_in
def write_canteen_weights(slug: str, number: str) -> Any:
    here, user_id, now = own_canteen(slug, *RECEIVING), current_user_id(), utc_now()
    weights, counts, words = _weights(), _counts(), request.form.get("words", "")
    try:
        transact(lambda s: write_weights(s, slug, user_id, number, weights, words, counts=counts, now=now))
    except InvalidInput as error:
        problems = {name: translated(one, error.facts) for name, one in error.errors.items()}
        return _page(here, number, problems=problems, typed=request.form), error.status
    except Conflict as error:
        return _page(here, number, refused=error_message(error), typed=request.form), error.status
    flash(gettext("Written down. Somebody else of your organisation confirms it."), "ok")
    return redirect(_back(slug, number), 303)


@organisation.post("/<slug>/canteen/orders/<number>/weights/confirm")
@limiter.limit(FORMS)
@signed_in
def confirm_canteen_weights(slug: str, number: str) -> Response:
    own_canteen(slug, *RECEIVING)
    user_id, now, seen_at = current_user_id(), utc_now(), request.form.get("seen", "")
    try:
        transact(lambda s: confirm_weights(s, slug, user_id, number, seen_at, now=now))
    except (InvalidInput, Conflict) as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Settled. What you owe follows what was weighed."), "ok")
    return redirect(_back(slug, number), 303)


def _page(here: Membership, number: str, **sent: Any) -> str:
    session = read_session()
    order, of_canteen = canteen_order(session, here.organisation.id, number)
    known = weighings_of(session, order.id)
    weighed = lines_by_weight(session, order.id)
    rows = session.execute(
        sa.select(OrderLine, CanteenLine)
        .join(CanteenLine, CanteenLine.order_line_id == OrderLine.id)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.id)
    ).all()
    waiting = next((one for one in known if one.state is WeighingState.WRITTEN), None)
    settled = next((one for one in known if one.state is WeighingState.SETTLED), None)
    shown = waiting or settled
    return canteen_page(
        "order",
        here,
        "orders",
        order=order,
        of_canteen=of_canteen,
        rows=rows,
        weighed=weighed,
        counted=lines_by_count(session, order.id),
        team_settles=bool(weighed) and refunded_for_nothing_named(session, order.id) > 0,
        waiting=waiting,
        settled=settled,
        found={one.order_line_id: one for one in shown.lines} if shown else {},
        people=_people(known),
        receives=here.may(*RECEIVING),
        can_weigh=order.status in HAS_LEFT,
        is_own=waiting is not None and waiting.written_by_id == here.user_id,
        **({"problems": {}, "refused": "", "typed": {}} | sent),
    )


def _people(known: Any) -> dict[int, str]:
    """Names by account. One statement."""
    ids = {one for each in known for one in (each.written_by_id, each.seconded_by_id) if one is not None}
    people = read_session().scalars(sa.select(User).where(User.id.in_(ids)))
    return {one.id: one.name or one.email or "" for one in people}


def _weights() -> dict[int, Weighed]:
    """By order line, as far as it is a weight."""
    found = {}
    for line_id, typed in _typed(GRAMS):
        grams = read_grams(typed)
        if grams is not None:
            found[line_id] = Weighed(grams, request.form.get(f"{WORDS}{line_id}", ""))
    return found


def _counts() -> dict[int, Counted]:
    """By order line, as far as it is a number."""
    found = {}
    for line_id, typed in _typed(COUNT):
        try:
            found[line_id] = Counted(typed_number(typed), request.form.get(f"{WORDS}{line_id}", ""))
        except ValueError:
            continue
    return found


def _typed(prefix: str) -> list[tuple[int, str]]:
    fields = [
        (name.removeprefix(prefix), typed) for name, typed in request.form.items() if name.startswith(prefix)
    ]
    return [(number, typed) for line_id, typed in fields if (number := form_number(line_id)) is not None]


def _back(slug: str, number: str) -> str:
    return url_for("organisation.canteen_order_page", slug=slug, number=number)
