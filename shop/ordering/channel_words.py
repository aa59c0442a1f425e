"""What the ways of selling are called."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.ordering.models import Channel

CHANNELS: Final = {
    Channel.SHOP: msg("Shop"),
    Channel.CAMPAIGN: msg("Welfare campaign"),
    Channel.GIFT: msg("Gift order"),
    Channel.QUOTATION: msg("Quotation"),
    Channel.CANTEEN: msg("Canteen order"),
    Channel.OUTSIDE: msg("From elsewhere"),
    Channel.COUNTER: msg("Over the counter"),
}
