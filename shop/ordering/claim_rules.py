"""What may be claimed, and until when. Pure: a page says it before anything is typed, and the claim is judged by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shop.kit.text import msg
from shop.ordering.claim_models import ClaimKind, ClaimRule, ClaimStatus

_GRANTING: Final = (
    ClaimRule.BAD_ON_ARRIVAL,
    ClaimRule.NOT_WHAT_WAS_ORDERED,
    ClaimRule.SEVEN_DAYS,
    ClaimRule.GOODWILL,
)
# Which rules a decision can rest on: nobody is granted something because they told it too late.
FITTING: Final = {
    ClaimStatus.ACCEPTED: _GRANTING,
    ClaimStatus.PARTLY: _GRANTING,
    ClaimStatus.REFUSED: (ClaimRule.EXEMPT, ClaimRule.TOO_LATE, ClaimRule.NOT_SHOWN),
}

# And on what was claimed: broken goods are not sent back at the buyer's cost. Rules that stand nowhere here fit all.
_OF_KINDS: Final = {
    ClaimRule.BAD_ON_ARRIVAL: {ClaimKind.ARRIVED_BAD},
    ClaimRule.NOT_WHAT_WAS_ORDERED: {ClaimKind.MISSING, ClaimKind.WRONG, ClaimKind.NOT_AS_DESCRIBED},
    ClaimRule.SEVEN_DAYS: {ClaimKind.CHANGE_OF_MIND},
    ClaimRule.EXEMPT: {ClaimKind.CHANGE_OF_MIND},
}


def fits_kind(rule: ClaimRule, kind: ClaimKind) -> bool:
    """A claim about the order as a whole may turn out to be any of them."""
    return kind is ClaimKind.OTHER or rule not in _OF_KINDS or kind in _OF_KINDS[rule]


SEVEN_DAYS: Final = timedelta(days=7)
EXEMPT = msg("You confirmed when you ordered that these goods cannot be sent back without a reason.")
NOT_RECEIVED = msg("This is possible once you have received it.")
SEVEN_DAYS_OVER = msg("Seven days after you received it are over.")
FRESH_OVER = msg(
    "For fresh goods this can be told within %(hours)s hours after you received them; that time is over."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be claimed; `hours` is a fact of its sentence."""

    sentence: str
    hours: int | None = None


def why_not(
    kind: ClaimKind, *, exempt: bool, received_at: datetime | None, now: datetime, fresh_hours: int
) -> Refusal | None:
    """None when it may be claimed. What has not been received yet has no end of its time.

    `exempt`: marked goods whose buyer confirmed that they cannot be returned within seven days.
    """
    if kind is ClaimKind.OTHER:
        return None
    if kind is ClaimKind.CHANGE_OF_MIND:
        if exempt:
            return Refusal(EXEMPT)
        if received_at is None:
            return Refusal(NOT_RECEIVED)
    if received_at is None:
        return None
    if kind is ClaimKind.ARRIVED_BAD and exempt:
        is_over = now > received_at + timedelta(hours=fresh_hours)
        return Refusal(FRESH_OVER, fresh_hours) if is_over else None
    return Refusal(SEVEN_DAYS_OVER) if now > received_at + SEVEN_DAYS else None
