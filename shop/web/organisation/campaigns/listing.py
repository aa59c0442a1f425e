"""The campaigns of an organisation, and setting one up."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import OrganisationMember
from shop.accounts.organisation_papers import papers_of
from shop.campaigns.access import MANAGERS, desk_of
from shop.campaigns.ending import call_off
from shop.campaigns.setting_up import campaigns_of, change_campaign, drop_campaign, make_campaign
from shop.campaigns.signing import default_procurement, procurement_of
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.forms import CampaignForm
from shop.web.organisation.campaigns.frame import at_desk, campaign_page, managed, own_organisation, press
from shop.web.viewer import current_user_id


@organisation.get("/<slug>/campaigns")
@signed_in
def campaigns(slug: str) -> str:
    own = own_organisation(slug)
    found = campaigns_of(read_session(), own.id, page=request.args.get("page", 1, type=int))
    return render_template(
        "organisation/campaigns/list.html", organisation=own, found=found, may_make=_may_make(own.id)
    )


@organisation.get("/campaigns/<int:campaign_id>")
@signed_in
def any_campaign(campaign_id: int) -> Response:
    """A short address: to the page of its organisation."""
    desk = desk_of(read_session(), campaign_id, current_user_id())
    return redirect(at_desk(desk.organisation.slug, campaign_id))


@organisation.route("/<slug>/campaigns/new", methods=["GET", "POST"])
@limiter.limit(FORMS)
@signed_in
def new_campaign(slug: str) -> Any:
    own = own_organisation(slug)
    if not _may_make(own.id):
        raise NotFound()
    form, organisation_id = CampaignForm(), own.id
    said = default_procurement(read_session(), organisation_id)
    form.offer_papers(papers_of(read_session(), organisation_id), said)
    if request.method == "GET":
        return render_template("organisation/campaigns/new.html", organisation=own, form=form)
    actor_id, now = current_user_id(), utc_now()
    if form.validate():
        plan, token = form.plan(), form.token.data or ""
        try:
            campaign_id = transact(
                lambda s: make_campaign(s, organisation_id, plan, token=token, actor_id=actor_id, now=now)
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(gettext("The draft is there. Nobody sees it until you open it."), "ok")
            return redirect(at_desk(slug, campaign_id), 303)
    own = own_organisation(slug)
    return render_template("organisation/campaigns/new.html", organisation=own, form=form), 400


@organisation.route("/<slug>/campaigns/<int:campaign_id>/edit", methods=["GET", "POST"])
@limiter.limit(FORMS)
@signed_in
def edit_campaign(slug: str, campaign_id: int) -> Any:
    desk = managed(slug, campaign_id)
    form = CampaignForm(obj=desk.campaign) if request.method == "GET" else CampaignForm()
    papers = papers_of(read_session(), desk.organisation.id)
    form.offer_papers(papers, procurement_of(desk.campaign))
    if request.method == "GET":
        return campaign_page("edit", desk, form=form)
    actor_id, now = current_user_id(), utc_now()
    if form.validate():
        plan = form.plan()
        try:
            transact(lambda s: change_campaign(s, campaign_id, plan, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(at_desk(slug, campaign_id), 303)
    return campaign_page("edit", managed(slug, campaign_id), form=form), 400


@organisation.post("/<slug>/campaigns/<int:campaign_id>/drop")
@limiter.limit(FORMS)
@signed_in
def drop_campaign_draft(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: drop_campaign(s, campaign_id, actor_id=actor_id, now=now),
        gettext("The draft is gone."),
        url_for("organisation.campaigns", slug=slug),
    )


@organisation.post("/<slug>/campaigns/<int:campaign_id>/call-off")
@limiter.limit(FORMS)
@signed_in
def call_campaign_off(slug: str, campaign_id: int) -> Response:
    """An open one, before its close; what its members paid themselves is refunded by the worker."""
    managed(slug, campaign_id)
    reason = request.form.get("reason", "")
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: call_off(s, campaign_id, reason, actor_id=actor_id, now=now),
        gettext("It is called off. Members are told why, and what they paid themselves goes back to them."),
        at_desk(slug, campaign_id),
    )


def _may_make(organisation_id: int) -> bool:
    member = read_session().get(OrganisationMember, (organisation_id, current_user_id()))
    return member is not None and member.role in MANAGERS
