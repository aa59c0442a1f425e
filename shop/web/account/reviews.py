"""What somebody has said of goods, and how they take it back, also where the order is another's today."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.kit.clock import utc_now
from shop.reviews.own_reviews import own_reviews, withdraw_own
from shop.reviews.words import REASONS
from shop.web.account.blueprint import account
from shop.web.database import read_session, transact
from shop.web.guards import signed_in
from shop.web.viewer import current_user_id


@account.get("/account/reviews")
@signed_in
def reviews() -> str:
    asked = request.args.get("page", 1, type=int)
    return render_template(
        "account/reviews.html",
        found=own_reviews(read_session(), current_user_id(), page=asked),
        reasons=REASONS,
        page_url=lambda page: url_for("account.reviews", page=page),
    )


@account.post("/account/reviews/<int:review_id>/withdraw")
@signed_in
def withdraw_review(review_id: int) -> Response:
    transact(partial(withdraw_own, review_id=review_id, user_id=current_user_id(), now=utc_now()))
    flash(_("Your review is withdrawn. Nobody reads it any more, and its stars are not counted."), "ok")
    return redirect(url_for("account.reviews"), 303)
