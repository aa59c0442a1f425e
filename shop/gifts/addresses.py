"""A Chinese address as people write it, taken apart: pure, from the divisions that the whole shop uses.

`陕西西安雁塔区小寨东路1号` has four parts. What leaves no doubt is filled in: a city has one province, a county of
a province one city. Where only a district is named, somebody confirms what it was taken for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Final

from shop.delivery.divisions import divisions
from shop.gifts.new_districts import new_districts
from shop.kit.text import half_width, tidy

MOST_CHOICES: Final = 3
LONGEST_STREET: Final = 200
_LABEL: Final = re.compile(
    r"^(?:收货|收件|详细|邮寄|联系)?(?:人)?地址[::]?|^中国(?=.{4,})|^[0-9]{6}(?=[^0-9])"
)
_BETWEEN: Final = re.compile(r"[\s,,、;;/|·.。\-–—_]+")
_CJK_GAP: Final = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
# 北京路 and 北京东路 are streets and not the capital, 雁塔西路 is no district; 北京中关村大街 is in Beijing.
_STREET: Final = re.compile(
    r"[东西南北中新上下前后]?[一二三四五六七八九十0-9]{0,3}[大环]?(?:[路街巷道里弄桥村苑门]|城(?![关中东西南北区镇]))"
)
_KINDS: Final = (
    "特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "新区", "自治县", "自治旗", "省", "市", "盟",
    "区", "县", "旗",
)  # fmt: skip
_NEW_DISTRICT: Final = re.compile(r"^[\u4e00-\u9fff]{1,10}?(?:新区|开发区|高新区|园区|区|县|旗|市)")


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of an address; `province` is an official name, `city` too."""

    province: str
    city: str
    district: str
    street: str

    @property
    def written(self) -> str:
        """On one line, each name once: a municipality is its own city, a city without districts its own district."""
        names = dict.fromkeys((self.province, self.city, self.district))
        return "".join(names) + self.street


@dataclass(frozen=True, slots=True)
class Reading:
    """What an address was read as: a place, or up to three to choose from, or neither.

    `lacks`: `province`, `city`, `district`, `street` or `all`; empty where nothing is missing.
    """

    place: Place | None
    lacks: str = ""
    choices: tuple[Place, ...] = ()


def read_address(typed: str) -> Reading:
    """Raises nothing: what cannot be read says what it lacks."""
    rest = _plain(_in_full(typed))
    if not rest:
        return Reading(None, "all")
    province, after = _cut_province(rest)
    city, after_city = _cut_city(province, after)
    if city and not province:
        province = _provinces_of_city()[city][0]
    if province and not city:
        return _without_city(province, after)
    if not province:
        return _by_district(rest)
    return _with_city(province, city, after_city)


def official_parts(province: str, city: str, district: str) -> str:
    """Columns of their own that say 陕西, 西安, 雁塔, with the words for what they are; what is not known stays as typed."""
    return "".join(_official(province, city, district))


def _official(province: str, city: str, district: str) -> tuple[str, str, str]:
    in_full = _named(tidy(province), divisions())
    cities = divisions().get(in_full, {})
    city_in_full = _named(tidy(city), cities or _provinces_of_city())
    provinces = [in_full] if cities else _provinces_of_city().get(city_in_full, [])
    districts = [one for each in provinces for one in divisions()[each].get(city_in_full, ())]
    return in_full, city_in_full, _named(tidy(district), districts)


def _in_full(typed: str) -> str:
    """陕西 西安 雁塔 小寨东路1号: who keeps the parts apart leaves no doubt of them."""
    parts = re.split(r"[\s,、/|]+", tidy(half_width(typed)), maxsplit=3)
    if len(parts) < 4:
        return typed
    official = _official(*parts[:3])
    return "".join(official) + parts[3] if official[2] in _places_of_district() else typed


def _named(typed: str, names: Iterable[str]) -> str:
    found = [name for name in names if typed and typed in (name, _short(name))]
    return found[0] if len(found) == 1 else typed


def _with_city(province: str, city: str, rest: str) -> Reading:
    names = divisions()[province][city]
    if names == [city]:  # a city without districts is its own district
        district, after = city, _without(rest, city)
    else:
        district, after = _cut_first(_after_repeats(rest, province, city), names)
    if not district:
        new = _NEW_DISTRICT.match(rest)
        if new is None or new.end() == len(rest):
            return Reading(None, "district", _choices(_short_districts(province, city, rest)))
        district, after = new[0], rest[new.end() :]
    return _finished(province, city, district, after)


def _without_city(province: str, rest: str) -> Reading:
    """陕西省平利县…: a county has one city within its province, or somebody chooses."""
    found = [
        (city, district, after)
        for city, names in divisions()[province].items()
        for district, after in [_cut_first(rest, names)]
        if district
    ]
    if not found:
        shorts = (one for city in divisions()[province] for one in _short_districts(province, city, rest))
        return Reading(None, "city", _choices([*shorts, *new_districts(rest, province)]))
    if len(found) == 1:
        city, district, after = found[0]
        return _finished(province, city, district, after)
    return Reading(None, "city", _choices((province, *one) for one in found))


def _by_district(rest: str) -> Reading:
    """Only a district is named: said where it may be, never simply taken for it."""
    longest = _beginning(rest, _places_of_district().keys())
    if not longest:
        return Reading(None, "province", _choices(new_districts(rest)))
    after = rest[len(longest) :]
    places = _places_of_district()[longest]
    return Reading(None, "province", _choices((*place, longest, after) for place in places))


def _choices(found: Iterable[tuple[str, str, str, str]]) -> tuple[Place, ...]:
    places = [place for one in found if (place := _finished(*one).place) is not None]
    return tuple(places) if len(places) <= MOST_CHOICES else ()


def _finished(province: str, city: str, district: str, rest: str) -> Reading:
    street = tidy(_after_repeats(rest, province, city, district))
    if not street:
        return Reading(None, "street")
    return Reading(Place(province, city, district, street[:LONGEST_STREET]))


def _after_repeats(rest: str, *names: str) -> str:
    """Columns that were joined say 陕西省 西安市 雁塔区 陕西省西安市雁塔区小寨东路: once is enough."""
    for name in names:
        rest = _without(rest, name)
    return rest


def _without(rest: str, name: str) -> str:
    after = _open(rest)
    return _open(after[len(name) :]) if after.startswith(name) else rest


def _cut_province(text: str) -> tuple[str, str]:
    for name in divisions():
        if text.startswith(name):
            return name, _open(text[len(name) :])
    return _cut_short(text, divisions(), below=_full_names())


def _cut_city(province: str, text: str) -> tuple[str, str]:
    """Of all provinces where none is named: no two cities have one name."""
    names = divisions()[province] if province else _provinces_of_city()
    name, after = _cut_first(text, names)
    if name:
        return name, after
    if province in names:  # 北京市朝阳区: the municipality itself, which was read already
        return province, text
    below = frozenset(one for city in divisions()[province].values() for one in city) if province else None
    return _cut_short(text, names, below=_full_names() if below is None else below)


def _short_districts(province: str, city: str, rest: str) -> list[tuple[str, str, str, str]]:
    """雁塔小寨东路: asked about and not taken for it, since 武侯祠大街 is a street and 西湖文化广场 lies elsewhere."""
    district, after = _cut_short(rest, divisions()[province][city], below=frozenset())
    return [(province, city, district, after)] if district else []


def _beginning(text: str, names: AbstractSet[str]) -> str:
    """The longest of thousands of names that the text begins with; empty where it begins with none."""
    return next((text[:end] for end in range(15, 1, -1) if text[:end] in names), "")


def _cut_first(text: str, names: Iterable[str]) -> tuple[str, str]:
    """The longest of the names that the text begins with."""
    name = max((one for one in names if text.startswith(one)), key=len, default="")
    return (name, _open(text[len(name) :])) if name else ("", text)


def _cut_short(text: str, names: Iterable[str], *, below: frozenset[str]) -> tuple[str, str]:
    """陕西, 西安: without the word for what they are, unless a street is called so.

    Nor where the text begins with a whole name of what lies `below`: 朝阳区 is a district and not the city 朝阳市, 吉林市
    the city and not its province.
    """
    found = [(name, _short(name)) for name in names]
    found = [(name, short) for name, short in found if len(short) > 1 and text.startswith(short)]
    if not found or _beginning(text, below):
        return "", text
    name, short = max(found, key=lambda one: len(one[1]))
    after = text[len(short) :]
    if _STREET.match(after) and not _goes_on_with_place(name, after):
        return "", text
    return name, _open(after)


def _goes_on_with_place(name: str, after: str) -> bool:
    """北京东城区, 北京西城: what follows is the name of a place again, and no street is called so."""
    if _beginning(after, _full_names()):
        return True
    shorts = (_short(one) for one in _names_in(name))
    return any(
        len(one) > 1 and after.startswith(one) and not _STREET.match(after[len(one) :]) for one in shorts
    )


def _open(text: str) -> str:
    """Without what people put between the parts."""
    found = _BETWEEN.match(text)
    return text[found.end() :] if found else text


def _plain(typed: str) -> str:
    text = _CJK_GAP.sub("", tidy(half_width(typed)))
    while True:
        shorter = _open(_LABEL.sub("", text, count=1))
        if shorter == text:
            return text
        text = shorter


@cache
def _short(name: str) -> str:
    for kind in _KINDS:
        if name.endswith(kind):
            return name.removesuffix(kind)
    return name


@cache
def _provinces_of_city() -> dict[str, list[str]]:
    found = defaultdict(list)
    for province, cities in divisions().items():
        for city in cities:
            found[city].append(province)
    return dict(found)


@cache
def _places_of_district() -> dict[str, list[tuple[str, str]]]:
    found = defaultdict(list)
    for province, city, district in _all_districts():
        found[district].append((province, city))
    return dict(found)


@cache
def _full_names() -> frozenset[str]:
    """Of cities and districts; a municipality stands among the provinces."""
    return (frozenset(_places_of_district()) | frozenset(_provinces_of_city())) - frozenset(divisions())


@cache
def _names_in(name: str) -> tuple[str, ...]:
    """Cities and districts of a province, districts of a city."""
    cities = divisions().get(name)
    if cities is not None:
        return (*cities, *(one for districts in cities.values() for one in districts))
    return tuple(
        one for province in _provinces_of_city().get(name, ()) for one in divisions()[province][name]
    )


def _all_districts() -> Iterator[tuple[str, str, str]]:
    for province, cities in divisions().items():
        for city, districts in cities.items():
            for district in districts:
                yield province, city, district
