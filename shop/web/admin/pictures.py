"""Photos of a product. They are judged here, and made ready by the worker."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.editing.products import get_product
from shop.catalogue.picture_files import MOST_BYTES
from shop.catalogue.pictures import (
    MOST_PICTURES,
    Upload,
    add_picture,
    change_picture,
    order_pictures,
    pictures_of,
    remove_picture,
)
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import typed_number
from shop.web.admin.blueprint import admin
from shop.web.admin.products import product_page
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id


@admin.post("/products/<int:product_id>/pictures")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def add_photo(product_id: int) -> ResponseReturnValue:
    get_product(read_session(), product_id)
    photo, actor_id = request.files.get("photo"), current_user_id()
    content = photo.read(MOST_BYTES + 1) if photo else b""
    if not content:
        return _refused_photo(product_id, gettext("Please choose a photo first."))
    upload = Upload(
        product_id,
        content,
        alt_zh=request.form.get("alt_zh", ""),
        alt_en=request.form.get("alt_en", ""),
    )
    try:
        with_files(partial(add_picture, upload=upload, actor_id=actor_id, now=utc_now()))
    except InvalidInput as error:
        return _refused_photo(product_id, refusal(error))
    flash(gettext("The photo is taken in. It is shown as soon as it is ready."), "ok")
    return redirect(_product_page(product_id), 303)


@admin.post("/products/<int:product_id>/pictures/<int:picture_id>")
@requires(RoleName.ADMIN)
def change_photo(product_id: int, picture_id: int) -> ResponseReturnValue:
    typed, actor_id, now = request.form, current_user_id(), utc_now()
    try:
        position = typed_number(typed.get("position", ""))
    except ValueError:
        if picture_id not in {picture.id for picture in pictures_of(read_session(), product_id)}:
            raise NotFound() from None
        wrong = {"id": picture_id, "problem": gettext("Please enter a whole number."), **typed.to_dict()}
        return product_page(product_id, changed_photo=wrong), 400
    return act(
        lambda session: change_picture(
            session,
            product_id,
            picture_id,
            position=position,
            alt_zh=typed.get("alt_zh", ""),
            alt_en=typed.get("alt_en", ""),
            actor_id=actor_id,
            now=now,
        ),
        done=gettext("Saved."),
        back=_product_page(product_id),
    )


@admin.post("/products/<int:product_id>/pictures/order")
@requires(RoleName.ADMIN)
def order_photos(product_id: int) -> Response:
    """The whole order is sent, so that pressing twice does it once."""
    sent = request.form.get("order", "").split(",")[:MOST_PICTURES]
    ids = [int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < 16]
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: order_pictures(session, product_id, ids, actor_id=actor_id, now=now),
        done=gettext("Saved."),
        back=_product_page(product_id),
    )


@admin.post("/products/<int:product_id>/pictures/<int:picture_id>/remove")
@requires(RoleName.ADMIN)
def remove_photo(product_id: int, picture_id: int) -> Response:
    if picture_id not in {picture.id for picture in pictures_of(read_session(), product_id)}:
        raise NotFound()
    with_files(partial(remove_picture, picture_id=picture_id, actor_id=current_user_id(), now=utc_now()))
    flash(gettext("The photo is removed."), "ok")
    return redirect(_product_page(product_id), 303)


def _refused_photo(product_id: int, problem: str) -> ResponseReturnValue:
    """The product's page again: a browser forgets the file, the words that were typed for it stay."""
    new_photo = {"problem": problem, **request.form.to_dict()}
    return product_page(product_id, new_photo=new_photo), 400


def _product_page(product_id: int) -> str:
    return f"{url_for('admin.products_one', record_id=product_id)}#photos"
