"""What canteens' orders refuse."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class NothingOrdered(InvalidInput):
    code = "nothing_ordered"
    default_message = msg("Please say of at least one product how many cases you need.")


class NotOnTheSheet(Conflict):
    """It was taken off the sheet of canteens."""

    code = "not_on_the_sheet"
    default_message = msg(
        "Something of it does not stand on the order sheet any more. Please look at the list again."
    )


class SheetChanged(Conflict):
    """Prices, freight or what was chosen are not what stood beside the button; nothing was ordered."""

    code = "sheet_changed"
    default_message = msg(
        "The total is another one than you saw. Please look at it and order once more; nothing was ordered."
    )


class DayTooSoon(InvalidInput):
    code = "day_too_soon"
    default_message = msg("It cannot be there on this day. The earliest day is %(day)s.")


class NoTruckThatDay(Conflict):
    """No truck that takes orders comes to the point on the day."""

    code = "no_truck_that_day"
    default_message = msg("No truck comes to your pickup point on that day.")


class StandingStopped(Conflict):
    code = "standing_stopped"
    default_message = msg("This standing order was stopped. Please set up another one.")


class DayIsPast(Conflict):
    """It was the day's turn already."""

    code = "day_is_past"
    default_message = msg(
        "This day was dealt with already. What was ordered for it can be changed on the order's page."
    )


class NothingToWeigh(Conflict):
    """Nothing has left yet."""

    code = "nothing_to_weigh"
    default_message = msg("There is nothing to accept yet: the goods have not left.")


class OwnWeighing(Conflict):
    code = "own_weighing"
    default_message = msg(
        "You wrote these weights yourself. Somebody else of your organisation confirms them."
    )


class Reweighed(Conflict):
    """What the second person looked at was written anew meanwhile."""

    code = "reweighed"
    default_message = msg("The weights were written anew meanwhile. Please look at them again.")


class SettledByNow(Conflict):
    """A correction would raise what is paid, and money came or went already."""

    code = "settled_by_now"
    default_message = msg(
        "This would cost more than was settled, and the order is paid already, so nothing can be added to it."
        " Please write to the shop's team."
    )


class MonthOver(Conflict):
    code = "weights_month_over"
    default_message = msg(
        "This would cost more than was settled, and the month in which that was settled is closed in the books."
        " Please write to the shop's team."
    )


class RefundedBefore(Conflict):
    """An amount was refunded, and nothing says of what: what the weights leave cannot be worked out."""

    code = "refunded_before"
    default_message = msg(
        "An amount of this order was refunded already, and nothing says for which goods. What you wrote is kept, and the shop's team settles it."
    )


class WeightNotSettled(Conflict):
    code = "weight_not_settled"
    default_message = msg(
        "Goods of %(orders)s are paid by weight, and the weights are not settled yet. The invoice is issued after that."
    )
