"""A parcel in the words that couriers ask for. Nothing but what a courier must know: no price, no pickup code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shop.fulfilment.goods import LotGoods

LONGEST_CONTENTS: Final = 60
_MAINLAND: Final = "+86"


def dialled(phone: str) -> str:
    """As a courier dials it."""
    return phone.removeprefix(_MAINLAND)


def address_in_a_line(
    province: str | None, city: str | None, district: str | None, street: str | None
) -> str:
    """A city that is a province is named once."""
    return "".join(dict.fromkeys(part for part in (province, city, district, street) if part))


def contents_in_a_line(goods: Iterable[LotGoods]) -> str:
    """In Chinese, at most 60 characters."""
    said = "、".join(dict.fromkeys(f"{one.name_zh} {one.pack_zh}" for one in goods))
    return said if len(said) <= LONGEST_CONTENTS else f"{said[: LONGEST_CONTENTS - 1]}…"
