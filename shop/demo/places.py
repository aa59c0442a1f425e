"""Where orders go: to a pickup point with a code, or to a street."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from shop.delivery.freight import zone_of
from shop.demo.wishes import Wish
from shop.demo.world import World
from shop.ordering.models import DeliveryKind

CITIES = (
    ("陕西省", "西安市", "雁塔区"),
    ("陕西省", "西安市", "碑林区"),
    ("北京市", "北京市", "海淀区"),
    ("广东省", "广州市", "天河区"),
    ("湖北省", "武汉市", "洪山区"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A pickup point and a code, or an address."""

    point_id: int | None = None
    code: str | None = None
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""

    def values(self) -> dict[str, Any]:
        """Columns of an order."""
        if self.point_id is not None:
            nowhere = {"province": None, "city": None, "district": None, "street": None}
            return {"delivery": DeliveryKind.PICKUP, "pickup_point_id": self.point_id, **nowhere}
        address = {"province": self.province, "city": self.city, "district": self.district}
        return {
            "delivery": DeliveryKind.COURIER,
            "pickup_point_id": None,
            **address,
            "street": self.street,
        }


class PlaceFinder:
    def __init__(self, world: World, random: Random) -> None:
        self._points = [point.id for point in world.points]
        self._cities = [city for city in CITIES if zone_of(world.zones, city[0])]
        self._random = random
        self._codes: set[tuple[int, str]] = set()

    def find(self, wish: Wish) -> Place:
        random = self._random
        if wish.trip is not None:
            point_id = wish.point_id or random.choice(self._points)
            return Place(point_id=point_id, code=self._code(point_id))
        province, city, district = random.choice(self._cities)
        street = f"友谊路 {random.randint(1, 200)} 号"
        return Place(province=province, city=city, district=district, street=street)

    def _code(self, point_id: int) -> str:
        """No two orders at a point have one code."""
        while (at_point := (point_id, f"{self._random.randrange(10**6):06d}")) in self._codes:
            pass
        self._codes.add(at_point)
        return at_point[1]
