"""Why a day of a standing order brought nothing, and what its people can do: for its page and for the letter."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg

PAUSED: Final = msg("You paused it for this day.")
OTHER: Final = msg("It could not be ordered. Please look at the standing order, or order by hand.")
# By the code of an error, or of why it was left out.
REASONS: Final = {
    "paused": PAUSED,
    "holiday": msg("It is a holiday. If you need something all the same, order it from the sheet."),
    "vacation": msg(
        "It lies in the vacation. If you need something all the same, order it from the sheet, or set up a standing order for vacations as well."
    ),
    "courier_stop": msg("Couriers do not go on this day. Please order from the sheet for another day."),
    "too_late": msg(
        "It was too late to order it when its turn came. Please order from the sheet for another day."
    ),
    "sold_out": msg("There is not enough of it. Take less, or try again when there is more."),
    "would_not_keep": msg("What is there would not stay fresh until then. Take less, or something else."),
    "not_for_sale": msg("Something of it is not for sale any more. Please change the quantities."),
    "not_on_the_sheet": msg(
        "Something of it does not stand on the order sheet any more. Please change the quantities."
    ),
    "nothing_ordered": msg("No quantities are set for this day. Please set some."),
    "no_truck_that_day": msg(
        "No truck comes to your pickup point on that day. Please order for another day from the sheet, or by courier."
    ),
    "run_closed": msg(
        "The truck of that day takes no more orders. Please order for another day from the sheet, or by courier."
    ),
    "run_full": msg("The truck of that day is full. Take less, or order from the sheet by courier."),
    "day_too_soon": msg("A courier needs longer. Set up a standing order that orders more days before."),
    "not_served": msg("No courier goes to this address. Please set up one for another address."),
    "over_terms_limit": msg(
        "It is more than your terms allow. Pay what is open first, or pay this order by transfer."
    ),
    "no_terms": msg(
        "Your organisation has no terms, or who set this up does not buy for it any more. Pay this order by transfer, or set up another one."
    ),
    "nobody_approves": msg(
        "It is above a limit and nobody may approve it. Raise the limit, or name an approver."
    ),
    "needs_approval": msg("It is above a limit of your organisation. Somebody has to approve it."),
}
