"""Weights of canteens that nobody there can settle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.canteens.waiting import weighings_for_team
from shop.reports.piles import Item, Pile, Waiting

UNNAMED, ALONE = "unnamed", "alone"  # an amount is to be named; nobody else there can confirm


def waiting_weighings(session: Session, now: datetime, most: int) -> Waiting:
    """Those that wait longest first."""
    found = weighings_for_team(session, most=most)
    items = [
        Item(
            number, f"{who} · {number}", f"{who} · {number}", kind=UNNAMED if unnamed else ALONE, since=since
        )
        for number, who, since, unnamed in found.items
    ]
    return Waiting(Pile.WEIGHINGS, found.total, items)
