"""What nobody collected by the deadline: the organiser decides for each, or for all."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.campaigns.day.beside import packs_in, packs_of, points_of
from shop.campaigns.day.deadlines import collect_until, is_over
from shop.campaigns.day.hands import hand_of
from shop.campaigns.day.leftovers import decide_leftovers, leftover_units, take_decision_back
from shop.campaigns.day.lists import Asked, added, counts_of, day_page
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_numbers
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.day import day_desk
from shop.web.organisation.campaigns.day_forms import LeftoverForm
from shop.web.organisation.campaigns.frame import campaign_page, managed, press
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>/leftovers"
_LOOKS: Final = frozenset({"missing", "gone"})


@organisation.get(_PATH)
@signed_in
def campaign_leftovers(slug: str, campaign_id: int) -> str:
    return _screen(slug, campaign_id, LeftoverForm(formdata=None))


@organisation.post(_PATH)
@limiter.limit(FORMS)
@signed_in
def decide_campaign_leftovers(slug: str, campaign_id: int) -> Any:
    managed(slug, campaign_id)
    form, actor_id, now = LeftoverForm(), current_user_id(), utc_now()
    if not form.validate():
        return _screen(slug, campaign_id, form), 400
    ruling = form.ruling()
    members = None if form.everybody.data else _marked()
    try:
        people = transact(
            lambda s: decide_leftovers(s, campaign_id, members, ruling, actor_id=actor_id, now=now)
        )
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _screen(slug, campaign_id, form), error.status
    flash(ngettext("Decided for %(num)s person.", "Decided for %(num)s people.", people), "ok")
    return redirect(_here(slug, campaign_id), 303)


@organisation.post(f"{_PATH}/<int:member_id>/back")
@limiter.limit(FORMS)
@signed_in
def campaign_leftover_back(slug: str, campaign_id: int, member_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: take_decision_back(s, campaign_id, member_id, actor_id=actor_id, now=now),
        gettext("Taken back. The goods wait again."),
        _here(slug, campaign_id),
    )


def _screen(slug: str, campaign_id: int, form: LeftoverForm) -> str:
    desk, session, now = day_desk(slug, campaign_id), read_session(), utc_now()
    by = hand_of(desk, current_user_id())
    look = request.args.get("look", "")
    asked = Asked(look=look if look in _LOOKS else "missing", text=request.args.get("q", "")[:60])
    found = day_page(session, by, campaign_id, asked, page=request.args.get("page", 1, type=int))
    units = leftover_units(session, desk, current_user_id())
    return campaign_page(
        "leftovers",
        desk,
        form=form,
        asked=asked,
        found=found,
        units=units,
        packs=packs_of(session, units) | packs_in(session, found.items),
        points=points_of(session, (one.point_id for one in found.items)),
        total=added(counts_of(session, by, campaign_id)),
        until=collect_until(session, desk.campaign),
        over=is_over(session, desk.campaign, now=now),
        marked=set(_marked()),
    )


def _marked() -> list[int]:
    typed = request.form.getlist("member")[:1000]
    return form_numbers(typed)


def _here(slug: str, campaign_id: int) -> str:
    return url_for("organisation.campaign_leftovers", slug=slug, campaign_id=campaign_id)
