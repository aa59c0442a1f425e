"""What the hub's staff says about repacking and merging, before the page or later from a phone that had no network."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext

from shop.fulfilment.finding_orders import order_id_of
from shop.fulfilment.hub.merging import merge_parcels
from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.hub.repacking import repack_at_hub, undo_repack_at_hub, withdraw_repack
from shop.fulfilment.hub.waiting import at_hubs, own_hubs
from shop.kit.errors import NotFound
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.village.desk import reach


def merging(number: str, press: Press) -> Deed:
    """Raises NotFound for who works at no hub."""
    session, by = read_session(), reach()
    own = own_hubs(session, by)
    if not own:
        raise NotFound()
    order_id, hub, hub_id = order_id_of(session, number), at_hubs(by, own), own[0].id
    return Deed(
        lambda s: merge_parcels(s, order_id, hub_id, by=hub, now=press.now),
        gettext("Merged into one parcel. Print its label and stick it on."),
        lambda code: url_for("village.parcel", code=code),
    )


def repacking(request_id: int, press: Press) -> Deed:
    by = reach()
    return Deed(
        lambda s: repack_at_hub(s, request_id, by=by, now=press.now),
        gettext(
            "Packed anew. The new lot is the village's, and is for sale as soon as its papers are there."
        ),
        url_for("village.hub", step=HubStepKind.REPACK.value),
    )


def undoing_repacking(request_id: int, press: Press) -> Deed:
    by = reach()

    def said(is_undone: bool) -> str:
        if not is_undone:
            return str(gettext("Nothing is packed of this request: there is nothing to take back."))
        return str(gettext("Taken back. The units are in their lots again, and the request waits."))

    return Deed(
        lambda s: undo_repack_at_hub(s, request_id, by=by, now=press.now),
        said,
        url_for("village.hub", step=HubStepKind.REPACK.value),
    )


def withdrawing(request_id: int, press: Press) -> Deed:
    by, back = reach(), url_for("village.hub_requests")
    if press.text("back") == "hub":
        back = url_for("village.hub", step=HubStepKind.REPACK.value)
    return Deed(
        lambda s: withdraw_repack(s, request_id, by=by, now=press.now),
        gettext("Taken back. Nothing was packed."),
        back,
    )
