"""What is refused at a shelf."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class ShelfShort(Conflict):
    """Fewer units lie there than were asked for; the counter has not noticed yet, or somebody was faster."""

    code = "shelf_short"
    default_message = msg("Of %(goods)s only %(left)s lie on the shelf. Please count again, or bring more.")


class ShelfClosed(Conflict):
    code = "shelf_closed"
    default_message = msg("Nothing is sold from this shelf any more. Please ask the shop's team.")


class ShelfMoved(Conflict):
    """Something was sold or brought between the page and the press."""

    code = "shelf_moved"
    default_message = msg(
        "Meanwhile something was sold or brought: %(now)s should lie there now. Please count again."
    )


class NothingToTake(InvalidInput):
    code = "shelf_nothing_to_take"
    default_message = msg("So many do not lie there.")


class LoadOver(Conflict):
    code = "shelf_load_over"
    default_message = msg("This load was received or called back already. Please look at the list again.")


class OwnLoad(Conflict):
    code = "shelf_load_own"
    default_message = msg("You loaded it yourself. Somebody else who keeps the point counts what arrived.")
