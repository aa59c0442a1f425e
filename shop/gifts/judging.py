"""One row of the list: what it says, and what of it cannot be right. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shop.accounts.contacts import NOT_A_PHONE, normalise_phone
from shop.gifts.addresses import Place, read_address
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy

LONGEST_NAME: Final = 60
LONGEST_PHONE: Final = 40
LONGEST_ADDRESS: Final = 300
MOBILE_DIGITS: Final = 11
NO_NAME: Final = msg("The name is missing.")
NO_PHONE: Final = msg("The telephone number is missing.")
TOO_FEW_DIGITS: Final = msg("Only %(digits)s digits: %(missing)s missing.")
TOO_MANY_DIGITS: Final = msg("%(digits)s digits: %(more)s too many.")
NOT_THERE: Final = msg("We do not send to %(province)s yet.")
LACKS: Final = {
    "all": msg("The address is missing."),
    "province": msg("Province and city are missing."),
    "city": msg("The city is missing."),
    "district": msg("The district or county is missing."),
    "street": msg("Street and number are missing."),
}
IS_IT_HERE: Final = {
    "province": msg("Province and city are missing. Is it here?"),
    "city": msg("The city is missing. Is it here?"),
    "district": msg("The district is not written in full. Is it here?"),
}
_DIGITS: Final = re.compile(r"1[0-9]*")
_GAPS: Final = re.compile(r"[\s()-]")


@dataclass(frozen=True, slots=True)
class Typed:
    """A row as it stands in the table."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A message id with its facts."""

    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """`phone` in E.164 where it is one, else as typed; `problems` by field; `choices`: what the address may be."""

    name: str
    phone: str
    address: str
    place: Place | None
    problems: Mapping[str, Problem]
    choices: tuple[Place, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.problems


def judge(typed: Typed, served: Collection[str]) -> Judged:
    """`served`: the provinces that couriers go to."""
    problems: dict[str, Problem] = {}
    name = tidy(typed.name)[:LONGEST_NAME]
    if not name:
        problems["name"] = Problem(NO_NAME)
    phone = _phone(typed.phone, problems)
    reading = read_address(typed.address[:LONGEST_ADDRESS])
    if reading.place is None:
        message = IS_IT_HERE[reading.lacks] if reading.choices else LACKS[reading.lacks]
        problems["address"] = Problem(message)
    elif reading.place.province not in served:
        problems["address"] = Problem(NOT_THERE, {"province": reading.place.province})
    return Judged(
        name, phone, tidy(typed.address)[:LONGEST_ADDRESS], reading.place, problems, reading.choices
    )


def _phone(typed: str, problems: dict[str, Problem]) -> str:
    written = tidy(half_width(typed))[:LONGEST_PHONE]
    digits = _GAPS.sub("", written).removeprefix("+86")
    if not digits:
        problems["phone"] = Problem(NO_PHONE)
    elif _DIGITS.fullmatch(digits) and len(digits) != MOBILE_DIGITS:
        problems["phone"] = _count(len(digits))
    else:
        try:
            return normalise_phone(written)
        except InvalidInput:
            problems["phone"] = Problem(NOT_A_PHONE)
    return written


def _count(digits: int) -> Problem:
    """Said as people look for it: one digit was lost, or typed twice."""
    if digits < MOBILE_DIGITS:
        return Problem(TOO_FEW_DIGITS, {"digits": digits, "missing": MOBILE_DIGITS - digits})
    return Problem(TOO_MANY_DIGITS, {"digits": digits, "more": digits - MOBILE_DIGITS})
