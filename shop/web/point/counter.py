"""What every screen of the counter shares: whose points they are, and the navigation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext

from shop.campaigns.day.hands import Hand, keepers_hand
from shop.fulfilment.point_list import points, uncollected_before
from shop.fulfilment.reach import Reach, keeper
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.web.database import read_session
from shop.web.phone_actions import person_name
from shop.web.point.blueprint import point
from shop.web.shop_settings import current_shop_settings
from shop.web.viewer import current_user_id, current_viewer

ICONS = ("shop", "truck", "hourglass-split", "basket", "gift")
_PLACES = (
    ("here", "point.here", msg("Here"), "shop"),
    ("expected", "point.expected", msg("On the way"), "truck"),
    ("uncollected", "point.uncollected", msg("Not collected"), "hourglass-split"),
    ("shelf", "point.own_shelves", msg("Shelf"), "basket"),
    ("welfare", "point.welfare", msg("Welfare"), "gift"),
)
# Nothing is sold without a network, and the lists of a campaign are kept once they were seen.
_KEPT_AHEAD = ("here", "expected", "uncollected")


def reach() -> Reach:
    return keeper(current_user_id(), current_viewer().pickup_point_ids)


def welfare_hand() -> Hand:
    return keepers_hand(current_user_id(), current_viewer().pickup_point_ids)


def long_ago(now: datetime) -> datetime:
    """A parcel that came before this stands on the uncollected list: its buyer is written to by then."""
    return uncollected_before(now, current_shop_settings().remind_uncollected_after_days)


def page(template: str, place: str, **values: Any) -> str:
    now = utc_now()
    own = points(read_session(), reach(), long_ago=long_ago(now))
    counts = {
        "here": sum(one.here for one in own),
        "expected": sum(one.expected for one in own),
        "uncollected": sum(one.uncollected for one in own),
    }
    return render_template(
        template,
        **_frame(counts),
        page=place,
        points=own,
        now=now,
        phone_person=person_name(current_user_id()),
        keep_pages=[url_for(endpoint) for key, endpoint, _, _ in _PLACES if key in _KEPT_AHEAD],
        **values,
    )


@point.context_processor
def _frame(counts: Mapping[str, int] = MappingProxyType({})) -> dict[str, Any]:
    """The navigation, also for a page about an error, which counts nothing."""
    items = [
        {
            "key": key,
            "href": url_for(endpoint),
            "label": gettext(label),
            "icon": icon,
            "count": counts.get(key, 0),
        }
        for key, endpoint, label, icon in _PLACES
    ]
    return {"nav_items": items, "face_title": gettext("Pickup point")}
