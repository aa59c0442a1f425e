"""Goods of an order or a parcel, gift boxes first with what lies in each, then what is loose. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shop.fulfilment.goods import Goods, InBox, LotGoods, add_up

Item = TypeVar("Item", Goods, LotGoods)


@dataclass(frozen=True, slots=True)
class Box(Generic[Item]):
    """So many boxes of one line; ``contents`` are for all of them together."""

    box: InBox
    contents: tuple[Item, ...]

    @property
    def name_zh(self) -> str:
        return self.box.name_zh

    @property
    def name_en(self) -> str:
        return self.box.name_en

    @property
    def units(self) -> int:
        return self.box.boxes


@dataclass(frozen=True, slots=True)
class Grouped(Generic[Item]):
    boxes: tuple[Box[Item], ...]
    loose: tuple[Item, ...]


def grouped(goods: Iterable[Item]) -> Grouped[Item]:
    """Boxes by the order's line, in the order in which they first come."""
    found: dict[InBox, list[Item]] = {}
    loose = []
    for item in goods:
        if item.box is None:
            loose.append(item)
        else:
            found.setdefault(item.box, []).append(item)
    boxes = tuple(Box(box, tuple(contents)) for box, contents in found.items())
    return Grouped(boxes, tuple(loose))


def grouped_by_variant(goods: Iterable[Goods]) -> Grouped[Goods]:
    """As `grouped`, whichever household or lot the units come from."""
    found = grouped(goods)
    boxes = tuple(Box(one.box, tuple(add_up(one.contents))) for one in found.boxes)
    return Grouped(boxes, tuple(add_up(found.loose)))
