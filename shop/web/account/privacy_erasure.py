"""Erasing one's own account: what goes, what stays and why, what is still open; then on a day, with a way back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField
from wtforms.validators import DataRequired

from shop.accounts.privacy_models import AboutWhat
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.clock import utc_now
from shop.ordering.own_orders import own_among
from shop.privacy.asking import StillOpen, plan_erasure
from shop.privacy.obstacles import OBSTACLE_WORDS, find_obstacles
from shop.privacy.people import person_of
from shop.privacy.planned import planned_erasure
from shop.web.account.blueprint import account
from shop.web.database import read_session, transact
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, signed_in
from shop.web.viewer import current_user_id


class ErasureForm(ShopForm):
    understood = BooleanField(
        lazy_gettext("I have read what goes and what stays, and want my account erased."),
        [DataRequired(lazy_gettext("Please tick this first."))],
    )
    keeps_reviews = BooleanField(
        lazy_gettext("Leave the words of my reviews on the goods' pages, without my name and photos.")
    )


@account.get("/account/privacy/erase")
@signed_in
def erasure() -> str:
    return _page(ErasureForm(formdata=None))


@account.post("/account/privacy/erase")
@signed_in
@recently_authenticated
def erase_me() -> Response | tuple[str, int]:
    form, user_id, now = ErasureForm(), current_user_id(), utc_now()
    if not form.validate():
        return _page(form), 400
    try:
        keeps = bool(form.keeps_reviews.data)
        transact(lambda session: plan_erasure(session, user_id, keeps_reviews=keeps, now=now).number)
    except StillOpen:
        return _page(form), 409
    flash(_("Planned. Until that day you can call it off here."), "ok")
    return redirect(url_for("account.privacy"), 303)


def _page(form: ErasureForm) -> str:
    session, about_id = read_session(), str(current_user_id())
    obstacles = find_obstacles(session, person_of(session, AboutWhat.USER, about_id))
    numbers = [number for one in obstacles for number in one.numbers]
    return render_template(
        "account/privacy_erasure.html",
        form=form,
        planned=planned_erasure(session, current_user_id(), now=utc_now()),
        obstacles=obstacles,
        own=own_among(session, current_user_id(), numbers),
        words=OBSTACLE_WORDS,
        days=read_shop_settings(session).erase_after_days,
    )
