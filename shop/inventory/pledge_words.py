"""On what a pledge can rest, and what it says: as the rules on 承诺达标合格证 of 2021 name them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shop.kit.text import msg


class PledgeBasis(StrEnum):
    COMMISSIONED_TEST = "commissioned_test"
    OWN_TEST = "own_test"
    OWN_CONTROL = "own_control"
    PROMISE = "promise"


BASIS_WORDS: Final = {
    PledgeBasis.COMMISSIONED_TEST: msg("Tested by a laboratory on our order"),
    PledgeBasis.OWN_TEST: msg("Tested by ourselves"),
    PledgeBasis.OWN_CONTROL: msg("Made under our own quality control"),
    PledgeBasis.PROMISE: msg("On our own word"),
}
PROMISES: Final = (
    msg("No forbidden or withdrawn pesticide or animal medicine and nothing unlawful was used on it."),
    msg("What is left of permitted pesticides and animal medicines is within the limits."),
    msg("We answer for the truth of this pledge."),
)
