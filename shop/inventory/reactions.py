"""What stock does when something below it happened."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.catalogue.events import PackChanged
from shop.inventory.stock import note_moved_stock


def note_stock_of_pack(session: Session, event: PackChanged) -> None:
    """A gift box can be bought as soon as it says what it contains."""
    note_moved_stock(session, {event.variant_id}, now=event.at)
