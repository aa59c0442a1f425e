"""Welfare campaigns: what their organisers set up and follow, and what members choose."""

from shop.web.organisation.campaigns import (
    approving,
    choosing,
    closing,
    collecting,
    day,
    day_handing,
    day_sheets,
    desk,
    ending_orders,
    importing,
    leftovers,
    listing,
    members,
    offer,
    papers,
    units,
)

__all__ = [
    "approving",
    "choosing",
    "closing",
    "collecting",
    "day",
    "day_handing",
    "day_sheets",
    "desk",
    "ending_orders",
    "importing",
    "leftovers",
    "listing",
    "members",
    "offer",
    "papers",
    "units",
]
