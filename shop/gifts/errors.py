"""What gifts refuse."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class GiftIsOrdered(Conflict):
    code = "gift_is_ordered"
    default_message = msg(
        "Part of this gift is ordered already: what is in it and its card cannot change any more."
    )


class GiftIsBusy(Conflict):
    code = "gift_is_busy"
    default_message = msg("The orders of this gift are being placed. Please wait a moment.")


class GiftWaits(Conflict):
    code = "gift_waits"
    default_message = msg("This gift waits for approval. Withdraw the request first, then it can be changed.")


class NobodyToSendTo(Conflict):
    code = "gift_without_recipients"
    default_message = msg("Nobody on the list can be sent to yet.")


class NothingInIt(InvalidInput):
    code = "gift_is_empty"
    default_message = msg("Please choose first what is in the gift.")


class TotalChanged(Conflict):
    """The list, a price or the freight is not what the buyer saw. Nothing was ordered."""

    code = "gift_total_changed"
    default_message = msg(
        "The total is another one than you saw. Please look at it again; nothing was ordered."
    )


class NotEnoughGoods(Conflict):
    code = "gift_not_enough"
    default_message = msg(
        "%(name)s: there is enough for %(left)s recipients only. Please leave some out, or take less."
    )


class TooManyRecipients(InvalidInput):
    code = "too_many_recipients"
    default_message = msg("A gift has at most %(most)s recipients.")


class PackagingIsGone(InvalidInput):
    code = "packaging_is_gone"
    default_message = msg("This packaging is not offered any more. Please choose another one.")
