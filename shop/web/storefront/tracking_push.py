"""Where a tracking provider tells us how far parcels have come."""

from __future__ import annotations

from functools import partial

from flask import Response, request

from shop.delivery.tracking.base import ForgedPush
from shop.extensions import tracking_provider
from shop.fulfilment.following import note_report
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.web.database import transact
from shop.web.protection import own_protection
from shop.web.storefront.blueprint import storefront


@storefront.post("/tracking/<provider>/push")
@own_protection("the provider signs what it sends")
def tracking_push(provider: str) -> Response:
    """Its own word of thanks for whatever is signed, also what is no news or not of ours; 400 for everything else."""
    chosen = tracking_provider()
    if chosen is None or chosen.name != provider:
        raise NotFound()
    try:
        report = chosen.read_push(request.form)
    except ForgedPush:
        raise InvalidInput(msg("This was not signed by who follows our parcels.")) from None
    if report is not None:
        transact(partial(note_report, report=report, now=utc_now()))
    return Response(chosen.accepted(), content_type="application/json")
