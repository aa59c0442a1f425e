"""What changing a paid order refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class NotToBeChanged(Conflict):
    code = "not_to_be_changed"
    default_message = msg("This order cannot be changed: it is not paid, on its way, or over.")


class ChangedElsewhere(Conflict):
    """It belongs to something whose own page changes it."""

    code = "changed_elsewhere"
    default_message = msg(
        "Only what was ordered in the shop itself is changed here. Gifts, welfare, canteens and quotations have pages of their own."
    )


class AlreadyPacked(Conflict):
    code = "already_packed"
    default_message = msg("Something of this order is packed already, so this cannot be changed any more.")


class NothingNew(Conflict):
    code = "nothing_new"
    default_message = msg("That is what the order says already. Nothing was changed.")


class HarvestAwaited(Conflict):
    code = "harvest_awaited"
    default_message = msg(
        "A part of this order is still to be harvested: it keeps its truck, or its courier. The point on the way or the address can be changed."
    )


class WouldSpoil(Conflict):
    code = "would_spoil"
    default_message = msg("Its goods would not be good any more when they come there.")


class DearerFreight(Conflict):
    """Facts: `amount`, by how much, as words."""

    code = "dearer_freight"
    default_message = msg(
        "Freight there costs %(amount)s more than was paid. Please write to the shop; it sees what can be done."
    )


class ReasonForWaiving(Conflict):
    code = "reason_for_waiving"
    default_message = msg("Freight there costs %(amount)s more. Please say why the shop does not ask for it.")


class OtherDifference(Conflict):
    """The order, its freight or its units moved since the difference was shown."""

    code = "other_difference"
    default_message = msg("The difference is another one by now. Please look at it again before you go on.")
