"""What papers for reimbursement tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PackEnded:
    """The files can be taken, or could not be made: who asked for them is told."""

    pack_id: int
    at: datetime
