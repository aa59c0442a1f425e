"""How a status is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatusLook:
    """`word` is a message id; `tone` is a class of `.tag` (ok, warn, bad, info, buy or empty)."""

    word: str
    tone: str = ""
    icon: str = ""
