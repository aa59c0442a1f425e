"""Why a review cannot be written, changed or decided about."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class NotYetReceived(Conflict):
    code = "not_yet_received"
    default_message = msg("Goods can be reviewed once you have received everything of the order.")


class TooLateToReview(Conflict):
    code = "too_late_to_review"
    default_message = msg("The time in which these goods could be reviewed is over.")


class ReviewSettled(Conflict):
    code = "review_settled"
    default_message = msg(
        "This review cannot be changed any more: the shop has answered it, or it is too old. It can be withdrawn."
    )


class OwnReview(Conflict):
    code = "own_review"
    default_message = msg("This review is your own: somebody else of the team has to look at it.")


class PhotosComing(Conflict):
    code = "photos_coming"
    default_message = msg(
        "Its photos are being made ready, and nobody has seen them yet. Please look again in a minute."
    )


class ReviewMovedOn(Conflict):
    code = "review_moved_on"
    default_message = msg("This review has changed meanwhile. Please look at it again.")
