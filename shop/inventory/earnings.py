"""What the units of an allocation earn each household: the one place that divides it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import LotShare
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


def shares_by_lot(session: Session, lot_ids: Collection[int]) -> Mapping[int, list[LotShare]]:
    """Whose goods are in these lots. One statement."""
    shares: dict[int, list[LotShare]] = {}
    for share in session.scalars(sa.select(LotShare).where(LotShare.lot_id.in_(lot_ids))):
        shares.setdefault(share.lot_id, []).append(share)
    return shares
