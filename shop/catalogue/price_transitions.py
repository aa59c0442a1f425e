"""What may become of a price for a time."""

from __future__ import annotations

from typing import Final

from shop.catalogue.models import PriceState
from shop.kit.transitions import Transitions

PRICE_STATES: Final = Transitions(
    {
        PriceState.PROPOSED: {
            PriceState.APPROVED,  # another person agreed
            PriceState.DECLINED,  # another person said no, and why
        },
        PriceState.APPROVED: {
            PriceState.RUNNING,  # its time has come
            PriceState.CALLED_OFF,  # somebody ended it before, or the pack cost as little by then
        },
        PriceState.RUNNING: {
            PriceState.ENDED,  # its time is over
            PriceState.CALLED_OFF,  # somebody ended it early
        },
        PriceState.DECLINED: set(),
        PriceState.ENDED: set(),
        PriceState.CALLED_OFF: set(),
    }
)
