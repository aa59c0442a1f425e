"""The drawings that stand for a product or a category without a photo; `static/illustrations` holds one for each."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = frozenset(
    (
        *("tea", "jiaogulan", "shiitake", "woodear", "oyster", "honey", "eggs", "chicken"),
        *("walnut", "meat", "grain", "beans", "oil", "konjac", "gift"),
    )
)
