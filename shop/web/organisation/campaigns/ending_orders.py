"""An organiser calls one order of a closed campaign off: first what it means and for whom, then the press."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.campaigns.access import Desk
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.order_ends import order_of_campaign, said_reason
from shop.delivery.models import PickupPoint
from shop.fulfilment.before_packing import nothing_is_packed
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ordering.models import OrderStatus
from shop.rounds import call_off_campaign_order
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.frame import at_desk, managed, refusal
from shop.web.outside_world import with_providers
from shop.web.viewer import current_user_id

_PATH = "/<slug>/campaigns/<int:campaign_id>/orders/<number>/call-off"


@organisation.get(_PATH)
@signed_in
def campaign_order_end(slug: str, campaign_id: int, number: str) -> str:
    return _screen(managed(slug, campaign_id), number)


@organisation.post(_PATH)
@limiter.limit(FORMS)
@signed_in
def end_campaign_order(slug: str, campaign_id: int, number: str) -> Response | tuple[str, int]:
    """Harmless to repeat: an order is called off once."""
    desk = managed(slug, campaign_id)
    order, welfare = order_of_campaign(read_session(), campaign_id, number)
    try:
        reason = said_reason(request.form.get("reason", ""))
        if "seen" not in request.form:
            raise InvalidInput(msg("Please say first that you have read what it does."), field="seen")
    except InvalidInput as error:
        flash(refusal(error), "bad")
        return _screen(desk, number, request.form.get("reason", "")), 400
    if order.status is OrderStatus.CANCELLED:
        flash(gettext("This order was cancelled before. Nothing more was done."), "info")
        return redirect(at_desk(slug, campaign_id), 303)
    actor_id, now = current_user_id(), utc_now()

    people = welfare.people
    try:
        with_providers(
            partial(call_off_campaign_order, order_id=order.id, reason=reason, actor_id=actor_id, now=now)
        )
    except Conflict as error:
        flash(refusal(error), "bad")
        here = url_for("organisation.campaign_order_end", slug=slug, campaign_id=campaign_id, number=number)
        return redirect(here, 303)
    flash(
        gettext(
            "The order is called off: nothing is owed for it, and its %(num)s members are told.", num=people
        ),
        "ok",
    )
    return redirect(at_desk(slug, campaign_id), 303)


def _screen(desk: Desk, number: str, reason: str = "") -> str:
    session = read_session()
    order, welfare = order_of_campaign(session, desk.campaign.id, number)
    return render_template(
        "organisation/campaigns/order_end.html",
        desk=desk,
        campaign=desk.campaign,
        organisation=desk.organisation,
        at={"slug": desk.organisation.slug, "campaign_id": desk.campaign.id},
        order=order,
        welfare=welfare,
        point=session.get(PickupPoint, welfare.point_id) if welfare.point_id else None,
        member=session.get(CampaignMember, welfare.member_id) if welfare.member_id else None,
        may=order.status is OrderStatus.CONFIRMED and nothing_is_packed(session, order.id),
        reason=reason,
    )
