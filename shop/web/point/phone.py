"""What a keeper's phone needs to work without a network, and what it may send later."""

from __future__ import annotations

from typing import Final

from shop.accounts.models import RoleName
from shop.kit.text import msg
from shop.web.phone import PhoneFace
from shop.web.phone_face import Deeds, works_without_network
from shop.web.point.blueprint import point
from shop.web.point.deeds import arriving, calling_back, giving, reporting, taking_back
from shop.web.point.uncollected_deeds import doing, putting_back
from shop.web.point.welfare_deeds import giving_welfare, pile_back, taking_pile, undoing_welfare

FACE: Final = PhoneFace(
    root="/point",
    home="/point",
    offline="/point/offline",
    files=("css/work.css", "js/desk.js", "js/theme.js", "icons-point.svg", "logo.svg"),
    title=msg("Pickup point"),
    ahead=4,
    fresh_s=1800,
)
# Every form of this face that changes something.
DEEDS: Final[Deeds] = {
    "point.give": giving,
    "point.take_back": taking_back,
    "point.call_back": calling_back,
    "point.arrived": arriving,
    "point.send_report": reporting,
    "point.do_uncollected": doing,
    "point.put_uncollected_back": putting_back,
    "point.give_welfare": giving_welfare,
    "point.undo_welfare": undoing_welfare,
    "point.take_welfare_pile": taking_pile,
    "point.undo_welfare_pile": pile_back,
}

works_without_network(point, FACE, RoleName.POINT_KEEPER, DEEDS)
