"""Why something cannot be put aside or waited for."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class WishlistFull(Conflict):
    code = "wishlist_full"
    default_message = msg("Your wishlist is full: at most %(most)s products. Please remove one first.")


class CanBeBought(Conflict):
    code = "can_be_bought"
    default_message = msg("It can be bought now, so there is nothing to wait for.")


class TooManyWaits(Conflict):
    code = "too_many_waits"
    default_message = msg("You wait for %(most)s packs already. Please take one off your list first.")
