"""Goods that a refund put back in stock, and that are not fit for sale after all."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.ordering.order_desk import read_order
from shop.payments.goods_returning import write_off_instead
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.post("/orders/<number>/returned/<int:refund_line_id>/write-off")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def write_off_returned(number: str, refund_line_id: int) -> Response:
    order_id = read_order(read_session(), number).id
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: write_off_instead(
            session, order_id, refund_line_id, reason=reason, actor_id=actor_id, now=now
        ),
        done=gettext("Written off. The households have their part again, and the shop bears it."),
        back=f"{url_for('admin.order', number=number)}#money",
    )
