"""Invoices for a whole gift by one press."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import flash, redirect, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import BUYING, Membership
from shop.invoicing.gift_invoices import ask_for_next_of_gift
from shop.kit.errors import Conflict, InvalidInput
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import here, refusal
from shop.web.organisation.pressing import as_member

MOST_REQUESTS: Final = 60  # of one gift, by one press


@organisation.post("/<slug>/gifts/<int:gift_id>/invoice")
@limiter.limit(FORMS)
@signed_in
def invoice_gift(slug: str, gift_id: int) -> Response:
    """What was asked for stays where a later request is refused; pressed again it goes on from there."""
    here(slug, gift_id)

    def work(session: Session, by: Membership, now: datetime) -> bool:
        return ask_for_next_of_gift(session, by.organisation, gift_id, actor_id=by.user_id, now=now)

    asked, refused = 0, ""
    try:
        while asked < MOST_REQUESTS and as_member(slug, work, *BUYING):
            asked += 1
    except (InvalidInput, Conflict) as error:
        refused = refusal(error)
        flash(refused, "bad")
    if asked:
        said = ngettext(
            "%(num)s invoice for this gift is asked for. It stands among the bills as soon as it is issued.",
            "%(num)s invoices for this gift are asked for. They stand among the bills as soon as they are issued.",
            asked,
        )
        flash(said, "ok")
    elif not refused:
        flash(
            gettext(
                "Nothing of this gift is left to be invoiced: what is confirmed has its invoice, or waits for one."
            ),
            "ok",
        )
    return redirect(url_for("organisation.gift", slug=slug, gift_id=gift_id), 303)
