"""Who of those who chose nothing can be given the default package, and who cannot and why. Pure.

The dry run and the close judge by the same counts, in the same order, so the one says what the other does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shop.campaigns.allowances import usable_fen
from shop.campaigns.member_models import GotNothing
from shop.campaigns.models import CampaignGood


@dataclass(frozen=True, slots=True)
class Unserved:
    """Somebody who has chosen nothing, and what counted for them in the year already."""

    member_id: int
    unit_id: int | None
    spent_fen: int


@dataclass
class Rest:
    """What is left for default packages; judging somebody who gets one takes it from there."""

    price_fen: int
    allowance_fen: int
    cap_fen: int
    units: Mapping[int, int | None]  # left in fen by sub-union; None: any
    packages: int | None  # for how many the goods suffice; None: for all
    _taken: dict[int, int] = field(default_factory=dict)
    _given: int = 0

    def judge(self, one: Unserved) -> GotNothing | None:
        """None: the package is theirs, and is counted."""
        usable = usable_fen(self.allowance_fen, cap_fen=self.cap_fen, spent_elsewhere_fen=one.spent_fen)
        if usable < self.price_fen:
            return GotNothing.YEAR
        left = self.units.get(one.unit_id) if one.unit_id is not None else None
        taken = self._taken.get(one.unit_id or 0, 0)
        if left is not None and left - taken < self.price_fen:
            return GotNothing.QUOTA
        if self.packages is not None and self._given >= self.packages:
            return GotNothing.GOODS
        self._taken[one.unit_id or 0] = taken + self.price_fen
        self._given += 1
        return None

    def share(self, waiting: Sequence[Unserved]) -> tuple[list[int], dict[int, GotNothing]]:
        """Who is given one, and who none and why, in the order of the list."""
        given: list[int] = []
        nothing: dict[int, GotNothing] = {}
        for one in waiting:
            why = self.judge(one)
            if why is None:
                given.append(one.member_id)
            else:
                nothing[one.member_id] = why
        return given, nothing


def packages_left(items: Iterable[tuple[CampaignGood, int]]) -> int | None:
    """For how many the goods suffice that come first, served first."""
    limits = [good.left // quantity for good, quantity in items if good.left is not None]
    return min(limits, default=None)
