"""Who pays which goods of a choice: the union out of the allowance, and the member what is beyond it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shop.campaigns.allowances import Share, covered_units, total_of
from shop.campaigns.errors import NothingCovered, OverAllowance, OverYearlyCap
from shop.campaigns.models import Campaign
from shop.campaigns.reading import Offer
from shop.kit.money import plain_yuan


@dataclass(frozen=True, slots=True)
class Shared:
    """`covered` are the units that the union buys, `own` those that the member buys; `freight_fen` home the union pays."""

    share: Share
    covered: Mapping[int, int]
    own: Mapping[int, int]
    freight_fen: int

    def sent_for(self, freight_fen: int, *, counts: bool) -> Shared:
        """The same goods where the union's parcel, which holds less than all that was chosen, costs less."""
        less_fen = max(self.freight_fen - freight_fen, 0)
        counted_fen, share = less_fen if counts else 0, self.share
        cheaper = Share(share.total_fen - counted_fen, share.allowance_fen - counted_fen, share.own_fen)
        return Shared(cheaper, self.covered, self.own, self.freight_fen - less_fen)


def share_out(
    campaign: Campaign,
    offer: Offer,
    units: Mapping[int, int],
    usable: int,
    *,
    freight_fen: int = 0,
    may_top_up: bool = False,
) -> Shared:
    """Freight counts inside the allowance where the campaign says so.

    Raises OverAllowance or OverYearlyCap where nothing may be added, NothingCovered where the allowance pays nothing whole.
    """
    prices = {variant_id: offer.goods[variant_id].price_fen for variant_id in units}
    counted_fen = freight_fen if campaign.freight_counts else 0
    goods_fen = total_of((prices[one], count) for one, count in units.items())
    over_fen = goods_fen + counted_fen - usable
    if over_fen > 0 and not may_top_up:
        if usable < campaign.allowance_fen:
            raise OverYearlyCap(field="units", left=plain_yuan(usable))
        raise OverAllowance(field="units", over=plain_yuan(over_fen))
    covered = covered_units(prices, units, max(usable - counted_fen, 0))
    if not covered:
        raise NothingCovered(field="units")
    own = {one: count - covered.get(one, 0) for one, count in units.items()}
    own_fen = total_of((prices[one], count) for one, count in own.items())
    total_fen = goods_fen + counted_fen
    share = Share(total_fen, total_fen - own_fen, own_fen)
    return Shared(share, covered, {one: count for one, count in own.items() if count}, freight_fen)
