"""The county hub's own screen: what waits to be received, assembled, repacked and merged, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.hub.requests import own_requests, to_repack
from shop.fulfilment.hub.waiting import (
    at_hubs,
    counts,
    own_hubs,
    steps_done,
    to_merge,
    to_receive,
)
from shop.fulfilment.packing import UNDO_FOR
from shop.fulfilment.packing_list import orders_to_pack
from shop.fulfilment.reach import Reach
from shop.kit.errors import NotFound
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.database import read_session
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.hub_deeds import merging, repacking, undoing_repacking, withdrawing
from shop.web.village.paging import page_number

TABS: Final = {
    HubStepKind.RECEIVE.value: msg("To receive"),
    HubStepKind.ASSEMBLE.value: msg("To assemble"),
    HubStepKind.REPACK.value: msg("To repack"),
    HubStepKind.MERGE.value: msg("To merge"),
    "done": msg("Steps done"),
}


@village.get("/hub")
@requires(RoleName.COORDINATOR)
def hub() -> str:
    """One step at a time. Raises NotFound for a coordinator who works at no hub."""
    session, by = read_session(), reach()
    own = own_hubs(session, by)
    if not own:
        raise NotFound()
    at_hub = at_hubs(by, own)
    asked = request.args.get("step", "")
    step = asked if asked in TABS else HubStepKind.RECEIVE.value
    return page(
        "village/hub.html",
        "hub",
        hubs=own,
        step=step,
        tabs=TABS,
        counts={kind.value: number for kind, number in counts(session, at_hub).items()},
        undo_s=UNDO_FOR.total_seconds(),
        number=page_number(),
        **_rows(step, at_hub),
    )


@village.get("/hub/requests")
@requires(RoleName.COORDINATOR)
def hub_requests() -> str:
    """What own villages asked the hub to pack anew."""
    number = page_number()
    found = own_requests(read_session(), reach(), page=number)
    return page("village/hub_requests.html", "lots", found=found)


@village.post("/hub/merge/<number>")
@requires(RoleName.COORDINATOR)
def hub_merge(number: str) -> Response:
    back = url_for("village.hub", step=HubStepKind.MERGE.value)
    return press_deed(merging(number, form_press()), refused=back)


@village.post("/hub/requests/<int:request_id>/repack")
@requires(RoleName.COORDINATOR)
def hub_repack(request_id: int) -> Response:
    return press_deed(repacking(request_id, form_press()))


@village.post("/hub/requests/<int:request_id>/undo")
@requires(RoleName.COORDINATOR)
def hub_undo_repack(request_id: int) -> Response:
    return press_deed(undoing_repacking(request_id, form_press()))


@village.post("/hub/requests/<int:request_id>/withdraw")
@requires(RoleName.COORDINATOR)
def hub_withdraw(request_id: int) -> Response:
    return press_deed(withdrawing(request_id, form_press()))


def _rows(step: str, at_hub: Reach) -> dict[str, Any]:
    session, number = read_session(), page_number()
    if step == HubStepKind.ASSEMBLE:
        orders, more = orders_to_pack(session, at_hub, complete_only=True, page=number)
        return {"rows": orders, "more": more, "pages": None}
    found = _LISTS[step](session, at_hub, page=number)
    return {"rows": found.items, "more": False, "pages": found.pages}


_LISTS: Final[dict[str, Callable[..., Page[Any]]]] = {
    HubStepKind.RECEIVE.value: to_receive,
    HubStepKind.REPACK.value: to_repack,
    HubStepKind.MERGE.value: to_merge,
    "done": steps_done,
}
