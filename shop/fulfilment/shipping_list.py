"""Forty parcels in one go: pasted lines of parcel, carrier and tracking number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.carriers import CARRIERS, check_tracking_number
from shop.delivery.errors import BadTrackingNumber
from shop.fulfilment.errors import NumberTaken
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.shipping import Consignment
from shop.kit.references import normalise_code
from shop.kit.text import half_width, msg
from shop.ordering.models import DeliveryKind, Order

MOST_LINES: Final = 200
_BREAKS: Final = re.compile(r"[\s,;，；、|]+")
_NAMES: Final = {
    name.casefold(): carrier.code
    for carrier in CARRIERS.values()
    for name in (carrier.code, carrier.name_zh, carrier.name_en, carrier.name_en.split()[0])
}


@dataclass(frozen=True, slots=True)
class Line:
    """One pasted line. ``mistake`` is a message id, empty when the line can go."""

    number: int
    typed: str
    consignment: Consignment | None
    mistake: str = ""


def read_lines(text: str, *, carrier: str) -> list[Line]:
    """Lines as typed: a parcel code and a number, and in between the carrier where it is not the usual one."""
    typed = [line.strip() for line in text.splitlines()[: MOST_LINES + 1]]
    lines = [_read(number, line, carrier) for number, line in enumerate(typed, 1) if line]
    read = [line.consignment for line in lines if line.consignment]
    codes = Counter(one.parcel_code for one in read)
    numbers = Counter((one.carrier, one.tracking_number) for one in read)
    return [
        Line(line.number, line.typed, None, mistake)
        if line.consignment and (mistake := _twice(line.consignment, codes, numbers))
        else line
        for line in lines
    ]


def leave_out(text: str) -> tuple[str, list[str]]:
    """The text with empty lines in place of those that have a parcel's code and no number, and these codes: they stay
    here. Where no line has a number, all of them stand: somebody forgot them.
    """
    typed = [line.strip() for line in text.splitlines()]
    codes = [code for line in typed if (code := _alone(line))]
    if len(codes) == sum(map(bool, typed)):
        return text, []
    return "\n".join("" if _alone(line) else line for line in typed), codes


def _alone(line: str) -> str:
    parts = [part for part in _BREAKS.split(half_width(line)) if part]
    is_code = len(parts) == 1 or (len(parts) == 2 and parts[1].casefold() in _NAMES)
    return normalise_code(parts[0]) if is_code else ""


def _twice(line: Consignment, codes: Counter[str], numbers: Counter[tuple[str, str]]) -> str:
    if codes[line.parcel_code] > 1:
        return msg("This parcel stands here twice.")
    if numbers[line.carrier, line.tracking_number] > 1:
        return msg("This tracking number stands here twice.")
    return ""


def check_lines(session: Session, lines: list[Line], by: Reach) -> list[Line]:
    """The lines again, those refused that name no own parcel, one that goes by truck, one that was delivered under
    another number, or a number that another parcel has. Two statements.
    """
    codes = [line.consignment.parcel_code for line in lines if line.consignment]
    statement = (
        sa.select(Parcel.code, Order.delivery, Parcel.status, Parcel.carrier, Parcel.tracking_number)
        .join(Order, Order.id == Parcel.order_id)
        .where(Parcel.code.in_(codes), Parcel.packing_place_id.in_(by.packing_place_ids))
    )
    known: dict[str, Any] = {row.code: row for row in session.execute(statement)}
    owners = _owners(session, [line.consignment for line in lines if line.consignment])
    return [_checked(line, known, owners) for line in lines]


def _owners(session: Session, wanted: Sequence[Consignment]) -> dict[tuple[str, str], str]:
    """Which parcel, of any village, has a carrier's number already."""
    statement = sa.select(Parcel.carrier, Parcel.tracking_number, Parcel.code).where(
        Parcel.carrier.in_({one.carrier for one in wanted}),
        Parcel.tracking_number.in_({one.tracking_number for one in wanted}),
    )
    rows = session.execute(statement)
    return {(row.carrier or "", row.tracking_number or ""): row.code for row in rows}


def _checked(line: Line, known: Mapping[str, Any], owners: Mapping[tuple[str, str], str]) -> Line:
    one = line.consignment
    if one is None:
        return line
    mistake = _mistake(one, known.get(one.parcel_code))
    if not mistake and owners.get((one.carrier, one.tracking_number), one.parcel_code) != one.parcel_code:
        mistake = NumberTaken.default_message
    return Line(line.number, line.typed, None, mistake) if mistake else line


def _mistake(line: Consignment, parcel: Any) -> str:
    if parcel is None:
        return msg("There is no such parcel here.")
    if parcel.delivery is not DeliveryKind.COURIER:
        return msg("This parcel goes by truck.")
    has_it = (parcel.carrier, parcel.tracking_number) == (line.carrier, line.tracking_number)
    if parcel.status is ParcelStatus.DELIVERED and not has_it:
        return msg("This parcel was delivered already: its number stays as it is.")
    return ""


def _read(number: int, typed: str, usual_carrier: str) -> Line:
    parts = _BREAKS.split(half_width(typed))
    if number > MOST_LINES:
        return Line(number, typed, None, msg("At most 200 lines at once."))
    if len(parts) not in {2, 3}:
        return Line(number, typed, None, msg("A line is a parcel code and a tracking number."))
    carrier = usual_carrier if len(parts) == 2 else _NAMES.get(parts[1].casefold(), "")
    if carrier not in CARRIERS:
        return Line(number, typed, None, msg("This carrier is not known."))
    try:
        tracking_number = check_tracking_number(carrier, parts[-1])
    except BadTrackingNumber:
        return Line(number, typed, None, msg("This carrier gives no such number."))
    return Line(number, typed, Consignment(normalise_code(parts[0]), carrier, tracking_number))
