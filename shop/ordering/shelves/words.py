"""What is said of goods that come to a shelf and leave it."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.ordering.outside.models import PaidHow
from shop.ordering.shelves.models import MoveKind

MOVES: Final = {
    MoveKind.BROUGHT: msg("Brought from the village"),
    MoveKind.SOLD: msg("Sold"),
    MoveKind.RETURNED: msg("Sale undone"),
    MoveKind.TAKEN_BACK: msg("Taken back to the village"),
    MoveKind.MISSING: msg("Missing when counted"),
    MoveKind.FOUND: msg("Found again when counted"),
}
# How people pay over the counter.
COUNTER_PAID: Final = {
    PaidHow.CASH: msg("Cash"),
    PaidHow.TRANSFER: msg("Transfer by the shop's QR code"),
    PaidHow.CARD: msg("Campus card"),
}
