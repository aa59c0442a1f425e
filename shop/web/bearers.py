"""Who bears a refund, in words."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg

BEARERS: Final = {
    "reversal": msg("the sale is taken back"),
    "shop": msg("the shop bears it"),
    "household": msg("the household bears it"),
    "village": msg("the village fund bears it"),
    "courier": msg("the courier bears it"),
    "weight": msg("everybody's part follows the weight"),
}
# Each with its part, where several give.
GIVERS: Final = {
    "shop": msg("the shop %(amount)s"),
    "household": msg("the household %(amount)s"),
    "village": msg("the village fund %(amount)s"),
    "courier": msg("the courier %(amount)s"),
}
