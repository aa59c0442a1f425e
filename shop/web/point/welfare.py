"""Campaigns whose goods are handed out at own points: lists by time and sub-union, by code, piles, the sheet to be signed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import RoleName
from shop.campaigns.day.beginning import begins_on
from shop.campaigns.day.beside import packs_in, points_of, slots_of, units_of
from shop.campaigns.day.counters import campaign_at, campaigns_at, people_for_phones, units_at
from shop.campaigns.day.lists import added, counts_of, day_page, entries_of
from shop.campaigns.day.piles import piles_of
from shop.fulfilment.point_errors import UnknownPickupCode
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.database import read_session
from shop.web.error_pages import error_message
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.counter import page, welfare_hand
from shop.web.point.looking_up import look_up, welfare_members
from shop.web.point.welfare_deeds import giving_welfare, pile_back, taking_pile, undoing_welfare
from shop.web.sign_off_sheets import asked_of_list, sign_off_sheet


@point.get("/welfare")
@requires(RoleName.POINT_KEEPER)
def welfare() -> str:
    found = campaigns_at(read_session(), welfare_hand(), now=utc_now())
    return page("point/welfare.html", "welfare", campaigns=found)


@point.get("/welfare/<int:campaign_id>")
@requires(RoleName.POINT_KEEPER)
def welfare_day(campaign_id: int) -> str:
    session, by, asked = read_session(), welfare_hand(), asked_of_list()
    campaign = campaign_at(session, by, campaign_id, now=utc_now())
    found = day_page(session, by, campaign_id, asked, page=request.args.get("page", 1, type=int))
    counts = counts_of(session, by, campaign_id)
    places = points_of(session, by.point_ids)
    return page(
        "point/welfare_day.html",
        "welfare",
        campaign=campaign,
        asked=asked,
        found=found,
        packs=packs_in(session, found.items),
        slots=slots_of(session, campaign_id, by.point_ids),
        counts=counts,
        of_slot=lambda slot_id: added(counts, slot_id=slot_id),
        units=units_of(session, [one.unit_id for one in counts]),
        to_take=units_at(session, by, campaign_id),
        piles=piles_of(session, campaign_id, by=by),
        people=people_for_phones(session, by, campaign_id, slot_id=asked.slot_id),
        places=places,
        begins=begins_on(session, campaign_id, now=utc_now()),
    )


@point.get("/welfare/<int:campaign_id>/sheet")
@requires(RoleName.POINT_KEEPER)
def welfare_sheet(campaign_id: int) -> str:
    """To be signed: a keeper sees the end of the staff number only."""
    sheet = sign_off_sheet(read_session(), welfare_hand(), campaign_id, asked_of_list())
    back = url_for("point.welfare_day", campaign_id=campaign_id)
    return render_template("organisation/campaigns/sheet.html", sheet=sheet, back=back, is_whole=False)


@point.post("/welfare/hand-over")
@requires(RoleName.POINT_KEEPER)
def give_welfare() -> Response:
    """A wrong code counts as when it is looked up; what is refused goes back to who still stands there."""
    try:
        look_up(request.form.get("code", ""))
    except TooManyAttempts as error:
        flash(error_message(error), "bad")
        return redirect(url_for("point.here"), 303)
    except UnknownPickupCode:
        pass  # said below
    return press_deed(giving_welfare(form_press()), refused=url_for("point.pickup"))


@point.post("/welfare/members/<int:member_id>/undo")
@requires(RoleName.POINT_KEEPER)
def undo_welfare(member_id: int) -> Response:
    return press_deed(undoing_welfare(member_id, form_press()))


@point.post("/welfare/<int:campaign_id>/units/<int:unit_id>/pile")
@requires(RoleName.POINT_KEEPER)
def take_welfare_pile(campaign_id: int, unit_id: int) -> Response:
    return press_deed(taking_pile(campaign_id, unit_id, form_press()))


@point.post("/welfare/piles/<int:pile_id>/undo")
@requires(RoleName.POINT_KEEPER)
def undo_welfare_pile(pile_id: int) -> Response:
    return press_deed(pile_back(pile_id, form_press()))


def welfare_pickups(code: str) -> dict[str, Any]:
    """Who has welfare for this code at own points, with what the page shows of them."""
    session, by = read_session(), welfare_hand()
    members = welfare_members(code) if code else ()
    try:
        people = entries_of(session, by, members) if members else []
    except NotFound:
        people = []
    titles = {one.id: one.title for one in campaigns_at(session, by, now=utc_now())} if people else {}
    return {"people": people, "packs": packs_in(session, people) if people else {}, "titles": titles}
