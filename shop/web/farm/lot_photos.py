"""Photos of the household's own lots: looked at, added, taken away."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, flash, redirect, request, url_for

from shop.accounts.models import RoleName
from shop.inventory.lot_photos import is_with_product, photo_key, remove_photo
from shop.inventory.producer_lots import own_lot
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.error_pages import translated
from shop.web.farm.blueprint import farm
from shop.web.farm.declaring import keepers
from shop.web.farm.forms import CorrectForm
from shop.web.farm.lots import lot_page
from shop.web.farm.who import page
from shop.web.fields import LONGEST_TOKEN
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.lot_photos import add_sent_photo, show_photo
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id


@farm.get("/lots/<int:lot_id>/photos/<int:photo_id>")
@requires(RoleName.FARMER)
def lot_photo(lot_id: int, photo_id: int) -> Response:
    own_lot(read_session(), lot_id, keepers())
    return show_photo(lot_id, photo_id)


@farm.post("/lots/<int:lot_id>/photos")
@limiter.limit(UPLOADS)
@accepts_uploads
@requires(RoleName.FARMER)
def add_lot_photo(lot_id: int) -> Any:
    shown = own_lot(read_session(), lot_id, keepers())
    try:
        add_sent_photo(lot_id, request.form.get("token", "")[:LONGEST_TOKEN])
    except InvalidInput as error:
        said = "".join(translated(text, error.facts) for text in error.errors.values())
        shown = own_lot(read_session(), lot_id, keepers())
        form = CorrectForm(formdata=None, units=shown.declared, seen=shown.declared)
        return lot_page(shown, form, said), error.status
    flash("照片收到了，一会儿就能看", "ok")
    return redirect(url_for("farm.lot", lot_id=lot_id), 303)


@farm.get("/lots/<int:lot_id>/photos/<int:photo_id>/remove")
@requires(RoleName.FARMER)
def sure_to_remove_photo(lot_id: int, photo_id: int) -> str:
    """Asked once more, on a page of its own that can be loaded again."""
    shown = own_lot(read_session(), lot_id, keepers())
    photo_key(read_session(), lot_id, photo_id)
    return page(
        "farm/lot_photo_off.html",
        lot=shown,
        photo_id=photo_id,
        is_with_product=is_with_product(read_session(), lot_id, photo_id),
        back=url_for("farm.lot", lot_id=lot_id),
    )


@farm.post("/lots/<int:lot_id>/photos/<int:photo_id>/remove")
@requires(RoleName.FARMER)
def remove_lot_photo(lot_id: int, photo_id: int) -> Any:
    own_lot(read_session(), lot_id, keepers())
    step = partial(remove_photo, lot_id=lot_id, photo_id=photo_id, actor_id=current_user_id(), now=utc_now())
    with_files(step)
    flash("照片删掉了", "ok")
    return redirect(url_for("farm.lot", lot_id=lot_id), 303)
