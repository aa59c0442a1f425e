"""What buyers paid this year, and where it went: read from the books."""

from __future__ import annotations

from collections.abc import Hashable

from flask import render_template

from shop.kit.clock import in_shanghai, utc_now
from shop.ledger.impact import last_entry_id, read_impact
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront


def _version_and_entry() -> Hashable:
    """The page is as fresh as the books: it is made anew after each entry."""
    return catalogue_version(), last_entry_id(read_session()), in_shanghai(utc_now()).date()


@storefront.get("/impact")
@public_page(version=_version_and_entry)
def impact() -> str:
    today = in_shanghai(utc_now()).date()
    figures = read_impact(read_session(), year=today.year)
    return render_template("storefront/impact.html", impact=figures, today=today)
