"""Photos that producers took of their lots: looked at, and shown with the product where one is good."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from shop.accounts.models import RoleName
from shop.inventory.lot_list import read_lot
from shop.inventory.lot_photos import pick_for_product, remove_photo
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.database import read_session
from shop.web.error_pages import error_message, translated
from shop.web.guards import requires
from shop.web.lot_photos import show_photo
from shop.web.outside_world import with_files
from shop.web.viewer import current_user_id


@admin.get("/lots/<int:lot_id>/photos/<int:photo_id>")
@requires(RoleName.ADMIN)
def lot_photo(lot_id: int, photo_id: int) -> Response:
    return show_photo(lot_id, photo_id)


@admin.post("/lots/<int:lot_id>/photos/<int:photo_id>/pick")
@requires(RoleName.ADMIN)
def pick_lot_photo(lot_id: int, photo_id: int) -> BaseResponse:
    now, actor_id = utc_now(), current_user_id()
    try:
        with_files(partial(pick_for_product, lot_id=lot_id, photo_id=photo_id, actor_id=actor_id, now=now))
    except InvalidInput as error:
        said = [translated(text, error.facts) for text in error.errors.values()]
        flash(" ".join(said) or error_message(error), "bad")
    else:
        flash(gettext("It is a photo of the product now, and is shown in a minute."), "ok")
    return redirect(url_for("admin.lot", lot_id=lot_id), 303)


@admin.post("/lots/<int:lot_id>/photos/<int:photo_id>/remove")
@requires(RoleName.ADMIN)
def remove_lot_photo(lot_id: int, photo_id: int) -> BaseResponse:
    read_lot(read_session(), lot_id)
    now, actor_id = utc_now(), current_user_id()
    with_files(partial(remove_photo, lot_id=lot_id, photo_id=photo_id, actor_id=actor_id, now=now))
    flash(gettext("The photo is deleted."), "ok")
    return redirect(url_for("admin.lot", lot_id=lot_id), 303)
