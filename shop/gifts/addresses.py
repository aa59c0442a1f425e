"""A Chinese address as people write it, taken apart: pure, from the divisions that the whole shop uses.

`陕西西安雁塔区小寨东路1号` has four parts. What leaves no doubt is filled in: a city has one province, a county of
a province one city. Where only a district is named, somebody confirms what it was taken for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from shop.delivery.divisions import divisions
from shop.kit.text import half_width, tidy

MOST_CHOICES: Final = 3
LONGEST_STREET: Final = 200
_LABEL: Final = re.compile(
    r"^(?:收货|收件|详细|邮寄|联系)?(?:人)?地址[::]?|^中国(?=.{4,})|^[0-9]{6}(?=[^0-9])"
)
_BETWEEN: Final = re.compile(r"[\s,,、;;/|·.。\-–—_]+")
_CJK_GAP: Final = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
# 北京路 is a street and not the capital.
_STREET_GOES_ON: Final = tuple("路街巷道里弄大东西南北中桥村苑城门新")
_KINDS: Final = (
    "特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省", "市", "盟",
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
    rest = _plain(typed)
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


def _with_city(province: str, city: str, rest: str) -> Reading:
    names = divisions()[province][city]
    if names == [city]:  # a city without districts is its own district
        district, after = city, _without(rest, city)
    else:
        district, after = _cut_first(_after_repeats(rest, province, city), names)
    if not district:
        new = _NEW_DISTRICT.match(rest)
        if new is None or new.end() == len(rest):
            return Reading(None, "district")
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
    if len(found) == 1:
        city, district, after = found[0]
        return _finished(province, city, district, after)
    return Reading(None, "city", _choices((province, *one) for one in found))


def _by_district(rest: str) -> Reading:
    """Only a district is named: said where it may be, never simply taken for it."""
    longest = max((name for name in _places_of_district() if rest.startswith(name)), key=len, default="")
    if not longest:
        return Reading(None, "province")
    after = rest[len(longest) :]
    places = _places_of_district()[longest]
    return Reading(None, "province", _choices((*place, longest, after) for place in places))


def _choices(found: Iterable[tuple[str, str, str, str]]) -> tuple[Place, ...]:
    readings = [_finished(*one) for one in found]
    places = [reading.place for reading in readings if reading.place is not None]
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
    return _cut_short(text, ((name, _short(name)) for name in divisions()))


def _cut_city(province: str, text: str) -> tuple[str, str]:
    """Of all provinces where none is named: no two cities have one name."""
    names = divisions()[province] if province else _provinces_of_city()
    name, after = _cut_first(text, names)
    if name:
        return name, after
    if province in names:  # 北京市朝阳区: the municipality itself, which was read already
        return province, text
    return _cut_short(text, ((one, _short(one)) for one in names))


def _cut_first(text: str, names: Iterable[str]) -> tuple[str, str]:
    """The longest of the names that the text begins with."""
    name = max((one for one in names if text.startswith(one)), key=len, default="")
    return (name, _open(text[len(name) :])) if name else ("", text)


def _cut_short(text: str, names: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """陕西, 西安: without the word for what they are, unless a street is called so."""
    found = [(name, short) for name, short in names if len(short) > 1 and text.startswith(short)]
    if not found:
        return "", text
    name, short = max(found, key=lambda one: len(one[1]))
    after = text[len(short) :]
    if after.startswith(_STREET_GOES_ON) and not _goes_on_with_place(after):
        return "", text
    return name, _open(after)


def _goes_on_with_place(after: str) -> bool:
    """北京东城区: what follows is the name of a place again."""
    return any(after.startswith(name) for name in _names_below())


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
def _names_below() -> frozenset[str]:
    cities = frozenset(_provinces_of_city())
    return frozenset(_places_of_district()) | cities | {_short(one) for one in cities if len(_short(one)) > 1}


def _all_districts() -> Iterator[tuple[str, str, str]]:
    for province, cities in divisions().items():
        for city, districts in cities.items():
            for district in districts:
                yield province, city, district
