"""What the farmer's phone needs to work without a network, and what it may send later."""

from __future__ import annotations

from typing import Final

from shop.accounts.models import RoleName
from shop.web.farm.blueprint import farm
from shop.web.farm.forecast_deeds import expecting_later, harvesting, putting_off
from shop.web.farm.lot_deeds import correcting, declaring_later, reopening, withdrawing
from shop.web.farm.task_deeds import (
    accepting,
    accepting_gift,
    declining,
    falling_short,
    readying,
    readying_gift,
    undoing,
    undoing_gift,
)
from shop.web.lot_photos import take_phone_photo
from shop.web.phone import PhoneFace
from shop.web.phone_face import Deeds, works_without_network

FACE: Final = PhoneFace(
    root="/farm",
    home="/farm/tasks",
    offline="/farm/offline",
    files=("css/farm.css", "js/farm.js", "css/pages/lot.css", "icons-farm.svg", "logo.svg"),
)
# Every form of this face that changes something, but for signing out.
DEEDS: Final[Deeds] = {
    "farm.accept_task": accepting,
    "farm.ready_task": readying,
    "farm.undo_task": undoing,
    "farm.accept_gift": accepting_gift,
    "farm.ready_gift": readying_gift,
    "farm.undo_gift": undoing_gift,
    "farm.decline_task": declining,
    "farm.short_task": falling_short,
    "farm.declare": declaring_later,
    "farm.declare_expected": expecting_later,
    "farm.harvest": harvesting,
    "farm.put_off": putting_off,
    "farm.correct": correcting,
    "farm.withdraw": withdrawing,
    "farm.reopen": reopening,
}

works_without_network(farm, FACE, RoleName.FARMER, DEEDS, take_phone_photo)
