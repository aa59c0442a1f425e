"""Closing a campaign: the dry run first, then the step that cannot be undone."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.spending_limits import SPANS
from shop.accounts.terms import grant_of
from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.models import CampaignState
from shop.campaigns.progress import named
from shop.kit.clock import utc_now
from shop.ordering.approvals.spending import limits_beyond
from shop.payments.terms.debts import owed_by
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.frame import at_desk, campaign_page, managed, press
from shop.web.viewer import current_user_id


@organisation.get("/<slug>/campaigns/<int:campaign_id>/close")
@signed_in
def campaign_close(slug: str, campaign_id: int) -> str:
    """What a close would do now, and what stands in its way."""
    desk, session, now = managed(slug, campaign_id), read_session(), utc_now()
    plan, grant = plan_closing(session, campaign_id, now=now), grant_of(session, desk.organisation.id)
    owed_fen = owed_by(session, {desk.organisation.id}).get(desk.organisation.id, 0)
    left_fen = max(grant.limit_fen - owed_fen, 0) if grant else 0
    return campaign_page(
        "close",
        desk,
        plan=plan,
        nobodies=named(session, list(plan.nothing)),
        grant=grant,
        left_fen=left_fen,
        fits=grant is not None and plan.total_fen <= left_fen,
        over=limits_beyond(session, desk.organisation.id, current_user_id(), plan.total_fen, now=now),
        spans=SPANS,
        now=now,
    )


@organisation.post("/<slug>/campaigns/<int:campaign_id>/close")
@limiter.limit(FORMS)
@signed_in
def close_campaign(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    if "seen" not in request.form:
        flash(gettext("Please say first that you have read what the close does."), "bad")
        return redirect(url_for("organisation.campaign_close", slug=slug, campaign_id=campaign_id), 303)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: begin_closing(s, campaign_id, actor_id=actor_id, now=now),
        lambda state: (
            gettext(
                "The bill is above a limit: who may approve it is asked, and nobody chooses until they have answered."
            )
            if state is CampaignState.WAITING
            else gettext("It is being closed. You may leave this page; it takes a minute at most.")
        ),
        at_desk(slug, campaign_id),
    )
