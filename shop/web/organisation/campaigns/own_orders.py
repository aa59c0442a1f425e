"""A member's own orders beside the choice: what was given up is called off at once, what is new leads to its payment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import url_for

from shop.campaigns.top_ups import Live, live_of
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.ordering.access import guest_key
from shop.ordering.models import Order
from shop.rounds import call_off_own_orders
from shop.web.database import read_session
from shop.web.outside_world import with_providers


def call_off_own(member_id: int) -> None:
    """What a payment service does not answer now, the worker asks again."""
    with_providers(partial(call_off_own_orders, member_id=member_id, now=utc_now()))


def own_orders(member_id: int) -> Sequence[tuple[Live, str]]:
    """Each with the address of its page, or of its payment while it waits for that."""
    return [(one, _page_of(one)) for one in live_of(read_session(), member_id)]


def unpaid_page(member_id: int) -> str | None:
    return next((page for one, page in own_orders(member_id) if one.is_unpaid), None)


def _page_of(one: Live) -> str:
    """An account's order opens for that account, anybody else's by its signed key."""
    endpoint = "storefront.pay_page" if one.is_unpaid else "storefront.order"
    if read_session().get_one(Order, one.order_id).user_id is not None:
        return url_for(endpoint, number=one.number)
    keys = (settings().secret_key, *settings().secret_key_fallbacks)
    return url_for(endpoint, number=one.number, key=guest_key(one.number, keys, now=utc_now()))
