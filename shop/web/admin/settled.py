"""What became of receipts that were confirmed together; what is left is named, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.payments.statements.models import LineStatus
from shop.payments.statements.receipt_list import LeftReceipt, left_receipts, numbers_of
from shop.web.filters import yuan
from shop.web.reasons import reason_word

MOST_NAMED: Final = 5  # in one sentence; the rest is counted


@dataclass(frozen=True, slots=True)
class Left:
    """Receipts that did not pay these payments. `why` is empty where they had become another thing before."""

    line_ids: tuple[int, ...]
    payment_ids: tuple[int, ...]
    why: str = ""


@dataclass(slots=True)
class Settled:
    """How payments stand now, counted by status, and what is left."""

    outcomes: Counter[str] = field(default_factory=Counter)
    joints: Counter[str] = field(default_factory=Counter)  # transfers for many orders, by state
    left: list[Left] = field(default_factory=list)

    def __iadd__(self, other: Settled) -> Self:
        self.outcomes += other.outcomes
        self.joints += other.joints
        self.left += other.left
        return self


def left_in_words(session: Session, left: Sequence[Left]) -> str:
    """Two statements, however many are left."""
    lines = left_receipts(session, [one for each in left for one in each.line_ids])
    numbers = numbers_of(session, [one for each in left for one in each.payment_ids])
    named = [_named(each, lines, numbers) for each in left[:MOST_NAMED]]
    more = len(left) - len(named)
    if more:
        named.append(ngettext("%(num)s more is left.", "%(num)s more are left.", more))
    return " ".join(named)


def _named(left: Left, lines: dict[int, LeftReceipt], numbers: dict[int, str]) -> str:
    found = [lines[one] for one in left.line_ids if one in lines]
    said = gettext(
        "Not confirmed: %(receipts)s for %(orders)s. %(why)s",
        receipts=", ".join(f"{one.payer or gettext('No name')} {yuan(one.amount_fen)}" for one in found)
        or "–",
        orders=", ".join(numbers[one] for one in left.payment_ids if one in numbers) or "–",
        why=next(filter(None, (_became(one) for one in found)), left.why or _changed()),
    )
    return str(said)


def _became(receipt: LeftReceipt) -> str:
    """Of one that is not open any more."""
    if receipt.status is LineStatus.SET_ASIDE:
        return str(gettext("It was set aside meanwhile: %(reason)s.", reason=reason_word(receipt.reason)))
    if receipt.status is LineStatus.MATCHED and receipt.waits:
        return str(gettext("Somebody else has said so meanwhile, and it waits for a second person."))
    if receipt.status is LineStatus.MATCHED:
        return str(gettext("It has been confirmed meanwhile."))
    return ""


def _changed() -> str:
    return str(gettext("What it seems to pay has changed meanwhile. Please look again."))
