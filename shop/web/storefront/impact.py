"""What buyers paid this year, and where it went: read from the books."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from flask import render_template

from shop.kit.clock import in_shanghai, utc_now
from shop.ledger.impact import Impact, VillageImpact, last_entry_id, read_impact
from shop.ledger.pair_impact import read_pair_impact
from shop.web.database import read_session
from shop.web.peaks import Peak, peaks, picture_width
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront

MOST_MOUNTAINS = 5


@dataclass(frozen=True)
class Mountain:
    """A village, and how it is drawn."""

    row: VillageImpact
    peak: Peak


def _version_and_entry() -> Hashable:
    """The page is as fresh as the books: it is made anew after each entry."""
    return catalogue_version(), last_entry_id(read_session()), in_shanghai(utc_now()).date()


@storefront.get("/impact")
@public_page(version=_version_and_entry)
def impact() -> str:
    today = in_shanghai(utc_now()).date()
    figures = read_impact(read_session(), year=today.year)
    mountains = _mountains(figures)
    return render_template(
        "storefront/impact.html",
        impact=figures,
        pairing=read_pair_impact(read_session(), year=today.year),
        today=today,
        mountains=mountains,
        width=picture_width(len(mountains)),
    )


def _mountains(figures: Impact) -> list[Mountain]:
    """The villages that got most, the highest on the right; the table has them all."""
    rows = [row for row in figures.villages if row.household_fen > 0][:MOST_MOUNTAINS][::-1]
    heights = peaks([row.household_fen for row in rows])
    return [Mountain(row, peak) for row, peak in zip(rows, heights, strict=True)]
