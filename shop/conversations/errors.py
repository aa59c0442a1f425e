"""What conversations and letters refuse."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class AlreadyRated(Conflict):
    code = "already_rated"
    default_message = msg("You have told us already. Thank you.")


class NotClosed(Conflict):
    code = "not_closed"
    default_message = msg("Somebody wrote meanwhile: this conversation is open again.")


class AlreadyAnswered(Conflict):
    code = "already_answered"
    default_message = msg("Somebody answered this meanwhile.")


class AlreadyThanked(Conflict):
    code = "already_thanked"
    default_message = msg("You have thanked the households of this order already.")


class NoHouseholds(Conflict):
    code = "no_households"
    default_message = msg("Thanks can be sent once the order is completed.")


class BuyerWrote(Conflict):
    """The team pressed on a page that did not show it."""

    code = "buyer_wrote"
    default_message = msg("The buyer has written meanwhile. It stays open: please read that first.")


class NobodyToHandTo(Conflict):
    code = "nobody_to_hand_to"
    default_message = msg("Please choose somebody of the team.")
