"""Standing orders: the list, a new one, and one with its next days, its quantities, pauses and history."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import BUYING, Membership
from shop.canteens.goods import all_goods, sheet_goods
from shop.canteens.reading import lines_for, list_standing, standing_page
from shop.canteens.standing import change_lines, go_on, pause, set_up, skip, stop, try_again
from shop.kit.clock import calendar_day, shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.canteen.forms import WEEKDAYS, StandingForm
from shop.web.organisation.canteen.frame import canteen_page, own_canteen, read_cases, typed_cases
from shop.web.organisation.canteen.standing_words import happened, why_not
from shop.web.organisation.pressing import press
from shop.web.viewer import current_user_id


@organisation.get("/<slug>/canteen/standing")
@signed_in
def standing_orders(slug: str) -> str:
    here = own_canteen(slug)
    found = list_standing(read_session(), here.organisation.id, now=utc_now())
    return canteen_page("standing_list", here, "standing", found=found)


@organisation.route("/<slug>/canteen/standing/new", methods=["GET", "POST"])
@limiter.limit(FORMS, methods=["POST"])
@signed_in
def new_standing_order(slug: str) -> Any:
    here, form = own_canteen(slug, *BUYING), StandingForm()
    form.offer(read_session(), here)
    if request.method == "GET":
        form.begin()
        return _new_page(here, form)
    if not form.validate():
        return _new_page(here, form), 400
    user_id, now = current_user_id(), utc_now()
    try:
        wish = form.standing_wish(read_cases())
        standing_id = transact(lambda session: set_up(session, slug, user_id, wish, now=now))
    except (InvalidInput, Conflict) as error:
        errors: dict[str, str] = getattr(error, "errors", {})
        problems = {
            name: translated(one, error.facts) for name, one in errors.items() if name.startswith("cases-")
        }
        if not problems:
            show_errors(form, error)
        return _new_page(here, form, problems), error.status
    flash(gettext("Set up. The next days stand below."), "ok")
    return redirect(url_for("organisation.standing_order", slug=slug, standing_id=standing_id), 303)


@organisation.get("/<slug>/canteen/standing/<int:standing_id>")
@signed_in
def standing_order(slug: str, standing_id: int) -> str:
    return _page(own_canteen(slug), standing_id)


@organisation.post("/<slug>/canteen/standing/<int:standing_id>/lines")
@limiter.limit(FORMS)
@signed_in
def change_standing_lines(slug: str, standing_id: int) -> Any:
    here, user_id, now = own_canteen(slug, *BUYING), current_user_id(), utc_now()
    try:
        cases, from_on = read_cases(), _day("from_on")
        transact(lambda s: change_lines(s, slug, user_id, standing_id, cases, from_on, now=now))
    except (InvalidInput, Conflict) as error:
        errors: dict[str, str] = getattr(error, "errors", {})
        problems = {name: translated(one, error.facts) for name, one in errors.items()}
        refused = " ".join(dict.fromkeys(problems.values())) or error_message(error)
        return _page(here, standing_id, refused=refused, problems=problems), error.status
    flash(gettext("Changed from this day on."), "ok")
    return redirect(_back(slug, standing_id), 303)


@organisation.post("/<slug>/canteen/standing/<int:standing_id>/pause")
@limiter.limit(FORMS)
@signed_in
def pause_standing_order(slug: str, standing_id: int) -> Response:
    def work(session: Session, here: Membership, now: Any) -> None:
        pause(session, slug, here.user_id, standing_id, _day("first_on"), _day("last_on"), now=now)

    own_canteen(slug, *BUYING)
    return press(slug, work, *BUYING, done=gettext("Paused for these days."), back=_back(slug, standing_id))


@organisation.post("/<slug>/canteen/standing/<int:standing_id>/skip")
@limiter.limit(FORMS)
@signed_in
def skip_standing_day(slug: str, standing_id: int) -> Response:
    def work(session: Session, here: Membership, now: Any) -> None:
        skip(session, slug, here.user_id, standing_id, _day("day"), now=now)

    own_canteen(slug, *BUYING)
    return press(slug, work, *BUYING, done=gettext("This day is skipped."), back=_back(slug, standing_id))


@organisation.post("/<slug>/canteen/standing/<int:standing_id>/go-on")
@limiter.limit(FORMS)
@signed_in
def go_on_with_standing_order(slug: str, standing_id: int) -> Response:
    pause_id = request.form.get("pause", 0, type=int)

    def work(session: Session, here: Membership, now: Any) -> None:
        go_on(session, slug, here.user_id, standing_id, pause_id, now=now)

    own_canteen(slug, *BUYING)
    return press(slug, work, *BUYING, done=gettext("It is ordered again."), back=_back(slug, standing_id))


@organisation.post("/<slug>/canteen/standing/<int:standing_id>/again")
@limiter.limit(FORMS)
@signed_in
def try_standing_day_again(slug: str, standing_id: int) -> Response:
    def work(session: Session, here: Membership, now: Any) -> None:
        try_again(session, slug, here.user_id, standing_id, _day("day"), now=now)

    own_canteen(slug, *BUYING)
    done = gettext("We try again within some minutes, and tell you if it does not work.")
    return press(slug, work, *BUYING, done=done, back=_back(slug, standing_id))


@organisation.post("/<slug>/canteen/standing/<int:standing_id>/stop")
@limiter.limit(FORMS)
@signed_in
def stop_standing_order(slug: str, standing_id: int) -> Response:
    def work(session: Session, here: Membership, now: Any) -> None:
        stop(session, slug, here.user_id, standing_id, now=now)

    own_canteen(slug, *BUYING)
    done = gettext("Stopped. What is ordered already stays ordered.")
    return press(slug, work, *BUYING, done=done, back=_back(slug, standing_id))


def _new_page(here: Membership, form: StandingForm, problems: dict[str, str] | None = None) -> str:
    return canteen_page(
        "standing_new",
        here,
        "standing",
        form=form,
        goods=sheet_goods(read_session(), here.organisation.id),
        typed=typed_cases(),
        problems=problems or {},
    )


def _page(
    here: Membership, standing_id: int, *, refused: str = "", problems: dict[str, str] | None = None
) -> str:
    session, now = read_session(), utc_now()
    found = standing_page(session, here.organisation.id, standing_id, now=now)
    goods = sheet_goods(session, here.organisation.id)
    tomorrow = date.fromordinal(shanghai_date(now).toordinal() + 1)
    current = lines_for(found.lines, max(tomorrow, found.standing.first_on))
    wanted = {variant_id for lines in found.lines.values() for variant_id in lines}
    return canteen_page(
        "standing",
        here,
        "standing",
        found=found,
        goods=goods,
        names={one.variant_id: one for one in all_goods(session, wanted)},
        typed=typed_cases() or {f"cases-{one}": str(count) for one, count in current.items()},
        refused=refused,
        problems=problems or {},
        tomorrow=tomorrow,
        from_on=request.form.get("from_on", tomorrow.isoformat()),
        weekdays=WEEKDAYS,
        why_not=why_not,
        happened=happened,
    )


def _day(name: str) -> date:
    """Raises InvalidInput."""
    found = calendar_day(request.form.get(name, ""))
    if found is None:
        raise InvalidInput(msg("Please enter a day such as 2026-11-30."), field=name)
    return found


def _back(slug: str, standing_id: int) -> str:
    return url_for("organisation.standing_order", slug=slug, standing_id=standing_id)
