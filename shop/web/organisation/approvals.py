"""Orders above a limit: what waits, who decided what, and deciding it."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import APPROVING, BUYER, Membership
from shop.accounts.spending_limits import SPANS
from shop.campaigns.approval_queries import waiting_bills
from shop.gifts.approval_queries import waiting_gifts
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ordering.approvals.deciding import approve_order, return_order
from shop.ordering.approvals.queries import lines_and_procurement, page_of_requests, read_request
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.forms import ReturnForm
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import press, save


@organisation.get("/<slug>/approvals")
@signed_in
def approvals(slug: str) -> str:
    """All of the organisation; who only buys reads what became of their own."""
    here = own_organisation(slug)
    of_user = here.user_id if here.may(BUYER) else None
    page = page_of_requests(
        read_session(), here.organisation.id, of_user=of_user, page=request.args.get("page", 1, type=int)
    )
    now = utc_now()
    gifts = [] if of_user else waiting_gifts(read_session(), here.organisation.id, now=now)
    return render_template(
        "organisation/approvals.html",
        gifts=gifts,
        bills=[] if of_user else waiting_bills(read_session(), here.organisation.id, now=now),
        organisation=here.organisation,
        requests=page,
        of_user=of_user,
        now=now,
        page_url=lambda number: url_for("organisation.approvals", slug=slug, page=number),
    )


@organisation.get("/<slug>/approvals/<int:approval_id>")
@signed_in
def approval(slug: str, approval_id: int) -> str:
    return _page(slug, approval_id, ReturnForm(formdata=None))


@organisation.post("/<slug>/approvals/<int:approval_id>/approve")
@signed_in
@limiter.limit(FORMS)
def approve(slug: str, approval_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        approve_order(session, here.organisation.id, approval_id, actor_id=here.user_id, now=now)

    done = _("Approved. The order is accepted on account, and the households are told.")
    return press(slug, work, *APPROVING, done=done, back=_back(slug, approval_id))


@organisation.post("/<slug>/approvals/<int:approval_id>/return")
@signed_in
@limiter.limit(FORMS)
def send_back(slug: str, approval_id: int) -> Response | tuple[str, int]:
    form = ReturnForm()

    def work(session: Session, here: Membership, now: datetime) -> None:
        reason = form.reason.data or ""
        return_order(session, here.organisation.id, approval_id, reason, actor_id=here.user_id, now=now)

    done = _("Returned. Who ordered it reads why.")
    answer = save(slug, form, work, *APPROVING, done=done, back=_back(slug, approval_id))
    return answer or (_page(slug, approval_id, form), 400)


def _page(slug: str, approval_id: int, form: ReturnForm) -> str:
    here, session, now = own_organisation(slug), read_session(), utc_now()
    found = read_request(session, here.organisation.id, approval_id)
    is_own = found.approval.asked_by_id == here.user_id
    if here.may(BUYER) and not is_own:
        raise NotFound()
    lines, procurement = lines_and_procurement(session, found.approval.order_id)
    return render_template(
        "organisation/approval.html",
        organisation=here.organisation,
        asked=found,
        lines=lines,
        procurement=procurement,
        spans=SPANS,
        form=form,
        is_own=is_own,
        may_decide=here.may(*APPROVING) and not is_own and found.waits(now),
        now=now,
    )


def _back(slug: str, approval_id: int) -> str:
    return url_for("organisation.approval", slug=slug, approval_id=approval_id)
