"""The rates of value-added tax that there are in China, in basis points."""

from __future__ import annotations

from typing import Final

# 13, 9 and 6 per cent for general taxpayers; 5, 3 and 1 by the simple method; 0 for exports and what is exempt.
RATES_BP: Final = (0, 100, 300, 500, 600, 900, 1300)
