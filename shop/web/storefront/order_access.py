"""Whose order a page may show: its buyer's while it is still their own, or that of a guest who came by the signed link or just placed it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from flask import request
from flask import session as cookie_session

from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ordering.access import guest_key, opens_order
from shop.ordering.models import Order
from shop.ordering.own_orders import looked_after_by, may_act
from shop.web.database import read_session
from shop.web.viewer import current_viewer

_OPENED: Final = "orders"
_MOST_OPENED: Final = 20
_READING: Final = frozenset({"GET", "HEAD"})


def require_order(number: str, *options: Any, to_act: bool | None = None) -> Order:
    """The order, read with these loader options. Raises NotFound, whether it is absent or somebody else's, or where its
    reader only looks on and this is `to_act` on it: whatever is posted, unless it is said.
    """
    acts = request.method not in _READING if to_act is None else to_act
    order = _readable(number, *options)
    if acts and not may_act(read_session(), order, current_viewer().user_id):
        raise NotFound()
    return order


def _readable(number: str, *options: Any) -> Order:
    wanted = sa.select(Order, looked_after_by(current_viewer().user_id)).where(Order.number == number)
    row = read_session().execute(wanted.options(*options)).one_or_none()
    if row is None or not (row[1] or _opens_for_guest(row[0])):
        raise NotFound()
    order: Order = row[0]
    return order


def open_for_guest(number: str) -> None:
    """Let this browser see an order that it has just placed or shown a key for."""
    opened = [one for one in opened_orders() if one != number]
    cookie_session[_OPENED] = [*opened, number][-_MOST_OPENED:]


def opened_orders() -> list[str]:
    """The numbers of what a guest has placed or opened in this browser."""
    return list(cookie_session.get(_OPENED, []))


def order_path(number: str, page: str = "") -> str:
    """`/orders/<number>` or a page below it, on this host."""
    return f"/orders/{quote(number, safe='')}" + (f"/{page}" if page else "")


def guest_link(number: str, page: str = "") -> str:
    """An absolute address that opens the order wherever it is followed, for messages and other browsers."""
    keys = (settings().secret_key, *settings().secret_key_fallbacks)
    return f"{settings().public_url}{order_path(number, page)}?key={guest_key(number, keys, now=utc_now())}"


def _opens_for_guest(order: Order) -> bool:
    if order.user_id is not None:
        return False
    if order.number in opened_orders():
        return True
    keys = (settings().secret_key, *settings().secret_key_fallbacks)
    if not opens_order(order.number, request.args.get("key", ""), keys, now=utc_now()):
        return False
    open_for_guest(order.number)
    return True
