"""What a transfer for many orders refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class JointIsLookedAt(Conflict):
    code = "joint_is_looked_at"
    default_message = msg(
        "Finance is looking at the transfer of this gift at this moment. Please try again when it is confirmed."
    )


class JointIsOver(Conflict):
    """Somebody was faster: its money was said to have come, or that was taken back."""

    code = "joint_is_over"
    default_message = msg("This transfer has changed meanwhile. Please look again.")


class JointStandsAlone(InvalidInput):
    code = "joint_stands_alone"
    default_message = msg("A transfer for a whole gift is confirmed alone. Tick other orders afterwards.")


class TooManyUnpaidGifts(Conflict):
    code = "too_many_unpaid_gifts"
    default_message = msg(
        "%(most)s gifts of your organisation wait for their transfer. Please pay one of them first; nothing was ordered."
    )
