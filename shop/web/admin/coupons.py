"""Campaigns of coupons: proposed by one person, begun by another, then looked after."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.kit.references import secret_token
from shop.kit.text import msg
from shop.ordering.coupons.campaigns import (
    approve_campaign,
    decline_campaign,
    end_campaign,
    extend_campaign,
    pause_campaign,
    propose_campaign,
    resume_campaign,
)
from shop.ordering.coupons.listing import OPEN, find_campaigns, read_campaign, uses_of_campaign
from shop.ordering.coupons.models import CampaignState
from shop.web.admin.blueprint import admin
from shop.web.admin.coupon_form import AUDIENCES, KINDS, SCOPES, CampaignForm, day_after
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

SHOWN: Final = 50
_REASONED: Final = {
    "decline": (decline_campaign, msg("Declined. Who proposed it reads why.")),
    "pause": (pause_campaign, msg("Paused. Its codes take nothing off until it goes on.")),
    "end": (end_campaign, msg("Ended. Orders that were placed keep what it took off.")),
}


@admin.get("/coupons")
@requires(RoleName.ADMIN)
def coupon_campaigns() -> str:
    look = request.args.get("state", "")
    states = (CampaignState(look),) if look in set(CampaignState) else OPEN if look == "open" else ()
    number = request.args.get("page", 1, type=int)
    found = find_campaigns(read_session(), states=states, page=number, size=SHOWN)
    return desk_page("admin/coupons.html", "coupons", found=found, look=look, kinds=KINDS, now=utc_now())


@admin.route("/coupons/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def new_coupon_campaign() -> Any:
    form, session = CampaignForm(), read_session()
    form.offer(session)
    if request.method == "GET":
        return desk_page("admin/coupon_new.html", "coupons", form=form)
    if not form.validate():
        return desk_page("admin/coupon_new.html", "coupons", form=form), 400
    actor_id, now = current_user_id(), utc_now()
    try:
        wish = form.wish(session, now)
        campaign_id = transact(lambda s: propose_campaign(s, wish, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return desk_page("admin/coupon_new.html", "coupons", form=form), error.status
    flash(gettext("Proposed. Another person of the team begins it."), "ok")
    return redirect(url_for("admin.coupon_campaign", campaign_id=campaign_id), 303)


@admin.get("/coupons/<int:campaign_id>")
@requires(RoleName.ADMIN)
def coupon_campaign(campaign_id: int) -> str:
    session = read_session()
    shown = read_campaign(session, campaign_id)
    uses = uses_of_campaign(session, campaign_id, page=request.args.get("page", 1, type=int), size=SHOWN)
    return desk_page(
        "admin/coupon_campaign.html",
        "coupons",
        shown=shown,
        one=shown.campaign,
        uses=uses,
        kinds=KINDS,
        scopes=SCOPES,
        audiences=AUDIENCES,
        is_mine=shown.campaign.proposed_by_id == current_user_id(),
        token=secret_token(),
        now=utc_now(),
    )


@admin.post("/coupons/<int:campaign_id>/approve")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def approve_coupon_campaign(campaign_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return _done(
        campaign_id,
        lambda s: approve_campaign(s, campaign_id, actor_id=actor_id, now=now),
        gettext("Approved. Its codes hold good from its first day on."),
    )


@admin.post("/coupons/<int:campaign_id>/resume")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def resume_coupon_campaign(campaign_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return _done(
        campaign_id,
        lambda s: resume_campaign(s, campaign_id, actor_id=actor_id, now=now),
        gettext("It goes on."),
    )


@admin.post("/coupons/<int:campaign_id>/extend")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def extend_coupon_campaign(campaign_id: int) -> Response:
    actor_id, now, ends_at = current_user_id(), utc_now(), day_after(_typed_day())
    return _done(
        campaign_id,
        lambda s: extend_campaign(s, campaign_id, ends_at, actor_id=actor_id, now=now),
        gettext("It has more time."),
    )


@admin.post("/coupons/<int:campaign_id>/<any(decline, pause, end):step>")
@requires(RoleName.ADMIN)
def step_coupon_campaign(campaign_id: int, step: str) -> Response:
    """To stop giving money away, one person is enough."""
    work, done = _REASONED[step]
    reason, actor_id, now = request.form.get("decision", ""), current_user_id(), utc_now()
    return act(
        lambda s: work(s, campaign_id, reason, actor_id=actor_id, now=now),
        done=gettext(done),
        back=url_for("admin.coupon_campaign", campaign_id=campaign_id),
    )


def _done(campaign_id: int, work: Any, done: str) -> Response:
    try:
        transact(work)
    except (Conflict, NotAllowed, InvalidInput) as error:
        flash(error_message(error), "bad")
    else:
        flash(done, "ok")
    return redirect(url_for("admin.coupon_campaign", campaign_id=campaign_id), 303)


def _typed_day() -> date | None:
    try:
        return date.fromisoformat(request.form.get("last_day", ""))
    except ValueError:
        return None
