"""Where the money for goods goes: one versioned rule, exact to the fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import SplitRule
from shop.kit.errors import NotFound
from shop.kit.money import split
from shop.kit.text import msg


@dataclass(frozen=True)
class Parts:
    """The parts of an amount, in fen. Together they are the amount."""

    household: int
    packing: int
    freight: int
    payment_fee: int
    village_fund: int
    shop: int

    @property
    def total(self) -> int:
        return sum(astuple(self))

    def __add__(self, other: Parts) -> Parts:
        return Parts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


NOTHING = Parts(0, 0, 0, 0, 0, 0)


# A rule's columns, in the order of the parts.
WEIGHTS: Final = ("household_bp", "packing_bp", "freight_bp", "payment_fee_bp", "village_fund_bp", "shop_bp")
_weights_of = attrgetter(*WEIGHTS)


def split_price(rule: SplitRule, fen: int) -> Parts:
    """Divide the price of goods, in fen, by the rule; the parts add up to `fen` exactly."""
    return split_by(_weights_of(rule), fen)


def split_by(weights: Sequence[int], fen: int) -> Parts:
    """The same by the basis points of a rule, in the order of `WEIGHTS`."""
    return Parts(*split(fen, weights))


_NEWEST: Final = (
    sa.select(SplitRule)
    .where(SplitRule.valid_from <= sa.bindparam("now"))
    .order_by(SplitRule.version.desc())
    .limit(1)
)


def current_rule(session: Session, now: datetime) -> SplitRule:
    """The newest rule that is in force. Raises NotFound before the shop has any."""
    rule = session.scalar(_NEWEST, {"now": now})
    if rule is None:
        raise NotFound(msg("The shop has no rule yet for how prices are divided."))
    return rule
