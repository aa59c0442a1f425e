"""Lot numbers as people copy them from a label, a slip or a product's page."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Lot
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.kit.text import half_width, tidy

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―－−", "-"))
_LONGEST: Final = 64  # twice what a number has, for spaces between its characters
_MADE_HERE: Final = (
    "L"  # begins the numbers that the shop makes; what follows has no look-alikes and no hyphen
)


def lot_of_number(session: Session, typed: str) -> int | None:
    """The lot whose printed number this is, in any case or width and with spaces; None for one that nobody printed.

    One query, by the index of the numbers.
    """
    found = sa.select(Lot.id).where(Lot.code.in_(sorted(_spellings(typed[:_LONGEST]))))
    return session.scalar(found.order_by(Lot.id).limit(1))


def lot_of_code(session: Session, code: str) -> int:
    """The lot with exactly this number, as addresses of the back office have it. Raises NotFound."""
    found = session.scalar(sa.select(Lot.id).where(Lot.code == code[:_LONGEST]))
    if found is None:
        raise NotFound()
    return found


def _spellings(typed: str) -> set[str]:
    """What may have been meant; villages that number their lots themselves use hyphens and either case."""
    plain = tidy(half_width(typed).translate(_DASHES))
    joined, hyphenated = plain.replace(" ", ""), plain.replace(" ", "-")
    found = {text for one in (plain, joined, hyphenated) for text in (one, one.upper(), one.lower())}
    if joined.upper().startswith(_MADE_HERE):
        found.add(_MADE_HERE + normalise_code(joined[1:]))
    return found - {""}
