"""A sub-union of a campaign: who organises it, and its quota."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import User
from shop.campaigns.access import Desk
from shop.campaigns.member_models import CampaignUnit
from shop.campaigns.unit_keeping import has_quotas, read_unit, save_unit
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.forms import UnitForm
from shop.web.organisation.campaigns.frame import campaign_page, managed
from shop.web.viewer import current_user_id


@organisation.route("/<slug>/campaigns/<int:campaign_id>/units/<int:unit_id>", methods=["GET", "POST"])
@limiter.limit(FORMS)
@signed_in
def campaign_unit(slug: str, campaign_id: int, unit_id: int) -> Any:
    desk = managed(slug, campaign_id)
    unit = read_unit(read_session(), campaign_id, unit_id)
    if request.method == "GET":
        organiser = read_session().get(User, unit.organiser_id) if unit.organiser_id else None
        form = UnitForm(
            data={
                "organiser": organiser.email if organiser else "",
                "most_people": unit.most_people,
                "most_fen": unit.most_fen,
            }
        )
        return _page(desk, form, unit)
    form, actor_id, now = UnitForm(), current_user_id(), utc_now()
    if form.validate():
        typed = {
            "organiser": form.organiser.data or "",
            "most_people": form.most_people.data,
            "most_fen": form.most_fen.data,
        }
        try:
            transact(lambda s: save_unit(s, campaign_id, unit_id, **typed, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(url_for("organisation.campaign_members", slug=slug, campaign_id=campaign_id), 303)
    desk = managed(slug, campaign_id)
    return _page(desk, form, read_unit(read_session(), campaign_id, unit_id)), 400


def _page(desk: Desk, form: UnitForm, unit: CampaignUnit) -> Any:
    return campaign_page("unit", desk, form=form, unit=unit, has_quotas=has_quotas(desk.campaign))
