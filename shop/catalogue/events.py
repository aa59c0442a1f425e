"""What happened to the goods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PackChanged:
    """A pack was made or changed, or a gift box filled: how many can be bought, and from when few are left, is new."""

    variant_id: int
    at: datetime
