"""The places of the back office, as its side navigation shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext

from shop.kit.text import msg
from shop.web.admin.blueprint import admin


@dataclass(frozen=True)
class Place:
    key: str
    endpoint: str
    label: str
    icon: str


PLACES: Final = (Place("reports", "admin.reports", msg("Reports"), icon="bar-chart"),)


@admin.context_processor
def navigation() -> dict[str, Any]:
    items = [
        {"key": place.key, "href": url_for(place.endpoint), "label": gettext(place.label), "icon": place.icon}
        for place in PLACES
    ]
    return {"nav_items": items, "face_title": gettext("Shop and finance")}
