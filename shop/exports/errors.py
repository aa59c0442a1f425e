"""What can be wrong with a saved view."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.kit.text import msg


class NameTaken(InvalidInput):
    code = "view_name_taken"
    default_message = msg(
        "You have a view of this report with this name. Choose another name, or open that view and change it."
    )


class NotShareable(NotAllowed):
    code = "view_not_shareable"
    default_message = msg("You may not share views with these people.")


class TooManyViews(Conflict):
    code = "too_many_views"
    default_message = msg("A person can keep 200 views. Please delete one that you do not need.")


class TooManyExports(Conflict):
    code = "too_many_exports"
    default_message = msg(
        "%(most)s of your files are being written already. Please wait for one of them, or call one off."
    )


class TooManySchedules(Conflict):
    code = "too_many_schedules"
    default_message = msg(
        "You have %(most)s planned exports already. Please delete one that you do not need."
    )
