"""Part of an allocation becomes one of its own: the same line and lot, the money by units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.inventory.earnings import household_parts, shares_by_lot
from shop.inventory.figures import FigureChanges
from shop.inventory.models import Allocation
from shop.kit.clock import month_of
from shop.kit.money import split


@dataclass(frozen=True, slots=True)
class Cut:
    """What was one allocation that earned ``whole_fen``."""

    whole_fen: int
    kept: Allocation
    off: Allocation


def cut_off(session: Session, units: Mapping[Allocation, int], *, now: datetime) -> list[Cut]:
    """Make an allocation of its own of so many units of each; no unit moves. Some units must be left of each.

    The caller has the order locked, and calls `note_cuts` once lots are done with.
    """
    cuts = [_cut(allocation, off, now) for allocation, off in units.items()]
    session.add_all(cut.off for cut in cuts)
    session.flush()
    return cuts


def note_cuts(session: Session, cuts: Collection[Cut], *, now: datetime) -> None:
    """Two roundings of a pooled lot's money are not always the one that they came from: correct the figures."""
    shares = shares_by_lot(session, {cut.kept.lot_id for cut in cuts})
    figures = FigureChanges()
    for cut in cuts:
        own = shares[cut.kept.lot_id]
        figures.earn(household_parts(cut.whole_fen, own), month_of(now), sign=-1)
        for part in (cut.kept, cut.off):
            figures.earn(household_parts(part.household_fen, own), month_of(now))
    figures.write(session)


def _cut(allocation: Allocation, off: int, now: datetime) -> Cut:
    whole_fen, left = allocation.household_fen, allocation.units - off
    kept_fen, off_fen = split(whole_fen, [left, off])
    kept_off, part_off = split(allocation.off_fen, [left, off])
    allocation.units, allocation.household_fen, allocation.changed_at = left, kept_fen, now
    allocation.off_fen = kept_off
    part = Allocation(
        order_line_id=allocation.order_line_id,
        variant_id=allocation.variant_id,
        lot_id=allocation.lot_id,
        units=off,
        status=allocation.status,
        household_fen=off_fen,
        instead_of_id=allocation.instead_of_id,
        off_fen=part_off,
        created_at=now,
        changed_at=now,
    )
    return Cut(whole_fen, allocation, part)
