"""What every screen of the village's desk shares: who works there, the navigation, how a button answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.conversations.letters import letters_counted
from shop.conversations.village_questions import questions_counted
from shop.fulfilment.reach import Reach, coordinator
from shop.fulfilment.take_outs import to_take_out
from shop.fulfilment.to_decide import ToDecide, count_to_decide
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.phone_actions import person_name
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village

ICONS = (
    "boxes",
    "kanban",
    "box-seam",
    "upc-scan",
    "truck",
    "bell",
    "box-arrow-in-down",
    "basket",
    "people",
    "envelope-heart",
    "bar-chart",
)
KEPT_PLACES = 4  # what is done in the barn and beside the truck, not at the desk
Place = tuple[str, str, str, str]  # key, endpoint, label, icon
_PLACES: tuple[Place, ...] = (
    ("board", "village.board", msg("Board"), "kanban"),
    ("packing", "village.packing", msg("To pack"), "box-seam"),
    ("parcels", "village.parcels", msg("Parcels"), "upc-scan"),
    ("runs", "village.runs", msg("Trucks"), "truck"),
    ("work", "village.work", msg("To decide"), "bell"),
    ("letters", "village.letters", msg("Questions and thanks"), "envelope-heart"),
    ("intake", "village.intake", msg("Intake"), "box-arrow-in-down"),
    ("lots", "village.lots", msg("Lots"), "basket"),
    ("households", "village.households", msg("Households"), "people"),
    ("figures", "village.work_in_figures", msg("Figures"), "bar-chart"),
)


# Between what is done beside the truck and what is decided, for those who work at the hub.
_HUB = ("hub", "village.hub", msg("County hub"), "boxes")


def reach() -> Reach:
    """What the coordinator answers for, read once a request."""
    if "village_reach" not in g:
        viewer = current_viewer()
        g.village_reach = coordinator(
            read_session(), current_user_id(), viewer.village_ids, viewer.packing_place_ids
        )
    by: Reach = g.village_reach
    return by


def to_decide() -> ToDecide:
    """What waits for the coordinator, counted once a request."""
    if "village_to_decide" not in g:
        own = reach().village_ids
        letters = (questions_counted(own), letters_counted(own))
        g.village_to_decide = count_to_decide(read_session(), reach(), now=utc_now(), letters=letters)
    waiting: ToDecide = g.village_to_decide
    return waiting


def page(template: str, place: str, **values: Any) -> str:
    """A screen of the desk; `place` is the entry of the navigation that is current."""
    work, letters = to_decide().total, to_decide().letters
    return render_template(
        template,
        **_frame(work, letters, _places()),
        page=place,
        work_count=work,
        now=utc_now(),
        take_outs=to_take_out(read_session(), reach()) if to_decide().boxes else (),
        phone_person=person_name(current_user_id()),
        keep_pages=[url_for(endpoint) for _, endpoint, _, _ in _PLACES[:KEPT_PLACES]],
        **values,
    )


def works_at_hub() -> bool:
    return bool(reach().hub_ids)


def _places() -> Sequence[Place]:
    return (*_PLACES[:KEPT_PLACES], _HUB, *_PLACES[KEPT_PLACES:]) if works_at_hub() else _PLACES


@village.context_processor
def _frame(work_count: int = 0, letters: int = 0, places: Sequence[Place] = _PLACES) -> dict[str, Any]:
    """The navigation, also for a page about an error, which counts nothing."""
    counts = {"work": work_count, "letters": letters}
    items = [
        {
            "key": key,
            "href": url_for(endpoint),
            "label": gettext(label),
            "icon": icon,
            "count": counts.get(key, 0),
        }
        for key, endpoint, label, icon in places
    ]
    return {"nav_items": items, "face_title": gettext("Village coordinator")}


def press(work: Callable[[Session], Any], done: str | Callable[[Any], str], back: str) -> Response:
    """Do what a button says and go back with one sentence, also when it no longer fits.

    `done` is the sentence, or makes it of what the work returned.
    """
    try:
        result = transact(work)
    except (Conflict, InvalidInput) as error:
        flash(error_message(error), "bad")
    else:
        flash(done if isinstance(done, str) else done(result), "ok")
    return redirect(back, 303)
