"""Putting orders into parcels."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.fulfilment.boxes import grouped_by_variant
from shop.fulfilment.household_tasks import StandingTask, order_tasks
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.packing_list import order_at_place, orders_to_pack, parts_awaited, was_here
from shop.fulfilment.parcel_list import parcels_of_order
from shop.fulfilment.whole_boxes import waits_for_its_box
from shop.gifts.slips import gift_slips
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.forms import PackForm
from shop.web.village.paging import page_number


@village.get("/packing")
@requires(RoleName.COORDINATOR)
def packing() -> str:
    complete_only, number = request.args.get("complete") == "1", page_number()
    orders, more = orders_to_pack(read_session(), reach(), complete_only=complete_only, page=number)
    return page(
        "village/packing.html",
        "packing",
        orders=orders,
        more=more,
        number=number,
        complete_only=complete_only,
    )


@village.get("/packing/<number>")
@requires(RoleName.COORDINATOR)
def order(number: str) -> Any:
    try:
        return _page(number, PackForm(), None)
    except NotFound:
        if not was_here(read_session(), number, reach()):
            raise
    return page("village/order_over.html", "packing", number=number)


@village.post("/packing/<number>/<int:place_id>")
@requires(RoleName.COORDINATOR)
def pack(number: str, place_id: int) -> Any:
    form, by, now = PackForm(), reach(), utc_now()
    order_id = order_at_place(read_session(), number, by).id
    if not form.validate_on_submit():
        return _page(number, form, place_id), 400
    weight_g, partly = form.weight_g.data, form.partly.data
    try:
        code = transact(
            lambda session: pack_parcel(
                session, order_id, place_id, weight_g=weight_g, partly=partly, by=by, now=now
            )
        )
    except Conflict as error:
        show_errors(form, error)
        return _page(number, form, place_id), error.status
    flash(gettext("Packed. Now print the label."), "ok")
    return redirect(url_for("village.parcel", code=code), 303)


def _page(number: str, form: PackForm, place_id: int | None) -> str:
    session, by = read_session(), reach()
    found = order_at_place(session, number, by)
    tasks = order_tasks(session, found.id, by)
    places = {task.place_id: [one for one in tasks if one.place_id == task.place_id] for task in tasks}
    held = waits_for_its_box(session, found.id)
    contents = {
        place: grouped_by_variant(goods for one in _next_parcel(at_place, held) for goods in one.goods)
        for place, at_place in places.items()
    }
    return page(
        "village/order.html",
        "packing",
        order=found,
        places=places,
        contents=contents,
        held=held,
        awaited=parts_awaited(session, found.id, by),
        parcels=parcels_of_order(session, found.id, by),
        form=form,
        pressed_place_id=place_id,
        gift=gift_slips(session, [found.id], now=utc_now()).get(found.id),
    )


def _next_parcel(at_place: Sequence[StandingTask], held: AbstractSet[int]) -> list[StandingTask]:
    """What goes into the parcel that would be packed now; while nothing can be, all that is to be packed here."""
    standing = [one for one in at_place if one.is_standing]
    here = [one for one in standing if one.received_at is not None and one.id not in held]
    return here or standing
