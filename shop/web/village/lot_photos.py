"""Photos of lots of own villages: looked at, added for a household, taken away."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.inventory.lot_photos import remove_photo
from shop.inventory.producer_lots import own_lot
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.error_pages import translated
from shop.web.fields import LONGEST_TOKEN
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.lot_photos import add_sent_photo, show_photo
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id
from shop.web.village.blueprint import village
from shop.web.village.declaring import own_keepers
from shop.web.village.lots import lot_page


@village.get("/lots/<int:lot_id>/photos/<int:photo_id>")
@requires(RoleName.COORDINATOR)
def lot_photo(lot_id: int, photo_id: int) -> Response:
    own_lot(read_session(), lot_id, own_keepers())
    return show_photo(lot_id, photo_id)


@village.post("/lots/<int:lot_id>/photos")
@limiter.limit(UPLOADS)
@accepts_uploads
@requires(RoleName.COORDINATOR)
def add_lot_photo(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, own_keepers())
    try:
        add_sent_photo(lot_id, request.form.get("token", "")[:LONGEST_TOKEN])
    except InvalidInput as error:
        said = " ".join(translated(text, error.facts) for text in error.errors.values())
        return lot_page(lot_id, photo_said=said), error.status
    flash(gettext("The photo is here. It can be seen in a minute."), "ok")
    return redirect(url_for("village.lot", lot_id=lot_id), 303)


@village.post("/lots/<int:lot_id>/photos/<int:photo_id>/remove")
@requires(RoleName.COORDINATOR)
def remove_lot_photo(lot_id: int, photo_id: int) -> Any:
    own_lot(read_session(), lot_id, own_keepers())
    now, actor_id = utc_now(), current_user_id()
    with_files(partial(remove_photo, lot_id=lot_id, photo_id=photo_id, actor_id=actor_id, now=now))
    flash(gettext("The photo is deleted."), "ok")
    return redirect(url_for("village.lot", lot_id=lot_id), 303)
