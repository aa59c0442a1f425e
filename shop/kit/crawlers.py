"""Programs that read pages, by what they say of themselves: they are nobody who reads or looks for something."""

from __future__ import annotations

import re
from typing import Final

_ROBOTS: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|headless|preview|facebookexternalhit|python-|curl/|wget|lighthouse|scrapy",
    re.IGNORECASE,
)


def is_robot(user_agent: str) -> bool:
    """Programs say what they are; who says nothing is nobody either."""
    return not user_agent.strip() or _ROBOTS.search(user_agent) is not None
