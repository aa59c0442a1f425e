"""Handing out by the union's own people: by code, to somebody they know, as a pile; and undoing it with a reason."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.errors import TooManyAttempts
from shop.campaigns.day.errors import UnknownMemberCode
from shop.campaigns.day.handing import HandedOut, hand_out, members_with_code, undo_handout
from shop.campaigns.day.hands import acting_hand, hand_of
from shop.campaigns.day.piles import take_pile, undo_pile
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import typed_number
from shop.web.counted_codes import counted_try
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.day import at_day, day_desk, day_screen
from shop.web.organisation.campaigns.day_forms import CodeForm
from shop.web.organisation.campaigns.frame import press
from shop.web.times import moment
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>/day"


@organisation.post(f"{_PATH}/by-code")
@limiter.limit(FORMS)
@signed_in
def campaign_hand_over_by_code(slug: str, campaign_id: int) -> Any:
    """One press. Wrong codes are counted as at a point."""
    desk = day_desk(slug, campaign_id)
    form, user_id, now = CodeForm(), current_user_id(), utc_now()
    if not form.validate():
        return day_screen(slug, campaign_id, form), 400
    code, collected_by = form.code.data or "", form.collected_by.data or ""
    hand = hand_of(desk, user_id)
    try:
        member_id = counted_try(
            lambda: members_with_code(read_session(), code, by=hand)[0], UnknownMemberCode
        )
        done = transact(
            lambda s: hand_out(
                s,
                member_id,
                code=code,
                collected_by=collected_by,
                by=acting_hand(s, campaign_id, user_id),
                now=now,
            )
        )
    except (InvalidInput, Conflict, UnknownMemberCode, TooManyAttempts) as error:
        show_errors(form, error)
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyAttempts) else {}
        return day_screen(slug, campaign_id, form), error.status, headers
    flash(said(done), "ok" if done.is_new else "info")
    return redirect(at_day(slug, campaign_id), 303)


@organisation.post(f"{_PATH}/members/<int:member_id>/hand-over")
@limiter.limit(FORMS)
@signed_in
def campaign_hand_over(slug: str, campaign_id: int, member_id: int) -> Response:
    """To somebody whom the union's people know: without the code, and that is kept."""
    day_desk(slug, campaign_id)
    user_id, now, collected_by = current_user_id(), utc_now(), request.form.get("collected_by", "")

    def work(session: Session) -> HandedOut:
        by = acting_hand(session, campaign_id, user_id)
        return hand_out(session, member_id, code=None, collected_by=collected_by, by=by, now=now)

    return press(work, said, back_to_list(slug, campaign_id))


@organisation.post(f"{_PATH}/members/<int:member_id>/undo")
@limiter.limit(FORMS)
@signed_in
def campaign_undo_hand_over(slug: str, campaign_id: int, member_id: int) -> Response:
    day_desk(slug, campaign_id)
    user_id, now, reason = current_user_id(), utc_now(), request.form.get("reason", "")
    return press(
        lambda s: undo_handout(s, member_id, reason, by=acting_hand(s, campaign_id, user_id), now=now),
        lambda name: gettext("Undone. The goods of %(name)s wait again.", name=name),
        back_to_list(slug, campaign_id),
    )


@organisation.post(f"{_PATH}/units/<int:unit_id>/pile")
@limiter.limit(FORMS)
@signed_in
def campaign_take_pile(slug: str, campaign_id: int, unit_id: int) -> Response:
    day_desk(slug, campaign_id)
    user_id, now = current_user_id(), utc_now()
    point_id, taken_by = _number("point"), request.form.get("taken_by", "")
    return press(
        lambda s: take_pile(
            s, campaign_id, unit_id, point_id, taken_by, by=acting_hand(s, campaign_id, user_id), now=now
        ),
        lambda pile: ngettext(
            "%(name)s has the goods of %(num)s person.",
            "%(name)s has the goods of %(num)s people.",
            pile.people,
            name=pile.taken_by,
        ),
        at_day(slug, campaign_id),
    )


@organisation.post(f"{_PATH}/piles/<int:pile_id>/undo")
@limiter.limit(FORMS)
@signed_in
def campaign_undo_pile(slug: str, campaign_id: int, pile_id: int) -> Response:
    day_desk(slug, campaign_id)
    user_id, now, reason = current_user_id(), utc_now(), request.form.get("reason", "")
    return press(
        lambda s: undo_pile(s, pile_id, reason, by=acting_hand(s, campaign_id, user_id), now=now),
        gettext("Undone. The pile stands at the point again."),
        at_day(slug, campaign_id),
    )


def said(done: HandedOut) -> str:
    if done.is_new:
        return str(gettext("Handed to %(name)s.", name=done.name))
    when = moment(done.at)
    return str(gettext("%(name)s's goods were handed over already on %(when)s.", name=done.name, when=when))


def back_to_list(slug: str, campaign_id: int) -> str:
    """To the list as it was narrowed: the form says how, in numbers and words of its own."""
    asked = {
        name: request.form.get(f"list-{name}", "")[:60]
        for name in ("point", "slot", "unit", "look", "q", "page")
    }
    return at_day(slug, campaign_id, **{name: value for name, value in asked.items() if value}) + "#people"


def _number(name: str) -> int:
    """0 for what is no number."""
    try:
        return typed_number(request.form.get(name, ""))
    except ValueError:
        return 0
