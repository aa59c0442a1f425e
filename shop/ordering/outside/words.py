"""What the kinds of sources and the ways of paying there are called."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.ordering.outside.models import PaidHow, SourceKind

SOURCE_KINDS: Final = {
    SourceKind.CHAT_GROUP: msg("Chat group"),
    SourceKind.FAIR: msg("Campus fair"),
    SourceKind.SHELF: msg("Shelf at a pickup point"),
    SourceKind.PLATFORM: msg("Another platform"),
}
PAID: Final = {
    PaidHow.CASH: msg("Cash to who collects"),
    PaidHow.TRANSFER: msg("Transfer to who collects"),
    PaidHow.CARD: msg("Campus card at a terminal"),
    PaidHow.PLATFORM: msg("Through the platform"),
    PaidHow.NOT_YET: msg("Not paid yet"),
}
# Its buyer paid in the shop after all, as for any order.
IN_THE_SHOP: Final = msg("In the shop")
