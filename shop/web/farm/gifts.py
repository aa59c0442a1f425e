"""A gift's many parcels as one piece of work: one press for all of them, and each by itself where something is missing."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.gift_tasks import gift_tasks
from shop.web.database import read_session
from shop.web.farm.blueprint import farm
from shop.web.farm.task_deeds import accepting_gift, readying_gift, undoing_gift
from shop.web.farm.who import page, press, pressed, reach
from shop.web.guards import requires

MOST_PAGES = 200


@farm.get("/gifts/<int:gift_id>")
@requires(RoleName.FARMER)
def gift(gift_id: int) -> str:
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    found = gift_tasks(read_session(), gift_id, reach(), page=number)
    return page("farm/gift.html", gift_id=gift_id, found=found, back=url_for("farm.tasks"))


@farm.post("/gifts/<int:gift_id>/accept")
@requires(RoleName.FARMER)
def accept_gift(gift_id: int) -> Response:
    return press(accepting_gift(gift_id, pressed()))


@farm.post("/gifts/<int:gift_id>/ready")
@requires(RoleName.FARMER)
def ready_gift(gift_id: int) -> Response:
    return press(readying_gift(gift_id, pressed()))


@farm.post("/gifts/<int:gift_id>/undo")
@requires(RoleName.FARMER)
def undo_gift(gift_id: int) -> Response:
    return press(undoing_gift(gift_id, pressed()))
