"""Whether what would be ordered is what the buyer saw and may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shop.delivery.errors import NotServed
from shop.delivery.freight import parcel_fen, zone_of
from shop.delivery.models import FreightZone
from shop.inventory.errors import OutOfStock
from shop.kit.text import msg
from shop.ordering.errors import EmptyBasket, NotForSale, PriceChanged, SoldOut, TermsNotConfirmed
from shop.ordering.lines import Line, goods_digest
from shop.ordering.planning import Plan, line_units
from shop.ordering.wish import Pickup, Wish

NOT_THE_TOTAL: Final = msg(
    "With what you chose, the total is another one. Please check it and order once more; nothing was ordered yet."
)


def check_goods(lines: Sequence[Line], wish: Wish) -> None:
    """Raises EmptyBasket, NotForSale, PriceChanged or TermsNotConfirmed."""
    if not lines:
        raise EmptyBasket()
    gone = next((line for line in lines if not line.for_sale), None)
    if gone is not None:
        raise NotForSale(sku=gone.sku)
    if wish.seen_goods is not None and wish.seen_goods != goods_digest(lines):
        raise PriceChanged()
    unconfirmed = [line.sku for line in lines if line.return_exempt and line.sku not in wish.confirmed_skus]
    if unconfirmed:
        raise TermsNotConfirmed(field="return_exempt", skus=unconfirmed)


def check_total(total_fen: int, wish: Wish) -> None:
    """Raises PriceChanged when another total stood beside the button: without script it cannot follow the way chosen."""
    if wish.seen_total not in {None, total_fen}:
        raise PriceChanged(NOT_THE_TOTAL)


def sold_out(lines: Sequence[Line], short: OutOfStock) -> SoldOut:
    """Says which line is short, and how many of it could still be had."""
    line = next(line for line in lines if line.number == short.line)
    return SoldOut(sku=line.sku, left=line_units(line, short), wanted=line.quantity)


def freight_of(plan: Plan, wish: Wish, zones: Sequence[FreightZone]) -> int:
    """Freight in fen on the parcels planned. Raises NotServed, or PriceChanged when the form showed another."""
    if isinstance(wish.delivery, Pickup):
        return 0
    zone = zone_of(zones, wish.delivery.province)
    if zone is None:
        raise NotServed(field="province", province=wish.delivery.province)
    freight_fen = sum(parcel_fen(zone, parcel.weight_g) for parcel in plan.parcels)
    if wish.seen_freight.get(zone.slug, freight_fen) != freight_fen:
        raise PriceChanged()
    return freight_fen
