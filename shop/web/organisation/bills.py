"""Bills by month: what was bought and is paid or owed, and one invoice for several orders of one seller."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import BUYING, Membership
from shop.canteens.unsettled import unsettled_orders
from shop.invoicing.bills import bills_of_month
from shop.invoicing.one_for_many import ask_for_one_invoice
from shop.kit.clock import month_of, months_before, utc_now
from shop.kit.text import form_number, typed_number
from shop.ledger.organisation_statement import organisation_statement
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import press
from shop.web.viewer import current_user_id

MONTHS_BACK: Final = 11  # beside this one


@organisation.get("/<slug>/bills")
@signed_in
def bills(slug: str) -> str:
    """The month of `month` (2026-11), without one this month; what is owed is what the books say."""
    session, here, month = read_session(), own_organisation(slug), _asked_month()
    own = here.organisation
    found = bills_of_month(session, own.id, month, page=_asked_page())
    return render_template(
        "organisation/bills.html",
        organisation=own,
        month=month,
        months=_months(),
        chosen=request.args.get("all", 0, type=int),
        bills=found,
        unsettled=unsettled_orders(
            session, [row.order.id for seller in found.sellers for row in seller.rows]
        ),
        account=organisation_statement(session, own.id, found.first, found.last),
        may_ask=here.may(*BUYING),
        me=current_user_id(),
        now=utc_now(),
        page_url=lambda number: url_for("organisation.bills", slug=slug, month=f"{month:%Y-%m}", page=number),
    )


@organisation.post("/<slug>/bills/invoice")
@limiter.limit(FORMS)
@signed_in
def ask_for_bill(slug: str) -> Response:
    """One invoice of one seller for the orders that were chosen, in the organisation's own title."""
    numbers, month = request.form.getlist("orders"), _asked_month()
    try:
        seller_id = typed_number(request.form.get("seller", ""))
    except ValueError:
        seller_id = 0

    def work(session: Session, here: Membership, now: datetime) -> None:
        ask_for_one_invoice(session, here.organisation, seller_id, numbers, actor_id=here.user_id, now=now)

    back = url_for("organisation.bills", slug=slug, month=f"{month:%Y-%m}", _anchor=f"seller-{seller_id}")
    done = gettext("One invoice is asked for. It stands here as soon as it is issued.")
    return press(slug, work, *BUYING, done=done, back=back)


def _months() -> list[date]:
    this = month_of(utc_now())
    return [months_before(this, back) for back in range(MONTHS_BACK + 1)]


def _asked_month() -> date:
    """One of the last twelve."""
    known = {f"{month:%Y-%m}": month for month in _months()}
    return known.get(request.values.get("month", ""), month_of(utc_now()))


def _asked_page() -> int:
    return form_number(request.args.get("page", ""), digits=5) or 1
