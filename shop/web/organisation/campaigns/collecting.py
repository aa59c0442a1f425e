"""A member says who may collect for them."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.campaigns.day.collecting import name_collector
from shop.kit.clock import utc_now
from shop.web.guards import signed_in
from shop.web.limits import FORMS, QUESTIONS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.choosing import member_behind_link, own_member
from shop.web.organisation.campaigns.frame import press


@organisation.post("/campaigns/<int:campaign_id>/collector")
@limiter.limit(FORMS)
@signed_in
def name_campaign_collector(campaign_id: int) -> Response:
    member_id = own_member(campaign_id).id
    return _name(member_id, url_for("organisation.choose_in_campaign", campaign_id=campaign_id))


@organisation.post("/campaigns/by-link/<key>/collector")
@limiter.limit(QUESTIONS)
def name_campaign_collector_by_link(key: str) -> Response:
    return _name(member_behind_link(key).id, url_for("organisation.choose_by_link", key=key))


def _name(member_id: int, back: str) -> Response:
    typed, now = request.form.get("name", ""), utc_now()

    def said(name: str) -> str:
        if name:
            return str(gettext("%(name)s may collect for you, with your code.", name=name))
        return str(gettext("Nobody else is named any more."))

    return press(lambda s: name_collector(s, member_id, typed, now=now), said, back)
