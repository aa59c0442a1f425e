"""Whether what would be ordered is what the buyer saw and may have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from shop.delivery.models import FreightZone
from shop.inventory.candidates import Offer
from shop.inventory.errors import OutOfStock
from shop.kit.text import msg
from shop.ordering.coupons.errors import CouponChanged
from shop.ordering.coupons.judging import NO_COUPONS, Coupons
from shop.ordering.errors import (
    EmptyBasket,
    HarvestChanged,
    NotForSale,
    PriceChanged,
    SoldOut,
    TermsNotConfirmed,
    WouldNotKeep,
)
from shop.ordering.harvest_days import come_too_late
from shop.ordering.lines import Line, goods_digest, shows_goods, variants_of
from shop.ordering.planning import Plan, Way, freight_of_plan, line_units, plan_order
from shop.ordering.wish import Pickup, Wish

NOT_THE_TOTAL: Final = msg(
    "With what you chose, the total is another one. Please check it and order once more; nothing was ordered yet."
)
OTHER_TRUCK = msg(
    "There is not enough of %(names)s that stays fresh until this truck arrives."
    " Please choose an earlier truck, take fewer, or leave it out."
)
LATER_TRUCK = msg(
    "Of %(names)s, some has to be harvested first, and this truck leaves before that."
    " Please choose a later truck or home delivery, take fewer, or leave it out."
)
OTHER_WAY = msg(
    "There is not enough of %(names)s that stays fresh all the way there."
    " Please choose campus pickup or a nearer address, or leave it out."
)


def check_goods(lines: Sequence[Line], wish: Wish, coupons: Coupons = NO_COUPONS) -> None:
    """Raises EmptyBasket, NotForSale, PriceChanged, CouponChanged or TermsNotConfirmed."""
    if not lines:
        raise EmptyBasket()
    gone = next((line for line in lines if not line.for_sale), None)
    if gone is not None:
        raise NotForSale(sku=gone.sku)
    if wish.seen_goods is not None and wish.seen_goods != goods_digest(lines, coupons.told()):
        raise CouponChanged() if shows_goods(wish.seen_goods, lines) else PriceChanged()
    unconfirmed = [line.sku for line in lines if line.return_exempt and line.sku not in wish.confirmed_skus]
    if unconfirmed:
        raise TermsNotConfirmed(field="return_exempt", skus=unconfirmed)


def check_total(total_fen: int, wish: Wish) -> None:
    """Raises PriceChanged when another total stood beside the button: without script it cannot follow the way chosen."""
    if wish.seen_total not in {None, total_fen}:
        raise PriceChanged(NOT_THE_TOTAL)


def check_harvests(lines: Sequence[Line], plan: Plan, wish: Wish) -> None:
    """Raises HarvestChanged for what is to be harvested later than the buyer was shown."""
    if wish.seen_days is None:
        return
    for line in lines:
        day, seen = plan.expected_on(line.number), wish.seen_days.get(line.sku)
        if day is not None and (seen is None or day > seen):
            raise HarvestChanged()


def sold_out(lines: Sequence[Line], short: OutOfStock) -> SoldOut:
    """Says which line is short, and how many of it could still be had."""
    line = next(line for line in lines if line.number == short.line)
    return SoldOut(sku=line.sku, left=line_units(line, short), wanted=line.quantity)


def check_way(lines: Sequence[Line], offer: Offer, brought: Offer, way: Way, wish: Wish) -> None:
    """`brought`: what of the offer this way can bring. Raises SoldOut for what nobody has, WouldNotKeep for what nobody has that keeps until it arrives."""
    if way.is_open:
        return
    try:
        plan_order(lines, offer, few_parcels=False)
    except OutOfStock as short:
        raise sold_out(lines, short) from short
    chinese = wish.language == "zh"
    names = [line.product_name_zh if chinese else line.product_name_en for line in way.spoils]
    by_truck = isinstance(wish.delivery, Pickup)
    raise WouldNotKeep(
        _other_way(way.spoils, come_too_late(offer, brought), by_truck=by_truck),
        field="run" if by_truck else "delivery",
        names=("、" if chinese else ", ").join(names),
    )


def _other_way(spoils: Sequence[Line], too_late: Collection[int], *, by_truck: bool) -> str:
    """`too_late`: variants of which some harvest comes after this truck has left."""
    if not by_truck:
        return OTHER_WAY
    return LATER_TRUCK if any(part in too_late for part in variants_of(spoils)) else OTHER_TRUCK


def freight_of(plan: Plan, wish: Wish, zone: FreightZone | None) -> int:
    """Freight in fen on the parcels planned; by truck there is none. Raises PriceChanged when the form showed another."""
    if zone is None:
        return 0
    freight_fen = freight_of_plan(plan, zone)
    if wish.seen_freight.get(zone.slug, freight_fen) != freight_fen:
        raise PriceChanged()
    return freight_fen
