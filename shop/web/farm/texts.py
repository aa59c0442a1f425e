"""Whether this person hears of tasks by text message, chosen on the phone itself."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.text_choice import choose_texts
from shop.kit.clock import utc_now
from shop.web.database import transact
from shop.web.farm.blueprint import farm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@farm.post("/texts")
@requires(RoleName.FARMER)
def choose_own_texts() -> Response:
    person, wants = current_user_id(), request.form.get("wants") == "1"
    transact(partial(choose_texts, user_id=person, wants=wants, actor_id=person, now=utc_now()))
    flash("来了单，发短信告诉您" if wants else "来了单，不发短信了", "ok")
    return redirect(url_for("farm.money"), 303)
