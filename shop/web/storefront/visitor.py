"""What public pages are told of their visitor, by a small script and never in their own bytes."""

from __future__ import annotations

from typing import Final

from flask import Response, jsonify
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.kit.text import msg
from shop.ordering.basket import basket_count
from shop.web.database import read_session
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.owner import basket_owner
from shop.web.viewer import current_viewer

_WORK: Final = (
    (RoleName.FARMER, "/farm", msg("Farm tasks")),
    (RoleName.COORDINATOR, "/village", msg("Village board")),
    (RoleName.POINT_KEEPER, "/point", msg("Pickup point")),
    (RoleName.ADMIN, "/admin", msg("Back office")),
)


@storefront.get("/session/summary")
def session_summary() -> Response:
    """How much lies in the basket, and who is signed in."""
    viewer, owner = current_viewer(), basket_owner()
    has_basket = owner.user_id is not None or owner.token_hash is not None
    response = jsonify(
        basket_count=basket_count(read_session(), owner) if has_basket else 0,
        signed_in=viewer.is_authenticated,
        name=viewer.name,
        role_links=[
            {"href": href, "label": gettext(label)} for role, href, label in _WORK if role in viewer.roles
        ],
    )
    response.headers["Cache-Control"] = "no-store"
    return response
