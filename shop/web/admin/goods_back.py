"""What became of goods whose price is back with the buyer already."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.fulfilment.given_late import units_given_late
from shop.inventory.models import ReturnWish
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg, whole_number
from shop.ordering.models import Order
from shop.ordering.order_desk import read_order
from shop.payments.goods_back import Goods, Origins, origins_of_order
from shop.payments.goods_later import CameBack, goods_came_later
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

WISHES: Final = {
    ReturnWish.RESTOCK: msg("They came back whole: back in stock"),
    ReturnWish.WRITE_OFF: msg("They are written off: back or thrown away"),
}


@admin.get("/orders/<number>/goods-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def goods_back(number: str) -> Any:
    order = read_order(read_session(), number)
    return _page(order, {}, 200)


@admin.post("/orders/<number>/goods-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def say_goods_back(number: str) -> Any:
    order = read_order(read_session(), number)
    actor_id, now, reason = current_user_id(), utc_now(), request.form.get("reason", "")
    try:
        came = _typed(_origins(order))
        transact(
            lambda session: goods_came_later(
                session,
                order.id,
                came,
                reason=reason,
                actor_id=actor_id,
                now=now,
                kept=units_given_late,
            )
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
        return _page(order, request.form.to_dict(), error.status)
    flash(gettext("Written down. The stock and the books follow it."), "ok")
    return redirect(url_for("admin.order", number=number) + "#money", 303)


def _origins(order: Order) -> Origins:
    session = read_session()
    return origins_of_order(session, order.id, now=utc_now(), kept=units_given_late(session, order.id))


def _typed(origins: Origins) -> list[CameBack]:
    """Units by line and lot; an empty field is none. Raises InvalidInput."""
    came = []
    for line_id, of_line in origins.items():
        for one in of_line:
            name = f"{line_id}-{one.lot_id or 0}"
            typed = request.form.get(f"units-{name}", "").strip()
            wish = request.form.get(f"wish-{name}", "")
            if not typed:
                continue
            try:
                units = whole_number(typed)
            except ValueError:
                units = 0
            if units is None or not 0 < units <= one.units:
                raise InvalidInput(msg("Not so many of these units can have come back."), field="units")
            if wish not in set(ReturnWish):
                raise InvalidInput(msg("Please choose what became of the goods."), field="wish")
            came.append(CameBack(line_id, units, Goods(ReturnWish(wish), one.lot_id)))
    return came


def _page(order: Order, typed: dict[str, str], status: int) -> Any:
    page = desk_page(
        "admin/goods_back.html",
        "orders",
        order=order,
        origins=_origins(order),
        wishes=WISHES,
        typed=typed,
    )
    return page, status
