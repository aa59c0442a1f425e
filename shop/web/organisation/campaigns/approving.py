"""The bill of a campaign above a limit: agreed to, returned, or taken back by who asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import APPROVING, Membership
from shop.accounts.spending_limits import SPANS
from shop.campaigns.access import Desk
from shop.campaigns.approval_queries import last_request
from shop.campaigns.approving import approve_bill, return_bill, withdraw_bill
from shop.kit.clock import utc_now
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.frame import at_desk, managed, own_desk
from shop.web.organisation.campaigns.frame import press as press_here
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import press
from shop.web.viewer import current_user_id

_PATH = "/<slug>/campaigns/<int:campaign_id>"


@organisation.post(f"{_PATH}/approvals/<int:approval_id>/approve")
@limiter.limit(FORMS)
@signed_in
def approve_campaign_bill(slug: str, campaign_id: int, approval_id: int) -> Response:
    own_desk(slug, campaign_id)

    def work(session: Session, by: Membership, now: datetime) -> None:
        approve_bill(session, by.organisation.id, approval_id, actor_id=by.user_id, now=now)

    done = gettext("Approved. The campaign is being closed, and all of its orders are placed.")
    return press(slug, work, *APPROVING, done=done, back=at_desk(slug, campaign_id))


@organisation.post(f"{_PATH}/approvals/<int:approval_id>/return")
@limiter.limit(FORMS)
@signed_in
def return_campaign_bill(slug: str, campaign_id: int, approval_id: int) -> Response:
    own_desk(slug, campaign_id)
    reason = request.form.get("reason", "")

    def work(session: Session, by: Membership, now: datetime) -> None:
        return_bill(session, by.organisation.id, approval_id, reason, actor_id=by.user_id, now=now)

    done = gettext("Returned. Who wanted to close it reads why, and members can choose again.")
    return press(slug, work, *APPROVING, done=done, back=at_desk(slug, campaign_id))


@organisation.post(f"{_PATH}/approvals/withdraw")
@limiter.limit(FORMS)
@signed_in
def withdraw_campaign_bill(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press_here(
        lambda s: withdraw_bill(s, campaign_id, actor_id=actor_id, now=now),
        gettext("Withdrawn. The campaign is open again."),
        at_desk(slug, campaign_id),
    )


def bill_facts(desk: Desk, now: datetime) -> dict[str, Any]:
    """The last request for this campaign's bill, and whether its reader may decide it."""
    asked = last_request(read_session(), desk.campaign.id) if desk.sees_all else None
    if asked is None:
        return {"asked": None}
    own = own_organisation(desk.organisation.slug)
    is_own = asked.approval.asked_by_id == own.user_id
    may_decide = own.may(*APPROVING) and not is_own and asked.waits(now)
    return {"asked": asked, "spans": SPANS, "is_own": is_own, "may_decide": may_decide}
