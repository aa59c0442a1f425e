"""What a lifted recall leaves to be settled: households get back what they bore of its refunds."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.recall_list import recalls_of_lot
from shop.inventory.lot_numbers import lot_of_code
from shop.inventory.trace_models import RecallState
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ledger.recall_charges import give_charges_back
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.post("/lots/<code>/recall/charges-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def give_back_charges(code: str) -> Response:
    session = read_session()
    recalls = [one for one, _who in recalls_of_lot(session, lot_of_code(session, code))]
    lifted = next((one.id for one in recalls if one.state is RecallState.LIFTED), None)
    if lifted is None:
        raise NotFound()
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda s: give_charges_back(s, lifted, actor_id=actor_id, now=now),
        done=gettext("Given back: the shop bears it, and the households are told."),
        back=url_for("admin.recall", code=code),
    )
