"""What this room tells the floors above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UnitBehind:
    """Who buys for the department is told how far it is."""

    reminder_id: int
    only_owners: bool = False
