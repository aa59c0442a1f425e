"""A harvest was put off, and the buyer does not wait."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from flask import flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.fulfilment.before_packing import nothing_is_packed
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict
from shop.ordering.closing import NothingElseLeft
from shop.ordering.delay_choice import choose_to_give_up, give_up_late_units
from shop.ordering.reasons import Reason
from shop.web.database import transact
from shop.web.error_pages import error_message
from shop.web.limits import FORMS, limiter
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.storefront.payments import call_off
from shop.web.viewer import current_viewer


@storefront.post("/orders/<number>/delays/<int:delay_id>/refund")
@limiter.limit(FORMS)
def give_up_delayed(number: str, delay_id: int) -> Response:
    """That part is paid back; where it is all there is of the order, the order is called off."""
    order = require_order(number)
    actor_id, now = current_viewer().user_id, utc_now()
    give_up = partial(give_up_late_units, order_id=order.id, delay_id=delay_id, actor_id=actor_id, now=now)
    try:
        is_new = transact(give_up)
    except NothingElseLeft:
        return call_off(order, Reason.PUT_OFF, partial(_give_up_whole, delay_id=delay_id, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(_("The money for it goes back.") if is_new else _("That was chosen before."), "ok")
    return redirect(order_path(number), 303)


def _give_up_whole(session: Session, order_id: int, *, delay_id: int, now: datetime) -> bool:
    return nothing_is_packed(session, order_id) and choose_to_give_up(session, order_id, delay_id, now=now)
