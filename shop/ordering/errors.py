"""What ordering refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg


class EmptyBasket(Conflict):
    code = "empty_basket"
    default_message = msg("Your basket is empty.")


class BadQuantity(InvalidInput):
    """Not a whole number from 1 to the most that can be bought at once."""

    code = "bad_quantity"
    default_message = msg("Please enter a whole number from 1 to %(most)s.")


class NotForSale(Conflict):
    """The variant is not sold, or not any more."""

    code = "not_for_sale"
    default_message = msg("%(sku)s is not for sale any more. Please take it out of your basket.")


class TooFewLeft(InvalidInput):
    """More was asked for than there is."""

    code = "too_few_left"
    default_message = msg("Only %(left)s left. Please take fewer.")


class NoneLeft(TooFewLeft):
    default_message = msg("It is sold out for now.")


class HarvestChanged(Conflict):
    """What the form showed as there is to be harvested yet, or later than it showed; nothing was ordered."""

    code = "harvest_changed"
    default_message = msg(
        "Some of it has to be harvested first, or later than was shown. The days are shown again: please look at them"
        " and order once more."
    )


class SoldOut(Conflict):
    """Nothing is left of one line of the order; the buyer is told which."""

    code = "sold_out"
    default_message = msg("%(sku)s: only %(left)s left, you asked for %(wanted)s. Nothing was ordered.")


class WouldNotKeep(InvalidInput):
    """Some goods would spoil on the way, or too soon after it; `names` says which."""

    code = "would_not_keep"
    default_message = msg("There is not enough of %(names)s that stays fresh until it arrives.")


class LimitReached(InvalidInput):
    """One buyer may have so many in 30 days."""

    code = "limit_reached"
    default_message = msg("At most %(limit)s for each buyer in 30 days.")


class TooManyUnpaid(Conflict):
    """The buyer's orders that wait for their money hold enough goods already."""

    code = "too_many_unpaid"
    default_message = msg("%(most)s orders wait for their payment. Please pay or cancel one of them first.")


class BasketFull(InvalidInput):
    code = "basket_full"
    default_message = msg("A basket holds at most %(most)s different goods.")


class PriceChanged(Conflict):
    """A price, the goods or the freight are not what the buyer saw. Nothing was ordered."""

    code = "price_changed"
    default_message = msg(
        "The total is another one than you saw: a price has changed, or your basket. Please check it; nothing was ordered."
    )


class TermsNotConfirmed(InvalidInput):
    """Goods that cannot be sent back within seven days need the buyer's word for each line."""

    code = "terms_not_confirmed"
    default_message = msg("Please confirm that these goods cannot be returned without a reason.")


class PassOver(NotFound):
    """The link with which a colleague collects: ended, used, too old, or none of ours. All look the same."""

    code = "pass_over"
    default_message = msg("This link does not work any more.")
