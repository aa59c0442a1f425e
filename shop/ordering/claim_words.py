"""Claims in words, for their buyers and for the team."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.ordering.claim_models import ClaimKind, ClaimRule

KINDS: Final = {
    ClaimKind.ARRIVED_BAD: msg("Broken or not fresh"),
    ClaimKind.MISSING: msg("Missing"),
    ClaimKind.WRONG: msg("Something else came"),
    ClaimKind.NOT_AS_DESCRIBED: msg("Not as described"),
    ClaimKind.CHANGE_OF_MIND: msg("I do not want it any more"),
    ClaimKind.OTHER: msg("About the order as a whole"),
}
# In short, and what the buyer reads with the decision.
RULES: Final = {
    ClaimRule.BAD_ON_ARRIVAL: (
        msg("Bad on arrival"),
        msg(
            "Goods that arrive broken or spoilt, and are told of in time, are made good. Nothing is sent back."
        ),
    ),
    ClaimRule.NOT_WHAT_WAS_ORDERED: (
        msg("Not what was ordered"),
        msg("What is missing, wrong or not as described is made good. Nothing is sent back."),
    ),
    ClaimRule.SEVEN_DAYS: (
        msg("Seven days"),
        msg(
            "Goods that are not exempt can be sent back within seven days without a reason; the buyer pays the way back."
        ),
    ),
    ClaimRule.EXEMPT: (
        msg("Exempt from return"),
        msg("Fresh goods were marked as exempt from return, and you confirmed it when you ordered."),
    ),
    ClaimRule.TOO_LATE: (msg("Told too late"), msg("The time in which this can be told was over.")),
    ClaimRule.NOT_SHOWN: (msg("Not shown"), msg("The photos and our records do not show it.")),
    ClaimRule.GOODWILL: (msg("Goodwill"), msg("No rule demands it; the shop does it all the same.")),
}
