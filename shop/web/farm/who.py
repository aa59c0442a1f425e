"""Whose phone it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.fulfilment.farm_tasks import farm_house
from shop.fulfilment.reach import Reach, farmer
from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
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
        **values,
    )


def press(
    work: Callable[[Session], Any],
    done: str | Callable[[Any], str],
    *,
    back: str = "farm.tasks",
    **where: Any,
) -> Response:
    """Do what a button says and go back with one short sentence, also when it no longer fits.

    `done` is the sentence, or makes it of what the work returned.
    """
    try:
        result = transact(work)
    except (Conflict, InvalidInput) as error:
        _say_no(error)
    else:
        flash(done if isinstance(done, str) else done(result), "ok")
    return redirect(url_for(back, **where), 303)


def _say_no(error: ShopError) -> None:
    flash(error_message(error), "bad")
