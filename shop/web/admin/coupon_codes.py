"""Codes of one use each: they are in the answer that makes them, as a table or as cards, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import typed_number
from shop.ordering.coupons.batches import make_batch, void_batch
from shop.ordering.coupons.listing import read_campaign
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session
from shop.web.exports import let_out
from shop.web.guards import recently_authenticated, requires
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

CARDS: Final = "cards"
FORMATS: Final = ("xlsx", "csv", CARDS)


@admin.post("/coupons/<int:campaign_id>/codes")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def make_coupon_codes(campaign_id: int) -> Response | str:
    """Made and handed out in one step, which the trail remembers; the same form sent twice makes nothing more."""
    label, token = request.form.get("label", ""), request.form.get("token", "")[:64]
    kind, actor_id, now = request.form.get("kind", ""), current_user_id(), utc_now()
    try:
        count = typed_number(request.form.get("count", ""))
    except ValueError:
        count = 0
    codes: list[str] = []

    def make(session: Session) -> None:
        codes[:] = make_batch(session, campaign_id, count, label, token=token, actor_id=actor_id, now=now)

    try:
        let_out(make)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.coupon_campaign", campaign_id=campaign_id) + "#codes", 303)
    if kind == CARDS:
        return _cards(campaign_id, codes)
    heads = [gettext("Number"), gettext("Code"), gettext("Campaign"), gettext("Until")]
    campaign = read_campaign(read_session(), campaign_id).campaign
    last_day = shanghai_date(campaign.ends_at - timedelta(seconds=1))
    rows = [
        [str(number), code, campaign.name_zh, last_day.isoformat()]
        for number, code in enumerate(codes, start=1)
    ]
    suffix = kind if kind in FORMATS else "xlsx"
    return table_file([heads, *rows], suffix, name=f"coupons_{campaign_id}_{now:%Y%m%d}", title="codes")


@admin.post("/coupons/<int:campaign_id>/batches/<int:batch_id>/void")
@requires(RoleName.ADMIN)
def void_coupon_codes(campaign_id: int, batch_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda s: void_batch(s, campaign_id, batch_id, actor_id=actor_id, now=now),
        done=gettext("None of these codes holds good any more."),
        back=url_for("admin.coupon_campaign", campaign_id=campaign_id) + "#codes",
    )


def _cards(campaign_id: int, codes: list[str]) -> str:
    shown = read_campaign(read_session(), campaign_id)
    return render_template("admin/coupon_cards.html", one=shown.campaign, codes=codes)
