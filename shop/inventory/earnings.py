"""What the units of an allocation earn each household: the one place that divides it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from shop.kit.money import split


class HasShare(Protocol):
    """A row or a value that says which part of a lot is a household's."""

    @property
    def household_id(self) -> int: ...

    @property
    def share_bp(self) -> int: ...


def household_parts(fen: int, shares: Iterable[HasShare]) -> dict[int, int]:
    """Divide `fen` among the households of a lot by their shares; the parts add up to `fen` exactly.

    Income figures and the ledger both come from here, so they can never differ by a rounding.
    """
    ordered = sorted(shares, key=lambda share: share.household_id)
    parts = split(fen, [share.share_bp for share in ordered])
    return {share.household_id: part for share, part in zip(ordered, parts, strict=True)}
