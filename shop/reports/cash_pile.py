"""Cash boxes that one keeper has counted and nobody a second time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ledger.cash_box.reading import boxes_that_wait
from shop.reports.piles import Item, Pile, Waiting


def waiting_boxes(session: Session, now: datetime, most: int) -> Waiting:
    """Those that wait longest first. No sum is told: whoever counts second counts by themselves."""
    found = boxes_that_wait(session, most=most)
    items = [
        Item(str(one.shelf_id), one.name_zh, one.name_en, kind="second", since=one.since)
        for one in found.items
    ]
    return Waiting(Pile.CASH, found.total, items)
