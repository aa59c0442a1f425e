"""Where providers tell us what happened."""

from __future__ import annotations

from flask import Response, request

from shop.extensions import payment_providers
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.payments.notices import receive
from shop.payments.providers.config import ALIPAY
from shop.web.outside_world import with_providers
from shop.web.protection import own_protection
from shop.web.storefront.blueprint import storefront

# Alipay goes on telling for a day until it reads this word.
_ANSWERS = {ALIPAY: "success"}


@storefront.post("/payments/<provider>/webhook")
@own_protection("the provider signs what it sends")
def webhook(provider: str) -> Response:
    """2xx for whatever is signed, also what was handled before or is not ours; 400 for everything else."""
    chosen = payment_providers().get(provider)
    if chosen is None:
        raise NotFound()
    headers = {name.title(): value for name, value in request.headers.items()}
    body, now = request.get_data(), utc_now()
    received = with_providers(lambda units, _: receive(units, chosen, headers, body, now=now))
    return Response(_ANSWERS.get(provider, received.value), content_type="text/plain")
