"""Looking a pickup code up: whose parcels it is for, and whose welfare."""

from __future__ import annotations

from collections.abc import Sequence

from shop.campaigns.day.errors import UnknownMemberCode
from shop.campaigns.day.handing import members_with_code
from shop.fulfilment.handover import Pickup, find_pickups
from shop.fulfilment.point_errors import NotLeftYet, UnknownPickupCode
from shop.web.counted_codes import counted_try
from shop.web.database import read_session
from shop.web.point.counter import reach, welfare_hand


def look_up(typed_code: str) -> list[Pickup]:
    """Who has parcels for this code: nobody, where it is that of a campaign's member alone. A wrong one is counted.

    Raises UnknownPickupCode, NotLeftYet, and TooManyAttempts after too many wrong ones.
    """
    return counted_try(lambda: _look(typed_code), UnknownPickupCode, but=(NotLeftYet,))


def welfare_members(typed_code: str) -> Sequence[int]:
    """Of campaigns that hand out at own points; nobody for a code that is none of theirs."""
    try:
        return members_with_code(read_session(), typed_code, by=welfare_hand())
    except UnknownMemberCode:
        return ()


def _look(typed_code: str) -> list[Pickup]:
    try:
        return find_pickups(read_session(), typed_code, by=reach())
    except UnknownPickupCode:
        if welfare_members(typed_code):
            return []
        raise
