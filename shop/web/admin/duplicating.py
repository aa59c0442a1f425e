"""A product made after another: asked for under a new short name, opened as a draft."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.catalogue.duplicating import duplicate, free_slug
from shop.catalogue.editing.products import get_product
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import tidy
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.admin.words import named
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.outside_world import with_files
from shop.web.viewer import current_user_id


@admin.get("/products/<int:product_id>/duplicate")
@requires(RoleName.ADMIN)
def ask_to_duplicate(product_id: int) -> str:
    session = read_session()
    return _page(product_id, free_slug(session, get_product(session, product_id)))


@admin.post("/products/<int:product_id>/duplicate")
@requires(RoleName.ADMIN)
def duplicate_product(product_id: int) -> Any:
    slug, actor_id, now = tidy(request.form.get("slug", ""))[:80], current_user_id(), utc_now()
    work = partial(duplicate, product_id=product_id, slug=slug, actor_id=actor_id, now=now)
    try:
        made, is_new = with_files(work)
    except InvalidInput as error:
        return _page(product_id, slug, refusal(error)), 400
    if is_new:
        flash(
            gettext("Here is the new draft. Give it its own words, and lots, before it is published."), "ok"
        )
    else:
        flash(gettext("It was made before. Here it is."), "info")
    return redirect(url_for("admin.products_one", record_id=made), 303)


def _page(product_id: int, slug: str, refused: str = "") -> str:
    product = get_product(read_session(), product_id)
    return desk_page(
        "admin/duplicate.html", "products", product=product, title=named(product), slug=slug, refused=refused
    )
