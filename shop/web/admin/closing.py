"""Units that nobody has leave an order: what that will do is shown first, with the price that goes back."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.closing import close_waiting, waiting_of_order
from shop.fulfilment.household_tasks import order_tasks
from shop.fulfilment.reach import Reach
from shop.kit.clock import utc_now
from shop.ordering.order_desk import order_id_of, read_order
from shop.payments.payment_desk import refundable_fen
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

EVERYTHING = Reach(everything=True)


@admin.get("/orders/<number>/close-units")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def closing(number: str) -> str:
    session = read_session()
    order = read_order(session, number)
    waiting = waiting_of_order(session, order.id)
    price_fen = sum(one.price_fen for one in waiting)
    return desk_page(
        "admin/close_units.html",
        "orders",
        order=order,
        waiting=waiting,
        back_fen=min(price_fen, refundable_fen(session, order.id)),
        price_fen=price_fen,
        household_fen=sum(one.household_fen for one in waiting),
        to_come=sum(task.is_standing for task in order_tasks(session, order.id, EVERYTHING)),
    )


@admin.post("/orders/<number>/close-units")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def close_units(number: str) -> Response:
    order_id, reason = order_id_of(read_session(), number), request.form.get("reason", "")
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: close_waiting(session, order_id, reason=reason, actor_id=actor_id, now=now),
        done=gettext("The units are out of the order, and their price is on its way back."),
        back=url_for("admin.order", number=number),
    )
