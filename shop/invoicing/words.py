"""What a few codes of invoicing say to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shop.invoicing.models import RedLetterCause
from shop.invoicing.requests import NOT_WANTED, NOTHING_LEFT
from shop.kit.text import msg

CAUSES: Final[Mapping[RedLetterCause, str]] = {
    RedLetterCause.REFUND: msg("Money went back"),
    RedLetterCause.MISTAKE: msg("It says something wrong"),
    RedLetterCause.RETURN: msg("Goods came back"),
}
REASONS: Final[Mapping[str, str]] = {
    NOTHING_LEFT: msg("Everything was refunded: there is nothing left to bill."),
    NOT_WANTED: msg("The buyer wants no invoice any more."),
}
