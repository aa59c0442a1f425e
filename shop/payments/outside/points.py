"""A pickup point as a table names it: by its whole name, its short name, or its own name behind that of the campus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shop.delivery.models import PickupPoint

_BEHIND: Final = "·"  # stands between campus and point
MOST_NAMED: Final = 20


@dataclass(frozen=True)
class Points:
    """By name in small letters; `own` by what stands behind the campus, where several may be called the same."""

    all: Sequence[PickupPoint]
    whole: Mapping[str, PickupPoint]
    own: Mapping[str, Sequence[PickupPoint]]

    def called(self, typed: str) -> Sequence[PickupPoint]:
        """The one with this whole name, else all whose own name it is."""
        name = typed.casefold()
        return (self.whole[name],) if name in self.whole else self.own.get(name, ())


def points_by_name(points: Sequence[PickupPoint]) -> Points:
    """Pure."""
    whole = {name.casefold(): one for one in points for name in (one.slug, one.name_en, one.name_zh)}
    own: dict[str, list[PickupPoint]] = {}
    for one in points:
        for name in {_own(one.name_zh), _own(one.name_en)}:
            own.setdefault(name, []).append(one)
    return Points(points, whole, own)


def names_of(points: Sequence[PickupPoint]) -> str:
    """In Chinese, as tables have them; of many the first ones."""
    names = "、".join(one.name_zh for one in points[:MOST_NAMED])
    return f"{names} …" if len(points) > MOST_NAMED else names


def _own(name: str) -> str:
    return name.rpartition(_BEHIND)[2].strip().casefold()
