"""What a basket would cost by truck and by courier, before it is ordered: what the checkout form shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.catalogue.models import SplitRule
from shop.catalogue.split import Parts, current_rule
from shop.delivery.freight import zone_of, zones
from shop.delivery.models import FreightZone
from shop.inventory.candidates import read_offer
from shop.inventory.errors import OutOfStock
from shop.ordering.basket import BasketOwner
from shop.ordering.checks import sold_out
from shop.ordering.errors import EmptyBasket, NotForSale
from shop.ordering.lines import Line, basket_lines, goods_digest, variants_of
from shop.ordering.planning import Plan, freight_quotes, order_parts, plan_order


@dataclass(frozen=True, slots=True)
class Quote:
    """`freight_fen` is by the slug of each zone that couriers serve."""

    lines: tuple[Line, ...]
    by_truck: Plan
    by_courier: Plan
    zones: tuple[FreightZone, ...]
    freight_fen: dict[str, int]
    rule: SplitRule

    @property
    def goods_fen(self) -> int:
        return sum(line.line_fen for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def digest(self) -> str:
        return goods_digest(self.lines)

    @property
    def exempt_lines(self) -> list[Line]:
        """Goods that cannot be sent back without a reason: the buyer confirms each."""
        return [line for line in self.lines if line.return_exempt]

    @property
    def least_freight_fen(self) -> int | None:
        return min(self.freight_fen.values(), default=None)

    @property
    def freight_by_province(self) -> dict[str, int]:
        """Courier freight in fen by the name of each province that is served."""
        return {
            str(province): self.freight_fen[zone.slug]
            for zone in self.zones
            if zone.served
            for province in zone.provinces
        }

    @property
    def freight_choices(self) -> list[int]:
        """Every freight that this order may cost, campus pickup's nothing first."""
        return sorted({0, *self.freight_fen.values()})

    def freight_to(self, province: str) -> int | None:
        """Courier freight to a province in fen; None where no courier goes."""
        zone = zone_of(self.zones, province)
        return self.freight_fen[zone.slug] if zone is not None else None

    def parts(self, freight_fen: int) -> Parts:
        return order_parts(self.rule, [line.line_fen for line in self.lines], freight_fen)


def quote_basket(session: Session, owner: BasketOwner, *, now: datetime) -> Quote:
    """Plan the basket both ways; nothing is held. Raises EmptyBasket, NotForSale, or SoldOut naming the line."""
    lines = basket_lines(session, owner.basket_id())
    if not lines:
        raise EmptyBasket()
    gone = next((line for line in lines if not line.for_sale), None)
    if gone is not None:
        raise NotForSale(sku=gone.sku)
    offer = read_offer(session, variants_of(lines), now)
    try:
        by_truck = plan_order(lines, offer, few_parcels=False)
        by_courier = plan_order(lines, offer, few_parcels=True)
    except OutOfStock as short:
        raise sold_out(lines, short) from short
    tariffs: Sequence[FreightZone] = zones(session)
    return Quote(
        lines=tuple(lines),
        by_truck=by_truck,
        by_courier=by_courier,
        zones=tuple(tariffs),
        freight_fen=freight_quotes(by_courier, tariffs),
        rule=current_rule(session, now),
    )
