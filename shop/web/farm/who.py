"""Whose phone it is."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from shop.fulfilment.farm_tasks import farm_house
from shop.fulfilment.reach import Reach, farmer
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.web.database import read_session, transact
from shop.web.deeds import Deed, Press
from shop.web.error_pages import error_message
from shop.web.phone_actions import person_name
from shop.web.viewer import current_user_id, current_viewer


def reach() -> Reach:
    return farmer(current_user_id(), current_viewer().producer_ids)


def page(template: str, **values: Any) -> str:
    """A screen with the household's name in its head."""
    house = farm_house(read_session(), reach())
    return render_template(
        template,
        household_name=house.name_zh if house else "",
        village_name=house.village_zh if house else "",
        call=house.place_phone if house else "",
        phone_person=person_name(current_user_id()),
        **values,
    )


def pressed() -> Press:
    """The form that was just sent."""
    now = utc_now()
    return Press(request.form, now, shanghai_date(now))


def press(deed: Deed) -> Response:
    """Do what a button says and go back with one short sentence, also when it no longer fits."""
    try:
        result = transact(deed.work)
    except (Conflict, InvalidInput) as error:
        _say_no(error)
    else:
        flash(deed.said_of(result), "ok")
    return redirect(deed.page_after(), 303)


def _say_no(error: ShopError) -> None:
    flash(error_message(error), "bad")
