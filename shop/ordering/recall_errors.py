"""What the recall of a lot refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class NotRecalled(Conflict):
    code = "not_recalled"
    default_message = msg("This lot is not recalled any more.")


class NothingProposed(Conflict):
    code = "nothing_proposed"
    default_message = msg("Nobody proposes to recall this lot any more.")


class SecondPersonLifts(Conflict):
    code = "second_person_lifts"
    default_message = msg(
        "You recalled this lot yourself. Another person of the team has to find that it is good after all."
    )
