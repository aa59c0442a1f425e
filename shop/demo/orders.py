"""One order of the demo's year: what is in it, where it goes, which lots serve it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from shop.catalogue.models import Variant
from shop.catalogue.split import split_price
from shop.delivery.freight import parcel_fen
from shop.demo.life import Fate, Life, live
from shop.demo.rows import Rows
from shop.demo.settlers import GIVEN, SURNAMES
from shop.demo.stock import Shelves
from shop.demo.trucks import Trip, Trucks
from shop.demo.world import World
from shop.demo.year import in_season
from shop.inventory.allocation import Choice
from shop.inventory.earnings import household_parts
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import shanghai_date
from shop.kit.money import split
from shop.kit.references import ALPHABET
from shop.ordering.models import DeliveryKind, Order, OrderLine

CITIES = {"陕西省": ("西安市", "雁塔区"), "北京市": ("北京市", "海淀区"), "广东省": ("广州市", "天河区")}
PICKUP_SHARE = 0.65


@dataclass(frozen=True)
class Part:
    """An allocation of the order: its id, where it is packed, and what it earns."""

    allocation_id: int
    choice: Choice
    variant: Variant
    household_fen: int


@dataclass(frozen=True)
class Made:
    """`book` is the order as the ledger's rule reads it; it is never added to a session."""

    order_id: int
    number: str
    total_fen: int
    life: Life
    trip: Trip | None
    point_id: int | None
    book: Order
    parts: tuple[Part, ...]
    villages: dict[int, int]  # producer → village


class OrderMaker:
    def __init__(self, world: World, rows: Rows, shelves: Shelves, trucks: Trucks, random: Random) -> None:
        self._world = world
        self._rows = rows
        self._shelves = shelves
        self._trucks = trucks
        self._random = random
        self._liking = {variant.id: random.paretovariate(1.3) for variant in world.variants}

    def make(self, placed: datetime, now: datetime) -> Made:
        trip = self._trucks.next_after(placed) if self._random.random() < PICKUP_SHARE else None
        life = live(placed, trip, self._random, now)
        items = self._basket(placed)
        wanted = [
            (line, part, units * quantity, self._world.hub_id if variant.components else None)
            for line, (variant, quantity) in enumerate(items)
            for part, units in self._world.parts_of(variant)
        ]
        choices = self._shelves.serve(wanted, shanghai_date(placed), few_parcels=trip is None)
        return self._write(items, choices, trip, life)

    def _basket(self, moment: datetime) -> list[tuple[Variant, int]]:
        fresh = [one for one in self._world.variants if in_season(one.product.season_mask, moment)]
        weights = [self._liking[variant.id] for variant in fresh]
        wanted = self._random.choices((1, 2, 3, 4), weights=(40, 33, 18, 9))[0]
        chosen = {one.id: one for one in self._random.choices(fresh, weights=weights, k=wanted)}
        quantities = self._random.choices((1, 2, 3, 5), weights=(66, 22, 8, 4), k=len(chosen))
        return list(zip(chosen.values(), quantities, strict=True))

    def _write(
        self, items: Sequence[tuple[Variant, int]], choices: Sequence[Choice], trip: Trip | None, life: Life
    ) -> Made:
        goods = sum(variant.price_fen * quantity for variant, quantity in items)
        grams = sum(variant.gross_weight_g * quantity for variant, quantity in items)
        where, freight, point_id = self._destination(trip, choices)
        number = "".join(self._random.choices(ALPHABET, k=12))
        order_id = self._rows.add(
            Order,
            number=number,
            checkout_token=f"demo-{number}",
            **self._buyer(),
            **where,
            status=life.order_status,
            payment_method="sandbox",
            goods_fen=goods,
            freight_fen=freight,
            total_fen=goods + freight,
            refunded_fen=goods + freight if life.fate is Fate.CALLED_OFF else 0,
            split_version=self._world.rule.version,
            gross_weight_g=grams,
            **_moments(life),
        )
        if trip is not None and life.fate is Fate.FULFILLED:
            self._trucks.book(trip, grams)
        book = Order(goods_fen=goods, freight_fen=freight, total_fen=goods + freight)
        parts = [
            part
            for line, (variant, quantity) in enumerate(items)
            for part in self._line(order_id, book, variant, quantity, _of_line(choices, line), life)
        ]
        villages = {
            choice.lot.producer_id: self._shelves.lots[choice.lot.lot_id].source.village_id
            for choice in choices
        }
        total = goods + freight
        return Made(order_id, number, total, life, trip, point_id, book, tuple(parts), villages)

    def _line(
        self,
        order_id: int,
        book: Order,
        variant: Variant,
        quantity: int,
        choices: Sequence[Choice],
        life: Life,
    ) -> list[Part]:
        product = variant.product
        line_fen = variant.price_fen * quantity
        line_id = self._rows.add(
            OrderLine,
            order_id=order_id,
            variant_id=variant.id,
            product_id=product.id,
            seller_id=product.seller_id,
            sku=variant.sku,
            product_name_zh=product.name_zh,
            product_name_en=product.name_en,
            variant_name_zh=variant.name_zh,
            variant_name_en=variant.name_en,
            family=product.family,
            unit_price_fen=variant.price_fen,
            quantity=quantity,
            line_fen=line_fen,
            net_weight_g=variant.net_weight_g,
            gross_weight_g=variant.gross_weight_g,
            tax_code=variant.tax_code,
            tax_rate_bp=variant.tax_rate_bp,
            return_exempt=product.return_exempt,
            is_bundle=bool(variant.components),
        )
        line = OrderLine(id=line_id, line_fen=line_fen)
        book.lines.append(line)
        prices = {part.id: part.price_fen for part, _units in self._world.parts_of(variant)}
        household = split_price(self._world.rule, line_fen).household
        money = split(household, [choice.units * prices[choice.lot.variant_id] for choice in choices])
        by_id = {part.id: part for part, _units in self._world.parts_of(variant)}
        return [
            self._allocation(line, choice, by_id[choice.lot.variant_id], fen, life)
            for choice, fen in zip(choices, money, strict=True)
        ]

    def _allocation(self, line: OrderLine, choice: Choice, variant: Variant, fen: int, life: Life) -> Part:
        lot = self._shelves.lots[choice.lot.lot_id]
        status = life.allocation_status
        allocation_id = self._rows.add(
            Allocation,
            order_line_id=line.id,
            variant_id=variant.id,
            lot_id=lot.id,
            units=choice.units,
            status=status,
            household_fen=fen,
            created_at=life.placed,
            changed_at=life.happened(life.shipped) or life.confirmed,
        )
        if life.fate is Fate.FULFILLED:
            lot.units[status] += choice.units
            for household_id, part in household_parts(fen, lot.book.shares).items():
                self._shelves.income[household_id] += part
        else:
            lot.available += choice.units
        line.allocations.append(
            Allocation(
                id=allocation_id,
                lot_id=lot.id,
                lot=lot.book,
                units=choice.units,
                household_fen=fen,
                # A refund takes back what the sale had posted, so the sale is posted in every case.
                status=AllocationStatus.COMMITTED,
            )
        )
        return Part(allocation_id, choice, variant, fen)

    def _buyer(self) -> dict[str, Any]:
        random = self._random
        name = random.choice(SURNAMES) + random.choice(GIVEN)
        phone = f"+861{random.choice('3578')}{random.randrange(10**9):09d}"
        buyer_id = random.choice(self._world.buyer_ids) if random.random() < 0.75 else None
        unit_id = random.choice(self._world.unit_ids) if buyer_id and self._world.unit_ids else None
        return {"user_id": buyer_id, "unit_id": unit_id, "recipient": name, "phone": phone}

    def _destination(
        self, trip: Trip | None, choices: Sequence[Choice]
    ) -> tuple[dict[str, Any], int, int | None]:
        """Where it goes, the freight in fen, and the pickup point."""
        nowhere = {"province": None, "city": None, "district": None, "street": None}
        if trip is not None:
            point = self._random.choice(self._world.points)
            code = f"{self._random.randrange(10**6):06d}"
            there = {"pickup_point_id": point.id, "run_id": trip.run_id, "pickup_code": code}
            return {"delivery": DeliveryKind.PICKUP, **there, **nowhere}, 0, point.id
        province = self._random.choice(list(CITIES))
        city, district = CITIES[province]
        street = f"友谊路 {self._random.randint(1, 200)} 号"
        there = {"province": province, "city": city, "district": district, "street": street}
        zone = next(zone for zone in self._world.zones if province in zone.provinces)
        parcels: dict[int, int] = {}
        for choice in choices:
            grams = self._world.by_id[choice.lot.variant_id].gross_weight_g * choice.units
            parcels[choice.packing_place_id] = parcels.get(choice.packing_place_id, 0) + grams
        freight = sum(parcel_fen(zone, grams) for grams in parcels.values())
        none = {"pickup_point_id": None, "run_id": None, "pickup_code": None}
        return {"delivery": DeliveryKind.COURIER, **there, **none}, freight, None


def _of_line(choices: Sequence[Choice], line: int) -> list[Choice]:
    return [choice for choice in choices if choice.line == line]


def _moments(life: Life) -> dict[str, datetime | None]:
    if life.fate is not Fate.FULFILLED:
        paid = life.confirmed if life.fate is Fate.CALLED_OFF else None
        return {
            "placed_at": life.placed,
            "confirmed_at": paid,
            "shipped_at": None,
            "completed_at": None,
            "cancelled_at": life.accepted,
        }
    return {
        "placed_at": life.placed,
        "confirmed_at": life.confirmed,
        "shipped_at": life.happened(life.shipped),
        "completed_at": life.happened(life.completed),
        "cancelled_at": None,
    }
