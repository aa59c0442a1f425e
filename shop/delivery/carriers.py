"""The couriers that packing places hand parcels to: what their numbers look like and where they are followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from shop.delivery.errors import BadTrackingNumber
from shop.kit.text import half_width

_UPU: Final = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_UPU_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True, slots=True)
class Carrier:
    """`code` is what parcels keep; `pattern` what a number must match in full; `slug` names it to the look-up page."""

    code: str
    name_zh: str
    name_en: str
    pattern: re.Pattern[str]
    example: str
    slug: str

    def tracking_link(self, number: str) -> str:
        """A public page that follows the parcel."""
        return f"https://www.kuaidi100.com/chaxun?com={self.slug}&nu={quote(number, safe='')}"


CARRIERS: Final = {
    carrier.code: carrier
    for carrier in (
        Carrier(
            "sf", "顺丰", "SF Express", re.compile(r"SF[0-9]{12,13}|[0-9]{12}"), "SF1234567890123", "shunfeng"
        ),
        Carrier(
            "ems", "EMS", "EMS", re.compile(r"E[A-Z][0-9]{9}[A-Z]{2}|1[0-9]{12}"), "1234567890123", "ems"
        ),
        Carrier(
            "post",
            "邮政",
            "China Post",
            re.compile(r"[A-Z]{2}[0-9]{9}CN|9[0-9]{12}"),
            "9876543210123",
            "youzhengguonei",
        ),
        Carrier(
            "zto",
            "中通",
            "ZTO Express",
            re.compile(r"7[0-9]{11,14}|[0-9]{12}"),
            "75123456789012",
            "zhongtong",
        ),
        Carrier(
            "yto",
            "圆通",
            "YTO Express",
            re.compile(r"YT[0-9]{13,15}|[0-9]{10,18}"),
            "YT1234567890123",
            "yuantong",
        ),
        Carrier(
            "sto",
            "申通",
            "STO Express",
            re.compile(r"77[0-9]{13}|[0-9]{12,13}"),
            "771234567890123",
            "shentong",
        ),
        Carrier(
            "yunda", "韵达", "Yunda Express", re.compile(r"[0-9]{13}|[34][0-9]{14}"), "4312345678901", "yunda"
        ),
        Carrier("jt", "极兔", "J&T Express", re.compile(r"JT[0-9]{13}"), "JT1234567890123", "jtexpress"),
        Carrier(
            "jd",
            "京东",
            "JD Logistics",
            re.compile(r"JD[0-9A-Z]{11,15}(?:-[0-9]+-[0-9]+-?)?"),
            "JD0123456789012",
            "jd",
        ),
    )
}


def check_tracking_number(carrier_code: str, typed: str) -> str:
    """The number as it is stored: capitals, no spaces. Raises BadTrackingNumber."""
    carrier = CARRIERS.get(carrier_code)
    number = re.sub(r"\s+", "", half_width(typed)).upper()
    if carrier is None or not carrier.pattern.fullmatch(number) or not _postal_digit_fits(number):
        raise BadTrackingNumber(field="tracking_number", example=carrier.example if carrier else "")
    return number


def tracking_link(carrier_code: str | None, number: str | None) -> str | None:
    carrier = CARRIERS.get(carrier_code or "")
    return carrier.tracking_link(number) if carrier and number else None


def _postal_digit_fits(number: str) -> bool:
    """Postal numbers of two letters, nine digits and two letters end in a check digit (standard UPU S10)."""
    if not _UPU.fullmatch(number):
        return True
    digits = [int(digit) for digit in number[2:11]]
    rest = 11 - sum(weight * digit for weight, digit in zip(_UPU_WEIGHTS, digits, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)
